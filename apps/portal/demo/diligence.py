"""What the vendors of the demo were asked, what they answered, and what was concluded from it."""

from __future__ import annotations

from typing import NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.portal.demo.organisations import START_UP, VENDORS
from apps.portal.demo.story import Cast, Teller, known
from apps.vendors.models import DueDiligence, Evidence, Organisation, Question

Conclusion = DueDiligence.Conclusion
SUBPROCESSORS = (
    b"Subprocessors\n\nNorthgrid Power and Cooling, Ireland: runs the building.\nNobody else reaches the data.\n"
)


class Given(NamedTuple):
    """What a vendor said of itself, and the conclusion with its reason."""

    data: str
    places: str
    reason: str
    conclusion: Conclusion = Conclusion.PASSED
    report: str = "ISO/IEC 27001 certificate"


ANSWERS = {
    "Cumulon Hosting": Given(
        "Everything that members give us, encrypted; they hold no keys.",
        "Stored in Ireland, reached from Ireland and Germany. Nothing leaves the EU.",
        "The certificate and the list of subprocessors were read. No answer asks for attention.",
    ),
    "Tallywick Analytics": Given(
        "Addresses of visits, shortened before they are stored, and the pages seen.",
        "Germany.",
        "They see no names. No answer asks for attention.",
    ),
    "Papermoth Mail": Given(
        "E-mail addresses of members who ordered the newsletter.",
        "Netherlands.",
        "Addresses are used for sending only; their terms say so.",
        report="Another independent report",
    ),
    "Querkwell Surveys": Given(
        "E-mail addresses and the answers to each survey.",
        "United Kingdom, under the EU's adequacy decision.",
        "Passed, but they have no independent report yet. One is promised for next year.",
        Conclusion.REMARKS,
        report="None",
    ),
    "Borealith Systems": Given(
        "None about members. Names and numbers of our network engineers.",
        "Finland.",
        "They see no data about members. No answer asks for attention.",
    ),
    "Deskalot Support": Given(
        "What members write to support, with their e-mail addresses.",
        "Ireland, with a second copy in Sweden.",
        "Roles and deletion were shown to us. No answer asks for attention.",
        report="SOC 2 Type II report",
    ),
}
# What the start-up answered so far: the beginning of a question, the answer, the remark.
START_UP_ANSWERS = (
    ("What data about people", "Profile photos with age, sex and place of the person shown.", ""),
    ("For what do they use it", "To train face recognition that they sell to their own customers.", ""),
    ("Do you know who owns", "yes", "The register of owners was imported."),
    ("Does anybody of our house", "yes", "Declared by both founders; the amounts are on the page of the vendor."),
    ("Do they train models", "yes", "They train on the photos of every customer; it is what they do."),
    ("Do their products infer", "yes", "Age, sex and race are estimated from the face."),
    ("Do they pass data on", "yes", "Models that were trained on it are sold."),
    ("Which independent report", "None", ""),
    ("Would they also delete models", "no", "They say that a model cannot forget single photos."),
)


def load_due_diligence(teller: Teller, cast: Cast) -> None:
    """Every vendor was questioned before it was approved; the start-up is being questioned now."""
    for vendor in VENDORS:
        organisation = known(Organisation, name=vendor.name)
        if organisation is None or organisation.due_diligence.exists():
            continue
        with teller.story(f"due diligence of {organisation}"):
            _question(teller, cast, organisation, ANSWERS[vendor.name], vendor.approved)
    start_up = Organisation.objects.filter(record_id=START_UP).first()
    if start_up and not start_up.due_diligence.exists():
        with teller.story(f"due diligence of {start_up}"):
            _question_start_up(teller, cast, start_up)


def expire_due_diligence(teller: Teller) -> None:
    """What the nightly job did on the day after each conclusion had run out."""
    for asked in DueDiligence.objects.expired(teller.day(0)):
        assert asked.expires_on is not None
        with teller.story(f"end of {asked}"), teller.ago((teller.day(0) - asked.expires_on).days - 1, hour=2):
            asked.expire(by=None)


def _question(teller: Teller, cast: Cast, vendor: Organisation, given: Given, approved: int) -> None:
    owner = cast["requester"]
    with teller.ago(approved + 3):
        asked = DueDiligence.start(vendor, by=owner)
        valid_until = teller.day(300 - approved).isoformat()
        answers = {q.pk: (_answer(q, vendor, given, valid_until), "") for q in asked.questionnaire.questions.all()}
        asked.answer(answers, by=owner)
        wanted = asked.questionnaire.questions.filter(topic="Subprocessors", wants_evidence=True).first()
        if wanted and vendor.name == "Cumulon Hosting":
            file = SimpleUploadedFile("subprocessors.txt", SUBPROCESSORS, "text/plain")
            Evidence.store(file, by=owner, due_diligence=asked, question=wanted)
    with teller.ago(approved + 2):
        asked.hand_in(by=owner)
    with teller.ago(approved + 1):
        asked.conclude(by=cast["privacy2"], note=given.reason, conclusion=given.conclusion)


def _answer(question: Question, vendor: Organisation, given: Given, valid_until: str) -> str:
    """What somebody who has nothing to hide answers."""
    if question.kind == Question.Kind.YES_NO:
        return "no" if question.attention == "yes" else "yes"
    if question.kind == Question.Kind.CHOICE:
        return given.report
    if question.kind == Question.Kind.DATE:
        return "" if given.report == "None" else valid_until
    if question.text.startswith("What data"):
        return given.data
    return given.places if question.text.startswith("Where is the data") else vendor.purpose


def _question_start_up(teller: Teller, cast: Cast, start_up: Organisation) -> None:
    with teller.ago(6):
        asked = DueDiligence.start(start_up, by=cast["legal"])
    with teller.ago(5, hour=15):
        questions = list(asked.questionnaire.questions.all())
        answers = {
            next(q.pk for q in questions if q.text.startswith(beginning)): (value, remark)
            for beginning, value, remark in START_UP_ANSWERS
        }
        asked.answer(answers, by=cast["requester"])
