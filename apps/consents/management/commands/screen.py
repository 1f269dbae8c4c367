import json
from argparse import ArgumentTypeError
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.consents.models import Cohort, Screening
from apps.consents.screening.needs import needs_of
from apps.consents.screening.running import screen
from apps.consents.screening.services import end_of, exclusion_rows
from apps.core import clock
from apps.core.files import whole_text_file
from apps.disclosures.recipients import RecipientClass


class Command(BaseCommand):
    help = "Count how many members of a cohort permit a sharing, now or as of a date. The result is kept as evidence."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cohort", help="The name of the cohort.")
        parser.add_argument("--use", action="append", required=True, help="The key of a use; may be given repeatedly.")
        parser.add_argument("--recipient", choices=RecipientClass.values, default="", help="With whom it is shared.")
        parser.add_argument("--basis", choices=Screening.Basis.values, default=Screening.Basis.OPT_IN.value)
        parser.add_argument("--as-of", type=_moment, help="Only answers given up to this day or moment count.")
        parser.add_argument("--known-by", type=_moment, help="Only answers recorded up to this day or moment count.")
        parser.add_argument("--exclusions", type=Path, help="Write the members to be left out to this file.")
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        cohort = Cohort.objects.filter(name=options["cohort"]).first()
        if cohort is None:
            raise CommandError("There is no cohort with this name.")
        needs = needs_of(options["use"], options["recipient"])
        dates = {"occurred_by": options["as_of"], "known_by": options["known_by"]}
        try:
            screening = screen(cohort, needs, options["basis"], by=None, **dates)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if options["exclusions"]:
            _write(screening, options["exclusions"])
        self.stdout.write(json.dumps(_as_dict(screening)) if options["json"] else _in_words(screening))


def _moment(text: str) -> datetime:
    """A day means all of it, as far as it has come."""
    day_only = len(text) == len("2026-03-30")
    try:
        moment = clock.placed(datetime.fromisoformat(text))
    except clock.UnclearHour as error:
        raise ArgumentTypeError(str(error)) from None
    if moment > clock.now():
        raise ArgumentTypeError("This moment has not come yet.")
    return end_of(date.fromisoformat(text)) if day_only else moment


def _write(screening: Screening, path: Path) -> None:
    with whole_text_file(path) as file:
        file.writelines(exclusion_rows(screening))


def _as_dict(screening: Screening) -> dict[str, Any]:
    return {
        "screening": screening.pk,
        "cohort": screening.cohort.name,
        "basis": screening.basis,
        "needs": screening.needs,
        "occurred_by": screening.occurred_by.isoformat(),
        "known_by": screening.known_by.isoformat(),
        "members": screening.members,
        "permitted": screening.permitted,
        "coverage": screening.coverage,
        "counts": screening.counts,
        "exclusions_digest": screening.exclusions_digest,
    }


def _in_words(screening: Screening) -> str:
    lines = [
        f"{screening.permitted:,} of {screening.members:,} members permit all that is needed: {screening.coverage:.1%}."
    ]
    for use, counts in screening.counts.items():
        parts = [f"{people:,} {outcome.replace('_', ' ')}" for outcome, people in counts.items() if people]
        lines.append(f"  {use}: {', '.join(parts)}")
    return "\n".join([*lines, f"Assumed: {screening.get_basis_display()}."])
