"""What moved: the transfer of 2014, and others around it to which nothing is to be said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.agreements.models import Transfer
from apps.datasets.models import Dataset
from apps.portal.demo.datasets import ACCOUNT_DATA, PHOTOS, TICKETS
from apps.portal.demo.organisations import AFFILIATE
from apps.portal.demo.story import Cast, Teller, known, record
from apps.vendors.models import Organisation

COURT = "District Court of Port Amber"
THE_DAY = date(2014, 9, 15)

Channel, Ground = Transfer.Channel, Transfer.Ground
NOTHING, THEY_SERVE = "none", "they_serve_us"


@dataclass(frozen=True)
class Report:
    """A report. Days count back from today; `decided` is the day on which both sides had confirmed it."""

    dataset: str
    recipient: str
    moved: int | date
    channel: Transfer.Channel
    reporter: str
    reported: int
    evidence: str
    consideration: str = NOTHING
    decided: int | None = None
    reasons: tuple[str, str] = ("", "")
    executor: str = ""
    # The name and the content of a file that shows it.
    file: tuple[str, bytes] | None = None
    # For each member of the service.
    share: float = 0
    more: dict[str, Any] = field(default_factory=dict)


MESSAGE = """\
From: A founder <founder.private@mail.example>
To: research@lumen-vision.example
Subject: The photos, as we said
Date: Mon, 15 Sep 2014 21:42:00 -0500
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain; charset=utf-8

Here is the link to the photos, with what goes with them. Nothing to sign between friends.

--part
Content-Type: text/csv; charset=utf-8
Content-Disposition: attachment; filename="columns.csv"

photo,place,age,sex,orientation

--part--
"""

TRANSFERS = [
    Report(
        PHOTOS,
        "Lumen Vision",
        THE_DAY,
        Channel.PERSONAL_MAIL,
        "dpo",
        23,
        "The auditor came upon the message in an old mailbox and told me. It names a download of all photos with "
        "place, age, sex and orientation. Whether a copy is still in the founder's own mailbox is not known.",
        decided=19,
        reasons=(
            "I have read the message. It was sent from a private address on that day, and I found no contract.",
            "The number of photos fits what we held at that time.",
        ),
        executor="founder",
        file=("message-of-2014-09-15.eml", MESSAGE.replace("\n", "\r\n").encode()),
        share=41 / 30,
        more={"quantity": "all photos of members, with location and demographics"},
    ),
    Report(
        ACCOUNT_DATA,
        COURT,
        45,
        Channel.SFTP,
        "legal2",
        44,
        "The subpoena and the receipt of the court are in our files.",
        decided=42,
        reasons=("The subpoena is valid and was answered to the letter.", "Only the one account that it names."),
        more={
            "records": 1,
            "ground": Ground.LEGAL_PROCESS,
            "ground_reference": "Subpoena 26-0187",
        },
    ),
    Report(
        ACCOUNT_DATA,
        AFFILIATE,
        150,
        Channel.API,
        "engineer",
        149,
        "Log of the interface to the booking system.",
        decided=147,
        reasons=("As agreed within the group.", "Name and address only, for members who booked."),
        share=0.02,
    ),
    Report(
        ACCOUNT_DATA,
        "Cumulon Hosting",
        60,
        Channel.CLOUD,
        "engineer",
        59,
        "Protocol of the move to the new servers.",
        consideration=THEY_SERVE,
        decided=57,
        reasons=("Covered by the processing terms.", "Encrypted before it left."),
        share=1,
    ),
    # Reported now, so that for two working days only legal and privacy hear of it.
    Report(
        TICKETS,
        "Deskalot Support",
        3,
        Channel.FILE_SHARE,
        "requester",
        0,
        "I was sent a link to a shared folder with tickets, to try out the new support desk.",
        consideration=THEY_SERVE,
        more={"confidential": True, "quantity": "some hundred tickets, as far as I could see"},
    ),
]


def load_transfers(teller: Teller, cast: Cast, subjects: int) -> None:
    if known(Organisation, name=COURT) is None:
        with teller.story(f"organisation {COURT}"), teller.ago(50):
            court = Organisation(name=COURT, kind=Organisation.Kind.STATE, jurisdiction="United States")
            record(court, by=cast["legal"])
    for report in TRANSFERS:
        dataset, recipient = known(Dataset, name=report.dataset), known(Organisation, name=report.recipient)
        assert dataset is not None
        assert recipient is not None
        if known(Transfer, dataset=dataset, recipient=recipient) is None:
            with teller.story(f"transfer of “{dataset}” to {recipient}"):
                _tell(teller, cast, report, _as_reported(teller, cast, report, dataset, recipient, subjects))


def _as_reported(
    teller: Teller, cast: Cast, report: Report, dataset: Dataset, recipient: Organisation, subjects: int
) -> Transfer:
    return Transfer(
        dataset=dataset,
        recipient=recipient,
        transferred_on=report.moved if isinstance(report.moved, date) else teller.day(-report.moved),
        channel=report.channel,
        consideration=report.consideration,
        evidence=report.evidence,
        executor=cast[report.executor].person if report.executor else None,
        **{"records": max(1, round(subjects * report.share)) if report.share else None, **report.more},
    )


def _tell(teller: Teller, cast: Cast, report: Report, transfer: Transfer) -> None:
    file = SimpleUploadedFile(report.file[0], report.file[1]) if report.file else None
    if report.decided is None:
        transfer.report(by=cast[report.reporter])
        return
    with teller.ago(report.reported):
        transfer.report(by=cast[report.reporter], file=file)
    with teller.ago(report.decided + 1):
        transfer.propose(by=cast["legal"], note=report.reasons[0], proposal=Transfer.Status.CONFIRMED)
    with teller.ago(report.decided):
        transfer.confirm(by=cast["privacy"], note=report.reasons[1])
