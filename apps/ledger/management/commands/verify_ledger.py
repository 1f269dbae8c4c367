import json
import sys
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.ledger.checkpoints import Compared, KnownCheckpoint, compare_checkpoints, first_problem, newest_outside
from apps.ledger.known import BadCheckpoint, known_checkpoints, open_checkpoint, read_keys
from apps.ledger.leaves import read_leaves
from apps.ledger.verify import Report, verify
from apps.ledger.verify.chain import hashes
from apps.ledger.verify.reading import opened

NOT_ANCHORED = 2


class Command(BaseCommand):
    requires_system_checks = ()  # which would ask the portal's own database
    help = (
        "Compare history with the ledger, and the ledger with every known checkpoint. Exits with 1 and names the first "
        "row that does not fit; with 2 when no checkpoint held outside was compared, so that it fits itself only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")
        parser.add_argument(
            "--checkpoint", type=Path, action="append", default=[], help="One that you hold. Repeatable."
        )
        parser.add_argument("--files", action="store_true", help="Compare the files of this machine, too.")
        parser.add_argument("--public-key", type=Path, help="The key it was signed with: PEM, or verifier keys.")
        parser.add_argument("--dsn", help="Verify this database instead of the portal's own, such as a restored copy.")
        parser.add_argument(
            "--rows-only", action="store_true", help="Leave out what the database is made of besides its rows."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["checkpoint"]) != bool(options["public_key"]):
            raise CommandError("Give --checkpoint and --public-key together.")
        given = self._given(options["checkpoint"], options["public_key"])
        how_far: dict[str, Any] = {"rows_only": options["rows_only"], "files": options["files"]}
        if options["dsn"]:
            report, compared = self._elsewhere(options["dsn"], how_far, given)
        else:
            report = verify(**how_far)
            compared = compare_checkpoints(read_leaves(), [*known_checkpoints(), *given])
        wrong = first_problem(compared)
        if options["json"]:
            result = {**report.as_dict(), "checkpoint": wrong and wrong.problem, "ok": report.ok and wrong is None}
            result["anchored"] = (newest := newest_outside(compared)) and newest.size
            self.stdout.write(json.dumps(result))
        else:
            self._tell(report, compared)
        if not report.ok or wrong:
            sys.exit(1)
        if newest_outside(compared) is None:
            sys.exit(NOT_ANCHORED)

    def _elsewhere(
        self, dsn: str, how_far: dict[str, Any], given: list[KnownCheckpoint]
    ) -> tuple[Report, list[Compared]]:
        """Of another database: nothing of the portal's own is asked, so only the checkpoints brought along count."""
        try:
            with psycopg.connect(dsn) as connection:
                report = verify(of=connection, **how_far)
                with opened(connection) as reader:
                    return report, compare_checkpoints(hashes(reader), given)
        except psycopg.Error as error:
            raise CommandError(f"The database cannot be read: {error}") from error

    def _given(self, files: list[Path], public_key: Path | None) -> list[KnownCheckpoint]:
        """The checkpoints that somebody brings along, and so holds outside."""
        if public_key is None:
            return []
        try:
            keys = read_keys(public_key)
            return [open_checkpoint(file, keys, "given with the command", outside=True) for file in files]
        except BadCheckpoint as error:
            raise CommandError(str(error)) from error

    def _tell(self, report: Report, compared: list[Compared]) -> None:
        if report.first_broken:
            self.stdout.write(f"First row that does not fit: {report.first_broken}.")
        for problem in report.problems:
            self.stdout.write(f"  {problem}.")
        for one in compared:
            if one.problem:
                self.stdout.write(one.words)
        self.stdout.write("Compared:")
        for line in report.checked:
            self.stdout.write(f"  {line}")
        self.stdout.write("Not covered:")
        for line in report.not_covered:
            self.stdout.write(f"  {line}")
        if report.ok and not first_problem(compared):
            self.stdout.write(
                f"All {report.entries} ledger entries fit the history; {report.redactions} of them redact a field."
            )
            self.stdout.write(f"{len(compared)} checkpoints were compared. {_verdict(newest_outside(compared))}")


def _verdict(newest: Compared | None) -> str:
    if newest is None:
        return "None of them is held outside: the ledger is consistent with itself, which is all that can be said."
    return f"The first {newest.size} entries are those of {newest.name}, held outside ({newest.holder})."
