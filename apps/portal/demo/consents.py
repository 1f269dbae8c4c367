"""What members answered: about marketing over the years, and this year about training models of ours.

Nobody was ever asked whether their data may go to another company.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO

from django.utils import timezone

from apps.consents.intake.importing import import_consents
from apps.consents.models import Cohort, ConsentImport, Screening
from apps.consents.screening.cohorts import import_members
from apps.consents.screening.running import screen
from apps.consents.screening.services import is_short, trace
from apps.disclosures.models import NoticeVersion
from apps.portal.demo.disclosures import SERVICE
from apps.portal.demo.story import Cast, Teller

MEMBERS = "Everybody in the profile photos"
MARKETING, TRAINING = "marketing.communications", "train_ai_system"
FACES, SHARING = "train_ai_system.face_recognition", "third_party_sharing.third_party"
COLUMNS = ("subject", "use", "state", "occurred_at", "notice", "mechanism", "language", "source")
LANGUAGES = ("en", "en", "en", "de", "fr", "es")
THE_DAY = date(2014, 9, 15)
FIRST_CHOICE, CHOICES_OVER = date(2012, 3, 2), 4600  # days
# Of a hundred members, 38 said yes to training, of whom four took it back since, and 31 said no. The others are silent.
YES, NO, TAKEN_BACK = 38, 31, 4
ASKED, ANSWERED, TAKEN_BACK_UNTIL = 230, 160, 15  # days ago
Row = tuple[str, ...]


def load_consents(teller: Teller, cast: Cast, subjects: int) -> None:
    """Who the members are, and their answers, each delivery on its day."""
    if not Cohort.objects.filter(name=MEMBERS).exists():
        with teller.story(f"cohort “{MEMBERS}”"), teller.ago(400), _file(("subject",), _members(subjects)) as file:
            import_members(file, name=MEMBERS, by=cast["engineer"])
    notices = _Notices()
    deliveries = {
        "marketing-choices.csv": (390, _choices(notices, subjects)),
        "training-campaign.csv": (ANSWERED - 1, _campaign(teller, notices, subjects)),
        "training-withdrawals.csv": (TAKEN_BACK_UNTIL - 1, _withdrawals(teller, notices, subjects)),
    }
    for name, (days, rows) in deliveries.items():
        if not ConsentImport.objects.filter(file_name=name).exists():
            with teller.story(f"answers in “{name}”"), teller.ago(days), _file(COLUMNS, rows) as file:
                result = import_consents(file, file_name=name, by=cast["privacy"])
                assert result.ok, result.problems


def load_screenings(teller: Teller, cast: Cast) -> None:
    """Who permitted the sharing of the case, on its day and now, and who permits training by us."""
    if Screening.objects.exists():
        return
    cohort, privacy = Cohort.objects.get(name=MEMBERS), cast["privacy"]
    then = timezone.make_aware(datetime.combine(THE_DAY, time.max))
    with teller.story("screenings of the members"):
        for needs, day in (([TRAINING], None), ([FACES, SHARING], None), ([FACES, SHARING], then)):
            screening = screen(cohort, needs, Screening.Basis.OPT_IN, by=privacy, occurred_by=day)
            if is_short(screening):  # else a worker counts how coverage went until then
                trace(screening)


class _Notices:
    """The version that members read on a day, by the SHA-256 of its text."""

    def __init__(self) -> None:
        versions = NoticeVersion.objects.spoken().filter(notice__product=SERVICE).order_by("effective_from")
        self.versions = [(version.effective_from, version.sha256) for version in versions]

    def on(self, day: date) -> str:
        return next((sha256 for start, sha256 in reversed(self.versions) if start <= day), "")


def _file(columns: Row, rows: Iterable[Row]) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115 - the caller closes it
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    text.flush()
    text.detach()
    file.seek(0)
    return file


def _members(subjects: int) -> Iterator[Row]:
    return ((_key(number),) for number in range(subjects))


def _key(number: int) -> str:
    return f"member-{number:08}"


def _choices(notices: _Notices, subjects: int) -> Iterator[Row]:
    """Marketing needs no yes: 18 of a hundred opted out of it, on days of their own."""
    for number in range(subjects):
        if number * 7 % 100 < 18:
            day = FIRST_CHOICE + timedelta(days=number * 37 % CHOICES_OVER)
            yield _answer(number, MARKETING, "opted_out", day, notices, "settings")


def _campaign(teller: Teller, notices: _Notices, subjects: int) -> Iterator[Row]:
    for number in range(subjects):
        place = _place(number)
        if place < YES + NO:
            day = teller.day(-ASKED + number * 13 % (ASKED - ANSWERED))
            yield _answer(number, TRAINING, "given" if place < YES else "refused", day, notices, "campaign")


def _withdrawals(teller: Teller, notices: _Notices, subjects: int) -> Iterator[Row]:
    for number in range(subjects):
        if _place(number) < TAKEN_BACK:
            day = teller.day(-ANSWERED + 1 + number * 11 % (ANSWERED - TAKEN_BACK_UNTIL))
            yield _answer(number, TRAINING, "withdrawn", day, notices, "settings")


def _place(number: int) -> int:
    """Where a member stands among a hundred, mixed well, so that no answer goes with a stretch of numbers."""
    return number * 61 % 100


def _answer(number: int, use: str, state: str, day: date, notices: _Notices, mechanism: str) -> Row:
    at = timezone.make_aware(datetime.combine(day, time(8 + number % 12, number % 60)))
    language = LANGUAGES[number % len(LANGUAGES)]
    return (_key(number), use, state, at.isoformat(), notices.on(day), mechanism, language, "preference centre")
