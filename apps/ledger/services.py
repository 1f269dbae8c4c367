"""Running a verification and keeping what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from django.db import connection
from django.utils import timezone

from apps.core.exceptions import Conflict
from apps.ledger.checkpoints import Compared, compare_checkpoints, first_problem, worth_keeping
from apps.ledger.known import known_checkpoints
from apps.ledger.leaves import read_leaves
from apps.ledger.models import Entry, Verification
from apps.ledger.verify import verify, worked_out


def start_verification(by_name: str) -> Verification:
    """A new verification that nothing has been done for yet. One at a time: each reads everything."""
    if Verification.objects.running().exists():
        raise Conflict("The ledger is being verified at this moment. Wait for the result.")
    return Verification.objects.create(by_name=by_name)


def is_short() -> bool:
    """Whether somebody may wait for the verification."""
    newest = Entry.objects.values_list("sequence", flat=True).first() or 0
    return newest <= Verification.WHILE_WAITING


def carry_out(verification: Verification, *, tell: bool = False) -> Verification:
    """Compare everything and write down what was found. `tell` shows the progress to others in the meantime.

    Nothing is left out because somebody waits: a verification that fits ends the warnings of the one before.
    """
    with _Progress(verification.pk) as progress:
        report = verify(progress if tell else lambda percent: None, files=True)
    report.problems += [problem for ask in worked_out for problem in ask()]
    verification.entries, verification.redactions, verification.head = report.entries, report.redactions, report.head
    problems = sorted(report.problems, key=lambda problem: problem.sequence or 2**63)
    verification.problems = [{**asdict(problem), "words": f"{problem}."} for problem in problems]
    verification.checked = report.checked
    compared = _compare_checkpoints()
    wrong, newest = first_problem(compared), max(compared, key=lambda one: one.size, default=None)
    verification.checkpoint = newest.name[:100] if newest else ""
    verification.checkpoint_problem = wrong.words if wrong else ""
    verification.compared = [asdict(one) for one in worth_keeping(compared)]
    verification.finished_at, verification.progress = timezone.now(), 100
    verification.save()
    return verification


def _compare_checkpoints() -> list[Compared]:
    return compare_checkpoints(read_leaves(), known_checkpoints())


class _Progress:
    """Writes the progress on a connection of its own: a transaction shows nothing to others before its end."""

    def __init__(self, pk: int) -> None:
        self.pk, self.last = pk, 0
        self.connection = connection.copy()

    def __call__(self, percent: int) -> None:
        if percent > self.last:
            self.last = percent
            with self.connection.cursor() as cursor:
                cursor.execute("UPDATE ledger_verification SET progress = %s WHERE id = %s", [percent, self.pk])

    def __enter__(self) -> Callable[[int], None]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.connection.close()
