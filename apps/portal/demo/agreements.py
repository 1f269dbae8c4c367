"""The request of the case, and agreements in every other state around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.agreements.models import Agreement
from apps.datasets.models import Dataset
from apps.ledger.models import set_links
from apps.portal.demo.datasets import ACCOUNT_DATA, NEWSLETTER, PHOTOS, STATISTICS, TICKETS
from apps.portal.demo.organisations import AFFILIATE, COMPANY
from apps.portal.demo.story import Cast, Teller, approve, known, record, review_of
from apps.taxonomy.models import DataCategory, DataUse
from apps.vendors.models import Organisation
from apps.workflow.models import Ask, Comment

CASE = "Profile photos for face recognition"
HEALTHY = "Support desk in the cloud"
DRAFT = "Survey among newsletter readers"

Type, Consideration, Answer = Agreement.Type, Agreement.Consideration, Agreement.YesNoUnknown


@dataclass(frozen=True)
class Terms:
    """What somebody asks for. Days count from today, negative in the past; categories are those of the dataset."""

    title: str
    recipient: str
    dataset: str
    uses: tuple[str, ...]
    purpose: str
    starts: int
    ends: int | None
    type: Agreement.Type = Type.PROCESSOR
    consideration: Agreement.Consideration = Consideration.THEY_SERVE
    categories: tuple[str, ...] = ()
    sponsor: str = "executive"
    business_owner: str | None = "engineer"
    train: Agreement.YesNoUnknown = Answer.NO
    derive: Agreement.YesNoUnknown = Answer.NO
    onward: Agreement.YesNoUnknown = Answer.NO
    delete_within: int | None = 30


@dataclass(frozen=True)
class InForce:
    """An agreement that was asked for, approved, signed and put in force on its first day."""

    terms: Terms
    # Days from the request to the first day.
    lead: int
    legal: str
    privacy: str
    # (what legal asks for, how it was met): before activation, and an obligation afterwards.
    condition: tuple[str, str] | None = None
    obligation: tuple[str, int] | None = None


CASE_TERMS = Terms(
    CASE,
    "Lumen Vision",
    PHOTOS,
    ("train_ai_system.face_recognition", "third_party_sharing.third_party"),
    "Lumen Vision trains a model that recognises faces and estimates age, sex and origin. Its chief executive asked "
    "one of our founders for the photos.",
    starts=30,
    ends=None,
    type=Type.THIRD_PARTY,
    consideration=Consideration.NONE,
    sponsor="founder",
    business_owner=None,
    train=Answer.YES,
    derive=Answer.YES,
    onward=Answer.UNKNOWN,
    delete_within=None,
)
HEALTHY_TERMS = Terms(
    HEALTHY,
    "Deskalot Support",
    TICKETS,
    ("essential.service.operations.support",),
    "The support team answers members in the vendor's ticket system instead of a shared mailbox.",
    starts=0,
    ends=730,
)
DRAFT_TERMS = Terms(
    DRAFT,
    "Querkwell Surveys",
    NEWSLETTER,
    ("marketing.communications.email",),
    "Ask readers of the newsletter once what they would like to read.",
    starts=45,
    ends=135,
)
IN_FORCE = [
    InForce(
        Terms(
            "Newsletter delivery",
            "Papermoth Mail",
            NEWSLETTER,
            ("marketing.communications.email",),
            "Sends the newsletter in our name to those who ordered it.",
            starts=-425,
            ends=305,
        ),
        4,
        "Processing terms complete.",
        "Only the address and the language leave our house.",
    ),
    InForce(
        Terms(
            "Counting visits to our pages",
            "Tallywick Analytics",
            STATISTICS,
            ("analytics.reporting",),
            "Counts visits, so that we see which pages are read.",
            starts=-344,
            ends=20,
        ),
        5,
        "Processing terms complete; one year, no silent renewal.",
        "Addresses are shortened before they leave our house.",
    ),
    InForce(
        Terms(
            "Account data within the group",
            AFFILIATE,
            ACCOUNT_DATA,
            ("third_party_sharing.affiliate",),
            "Members who book a trip for two with our sister company need not type their names again.",
            starts=-200,
            ends=895,
            type=Type.JOINT,
            consideration=Consideration.NONE,
            categories=("user.name", "user.contact.email"),
            delete_within=60,
        ),
        20,
        "The notice names companies of the group as recipients.",
        "Only name and address for messages, and only when a member books.",
    ),
    InForce(
        Terms(
            "Hosting of the dating service",
            "Cumulon Hosting",
            ACCOUNT_DATA,
            ("essential.service.operations",),
            "Runs the database of the service on servers in the EU, on our instructions.",
            starts=-80,
            ends=1015,
        ),
        21,
        "Processing terms, list of subprocessors and audit right are complete.",
        "Encryption at rest and in transit is agreed; the keys stay with us.",
        condition=(
            "The security report of this year is on file.",
            "Report of the independent auditor received and read; no open points.",
        ),
        obligation=("A restore from backup is tried out together with the vendor.", 60),
    ),
]


def load_agreements(teller: Teller, cast: Cast) -> None:
    for agreed in IN_FORCE:
        if known(Agreement, title=agreed.terms.title) is None:
            with teller.story(f"agreement “{agreed.terms.title}”"):
                _bring_in_force(teller, cast, agreed)
    if known(Agreement, title=CASE) is None:
        with teller.story(f"request “{CASE}”"):
            _tell_case(teller, cast)
    if known(Agreement, title=HEALTHY) is None:
        with teller.story(f"request “{HEALTHY}”"), teller.ago(1, hour=15):
            _ask_for(teller, cast, HEALTHY_TERMS).submit(by=cast["requester"])
    if known(Agreement, title=DRAFT) is None:
        with teller.story(f"draft “{DRAFT}”"), teller.ago(2, hour=16):
            _ask_for(teller, cast, DRAFT_TERMS)


def _tell_case(teller: Teller, cast: Cast) -> None:
    """A request, a question with its answer, and a short talk."""
    with teller.ago(5):
        agreement = _ask_for(teller, cast, CASE_TERMS)
        agreement.submit(by=cast["requester"])
    with teller.ago(4, hour=11):
        question = "@requester What do members get from this, and what were they told about such a use?"
        review_of(agreement).ask(by=cast["privacy"], note=question)
    with teller.ago(3, hour=9):
        answer = (
            "Members get nothing directly, and we receive nothing for the photos. I found no notice that speaks of "
            "training face recognition. The sponsor expects that the technology helps the whole market."
        )
        review_of(agreement).answer(by=cast["requester"], note=answer)
    thread = [
        (3, 14, "legal", "@engineer How many photos are meant, and how would they be handed over?"),
        (2, 10, "engineer", "All of the dataset, from 2004 to 2014. No way of handing them over is agreed yet."),
        (2, 16, "requester", "The start-up would like to begin next month. @legal, what do you still need?"),
        (1, 11, "legal", "An end date, and what happens to photos and models afterwards. The checks list the rest."),
    ]
    for days, hour, login, body in thread:
        with teller.ago(days, hour=hour):
            Comment.write(agreement, by=cast[login], body=body)


def _bring_in_force(teller: Teller, cast: Cast, agreed: InForce) -> None:
    legal, first_day = cast["legal"], -agreed.terms.starts
    with teller.ago(first_day + agreed.lead):
        agreement = _ask_for(teller, cast, agreed.terms)
        agreement.submit(by=cast["requester"])
    with teller.ago(first_day + agreed.lead - 2):
        reasons = agreed.legal, agreed.privacy
        approve(agreement, legal=legal, privacy=cast["privacy"], reasons=reasons, conditions=_asks(teller, agreed))
    with teller.ago(first_day + 1):
        _sign(agreement, cast, teller.day(agreed.terms.starts - 1))
        if agreed.condition:
            for condition in review_of(agreement).conditions_before_activation():
                condition.meet(by=legal, evidence=agreed.condition[1])
    with teller.ago(first_day, hour=8):
        agreement.activate(by=legal)


def _asks(teller: Teller, agreed: InForce) -> list[Ask]:
    asks = [Ask(agreed.condition[0])] if agreed.condition else []
    return [*asks, Ask(agreed.obligation[0], teller.day(agreed.obligation[1]))] if agreed.obligation else asks


def _sign(agreement: Agreement, cast: Cast, signed_on: date) -> None:
    text = (
        f"{agreement.title}\n\nAgreement between {agreement.our_entity} and {agreement.counterparty}, "
        f"in force from {agreement.starts_on}. Invented for the demo case.\n"
    )
    agreement.sign(
        by=cast["legal"],
        signed_on=signed_on,
        signatories=f"{cast['executive']} for us, the managing director of {agreement.counterparty} for them",
        document=SimpleUploadedFile("signed-agreement.txt", text.encode(), content_type="text/plain"),
    )


def _ask_for(teller: Teller, cast: Cast, terms: Terms) -> Agreement:
    requester = cast["requester"]
    agreement = Agreement(
        title=terms.title,
        type=terms.type,
        our_entity=Organisation.objects.get(name=COMPANY),
        counterparty=Organisation.objects.get(name=terms.recipient),
        requester=requester,
        sponsor=cast[terms.sponsor],
        business_owner=cast[terms.business_owner] if terms.business_owner else None,
        purpose=terms.purpose,
        consideration=terms.consideration,
        may_train=terms.train,
        may_derive=terms.derive,
        onward_transfer=terms.onward,
        delete_within_days=terms.delete_within,
        starts_on=teller.day(terms.starts),
        ends_on=None if terms.ends is None else teller.day(terms.ends),
    )
    record(agreement, by=requester)
    dataset = Dataset.objects.get(name=terms.dataset)
    categories = DataCategory.objects.keyed(*terms.categories) if terms.categories else dataset.categories.all()
    set_links(agreement.dataset_links, "dataset", [dataset], by=requester)
    set_links(agreement.category_links, "category", categories, by=requester)
    set_links(agreement.use_links, "use", DataUse.objects.keyed(*terms.uses), by=requester)
    return agreement
