import logging
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test.utils import override_settings

from apps.portal.bench.consents import Consents
from apps.portal.bench.figures import Figure, as_line, as_table, headings, write_figures
from apps.portal.bench.ledger import transition_figure
from apps.portal.bench.lists import measured_lists, measured_records
from apps.portal.bench.records import Records, empty_database, holds_records
from apps.portal.bench.reviews import Reviews
from apps.portal.bench.sweep import Sweep
from apps.portal.bench.tree import Tree
from apps.portal.bench.verification import Verifications

WIDTH = 44  # of the longest name of a figure
TIMES = 10  # so many times as many records as before, and a list takes hardly longer
MANY = 1000  # of fewer the database may well read all
SWEPT = 2000  # agreements at most; the figure is for a thousand of them
FEW = 100  # records, with which a list must cost as many queries as with all
# Nobody looks at the pages, so the files that they name need not have been collected.
PLAIN_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


class Command(BaseCommand):
    help = (
        "Measure the portal's budgets, each against a baseline in the same run, and write them to var/bench.json. "
        "Needs a database of its own, which it empties before and afterwards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--records", type=int, default=20_000, help="So many vendors, and as many agreements.")
        parser.add_argument("--transitions", type=int, default=10_000, help="So many before the ledger is verified.")
        parser.add_argument(
            "--entries", type=int, default=1_000_000, help="So many has a long ledger, and are signed and proven."
        )
        parser.add_argument("--subjects", type=int, default=3_000_000, help="So many people gave answers.")
        parser.add_argument("--only-consents", action="store_true", help="Measure nothing but answers and cohorts.")
        parser.add_argument("--repeats", type=int, default=50, help="A figure is the median of so many.")
        parser.add_argument("--anyway", action="store_true", help="Empty the database even if it holds records.")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The benchmark empties its database and does not run in production.")
        if holds_records() and not options["anyway"]:
            raise CommandError(
                "This database holds records, and the benchmark empties its database. Name another in DATABASE_URL, "
                "run `make bench`, which has one of its own, or add --anyway to lose the records."
            )
        self.path = Path(settings.VAR_DIR) / "bench.json"
        logging.disable(logging.INFO)  # a line for each request would hide the figures
        empty_database()
        try:
            with override_settings(STORAGES={**settings.STORAGES, **PLAIN_FILES}, STATIC_ROOT=None):
                figures, failures = self._take(options)
        finally:
            logging.disable(logging.NOTSET)
            self._clean_up()
        write_figures(figures, self.path)
        self.stdout.write(f"\n{as_table(figures)}\n\nWritten to {self.path}.")
        if failures or any(figure.broken for figure in figures):
            sys.exit(1)

    def _clean_up(self) -> None:
        if holds_records():
            self.stderr.write("Somebody added records meanwhile, so the database was not emptied again.")
        else:
            empty_database()

    def _take(self, options: dict[str, Any]) -> tuple[list[Figure], int]:
        """The figures, and how many could not be taken. One that fails does not stop the others."""
        figures: list[Figure] = []
        failures = 0
        self.stdout.write(headings(WIDTH))
        for name, take in self._measurements(**options):
            self.stdout.write(f"{name} …")
            self.stdout.flush()
            try:
                figures.append(take())
                # At once, and into the file, so that a run that is cut off has told what it knows.
                self.stdout.write("\n".join([as_line(figures[-1], WIDTH), *figures[-1].broken]))
                write_figures(figures, self.path)
            except Exception as error:
                failures += 1
                self.stderr.write(f"{name}: could not be taken. {type(error).__name__}: {error}")
        return figures, failures

    def _measurements(
        self, *, subjects: int, repeats: int, only_consents: bool, **options: Any
    ) -> Iterator[tuple[str, Callable[[], Figure]]]:
        loaded = Records()
        if not only_consents:
            yield from self._of_records(loaded, repeats=repeats, **options)
        with Consents(subjects, repeats).files() as consents:
            yield "Import of answers", consents.first_import
            yield "Import of answers, memory", consents.memory
            yield "Import into a full ledger", consents.second_import
            yield "Import of members", consents.members_import
            yield "Screening", consents.screening
            yield "Screening, kept as evidence", consents.evidence
            yield "Screening as of a date", consents.as_of
            yield "One withdrawal", consents.withdrawal
            yield "Cohorts that hold a person", consents.cohorts_of_a_person

    def _of_lists(self, loaded: Records, records: int, repeats: int) -> Iterator[tuple[str, Callable[[], Figure]]]:
        """Once with a tenth of the records, and with all of them."""
        loaded.grow_to(min(FEW, records))
        of_api, pages = measured_lists(loaded)
        for measured in (*of_api, *pages):
            measured.queries_with_few = len(measured.asked())
        loaded.grow_to(records // TIMES)
        for measured in (*of_api, *pages):
            measured.keep_with_fewer(repeats)
        self.stdout.write(f"Loading {records} vendors and agreements …")
        loaded.grow_to(records)
        large = records // 2 if records >= MANY else 0
        for measured in (*of_api, *pages):
            yield measured.name, partial(measured.figure, repeats, large=large)
        for measured in of_api:
            yield f"{measured.name}, {TIMES} times the rows", partial(measured.growth, TIMES, repeats)
        for measured in measured_records(loaded):
            yield measured.name, partial(measured.figure, repeats)

    def _of_records(
        self, loaded: Records, *, records: int, transitions: int, entries: int, repeats: int, **options: Any
    ) -> Iterator[tuple[str, Callable[[], Figure]]]:
        yield from self._of_lists(loaded, records, repeats)
        sweep = Sweep(loaded, min(records, SWEPT))
        yield "Sweep, much is new", sweep.first
        yield "Sweep, nothing changed", sweep.again
        yield "Sweep, memory", sweep.memory
        yield "One transition", partial(transition_figure, loaded.lawyer, 4 * repeats)
        reviews = Reviews(loaded, repeats)
        yield "One vote, the first of three", reviews.first_vote
        yield "One vote, the last of three", reviews.last_vote
        yield "Decision sheet of a case", reviews.sheet
        yield "Home with open reviews", reviews.home
        verifications = Verifications(loaded.lawyer, transitions, entries)
        yield "Verification of the ledger", verifications.short
        with Tree(entries, repeats).grown() as tree:
            yield "Signing", tree.signing
            yield "Proof of an entry", tree.inclusion
            yield "Proof of growth", tree.consistency
        yield "Verification of a long ledger", verifications.long
        yield "Verification of a long ledger, memory", verifications.memory
