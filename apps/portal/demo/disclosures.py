"""What people and others outside were told: the notices with their claims, and the statement of 2019."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from apps.disclosures.models import Claim, Notice, NoticeVersion, PublicStatement, StatementClaim
from apps.disclosures.recipients import RecipientClass
from apps.portal.demo.story import Cast, Teller, approve, known, record
from apps.taxonomy.models import DataCategory, DataUse
from apps.vendors.models import Organisation

SERVICE, NEWSLETTER, COOKIES = "Dating service", "Newsletter", "Web pages"
STATEMENT = "Answer to a newspaper about Lumen Vision"
SAID_ON = date(2019, 7, 15)
RECORDED = 690  # days ago, before the first dataset is approved

Kind, Says = Claim.Kind, Claim.Says
PARTIES = (
    RecipientClass.SERVICE_PROVIDER,
    RecipientClass.BUSINESS_PARTNER,
    RecipientClass.AFFILIATE,
    RecipientClass.LEGAL_PROCESS,
)


class Quoted(NamedTuple):
    """One sentence and all that it says: keys of uses or categories, classes of recipients, or months."""

    sentence: str
    kind: Claim.Kind
    values: tuple[Any, ...]
    says: Claim.Says = Claim.Says.MAY


class Written(NamedTuple):
    """A version. Its sentences are those of its paragraphs, joined; a string alone carries no claim."""

    product: str
    label: str
    effective_from: date
    recorded: int
    paragraphs: tuple[tuple[str | Quoted, ...], ...]


COLLECTED = Quoted(
    "We collect what you give us: your name, your address for messages, your settings, your photos and messages, your "
    "place, and what you tell about your age, sex, origin and orientation.",
    Kind.CATEGORY,
    ("user.name", "user.contact", "user.account", "user.content", "user.location", "user.demographic"),
)
RUN = Quoted(
    "We use this information to run the service and keep it safe, to show you members who may suit you, and to tell "
    "you about our offers.",
    Kind.USE,
    ("essential", "personalize", "marketing"),
)
DELETED = Quoted(
    "When you close your account, we delete your photos within 24 months.",
    Kind.RETENTION,
    (24,),
)

VERSIONS = [
    Written(
        SERVICE,
        "2012",
        date(2012, 3, 1),
        RECORDED,
        (
            ("Privacy policy. This policy tells you what we do with your information.", COLLECTED),
            (RUN,),
            (
                Quoted(
                    "We share your information only with service providers who work for us, with business partners, "
                    "with companies of our family, or where legal process asks for it.",
                    Kind.RECIPIENT,
                    PARTIES,
                    Says.ONLY,
                ),
                Quoted(
                    "In any other case we tell you before your information goes to somebody else, and you may opt out.",
                    Kind.OPT_OUT,
                    (RecipientClass.THIRD_PARTY,),
                ),
            ),
            (DELETED,),
        ),
    ),
    Written(
        SERVICE,
        "2015",
        date(2015, 2, 1),
        RECORDED - 1,
        (
            ("Privacy policy. This policy tells you what we do with your information, and what you can do.", COLLECTED),
            (RUN, "You can stop our offers at any time."),
            (
                Quoted(
                    "We share your information only with service providers who work for us, with business partners "
                    "that we name to you, with companies of our family, or where legal process asks for it.",
                    Kind.RECIPIENT,
                    PARTIES,
                    Says.ONLY,
                ),
                Quoted(
                    "Before your information goes to anybody else, we tell you and you may opt out.",
                    Kind.OPT_OUT,
                    (RecipientClass.THIRD_PARTY,),
                ),
            ),
            (DELETED,),
        ),
    ),
    Written(
        SERVICE,
        "2021",
        date(2021, 1, 15),
        RECORDED - 2,
        (
            ("Privacy notice. We wrote it anew, so that it is easier to read.", COLLECTED),
            (RUN, "You can stop our offers at any time, and object to being shown members by what we guess about you."),
            (
                Quoted(
                    "Your information goes to service providers who act on our instructions, to business partners that "
                    "we name to you, to companies of our group, and to authorities where the law asks for it. Nobody "
                    "else receives it.",
                    Kind.RECIPIENT,
                    PARTIES,
                    Says.ONLY,
                ),
            ),
            (
                DELETED,
                "We delete your account data within 24 months after you close your account, and keep your messages to "
                "support for three years.",
            ),
        ),
    ),
    Written(
        SERVICE,
        "2026",
        date(2026, 2, 2),
        150,
        (
            ("Privacy notice. New in this version is how we train our own models.", COLLECTED),
            (
                RUN,
                Quoted(
                    "Where you say yes, we train models of our own with your information.",
                    Kind.USE,
                    ("train_ai_system",),
                ),
                "You can take your yes back at any time.",
            ),
            (
                Quoted(
                    "Your information goes to service providers who act on our instructions, to business partners that "
                    "we name to you, to companies of our group, and to authorities where the law asks for it. Nobody "
                    "else receives it.",
                    Kind.RECIPIENT,
                    PARTIES,
                    Says.ONLY,
                ),
            ),
            (DELETED,),
        ),
    ),
    Written(
        NEWSLETTER,
        "2018",
        date(2018, 5, 1),
        RECORDED - 3,
        (
            (
                Quoted(
                    "We send you the newsletter to the address and in the language that you give us.",
                    Kind.CATEGORY,
                    ("user.contact.email", "user.demographic.language"),
                ),
                Quoted(
                    "We use them for the newsletter only.", Kind.USE, ("marketing.communications.email",), Says.ONLY
                ),
            ),
            (
                Quoted(
                    "A service provider sends it for us; nobody else receives your address.",
                    Kind.RECIPIENT,
                    (RecipientClass.SERVICE_PROVIDER,),
                    Says.ONLY,
                ),
                Quoted(
                    "We delete your address within a month after you unsubscribe.",
                    Kind.RETENTION,
                    (1,),
                ),
            ),
        ),
    ),
    Written(
        COOKIES,
        "2019",
        date(2019, 11, 1),
        RECORDED - 4,
        (
            (
                Quoted(
                    "We count which pages are opened how often, with a cookie and a shortened address.",
                    Kind.CATEGORY,
                    ("user.behavior", "user.device"),
                ),
                Quoted("We do this to see which pages are read.", Kind.USE, ("analytics.reporting",)),
            ),
            (
                Quoted(
                    "A service provider counts for us.",
                    Kind.RECIPIENT,
                    (RecipientClass.SERVICE_PROVIDER,),
                ),
                Quoted("Statistics are kept for 13 months.", Kind.RETENTION, (13,)),
            ),
        ),
    ),
]


def load_notices(teller: Teller, cast: Cast) -> None:
    """One of the lawyers owns the notices and wrote down what they say; the deputy for privacy has checked it."""
    for written in VERSIONS:
        notice = known(Notice, product=written.product)
        if notice is not None and known(NoticeVersion, notice=notice, label=written.label) is not None:
            continue
        with teller.story(f"notice of {written.label} for {written.product}"):
            with teller.ago(written.recorded + 7):
                notice = notice or record(Notice(product=written.product, owner=cast["legal2"]), by=cast["legal2"])
                version = _write(cast, notice, written)
            with teller.ago(written.recorded):
                reasons = "The text is that of our archive.", "The sentences say what was entered."
                approve(version, legal=cast["legal"], privacy=cast["privacy"], reasons=reasons)
                version.publish(by=cast["legal"], note="Text and day are those of the archive of our web pages.")


def _write(cast: Cast, notice: Notice, written: Written) -> NoticeVersion:
    author = cast["legal2"]
    text = "\n\n".join(" ".join(_sentence(part) for part in paragraph) for paragraph in written.paragraphs)
    version = NoticeVersion(
        notice=notice, label=written.label, author=author, text=text, effective_from=written.effective_from
    )
    record(version, by=author)
    for quoted in (part for paragraph in written.paragraphs for part in paragraph if isinstance(part, Quoted)):
        for value in quoted.values:
            claim = _claim(version, quoted, value)
            claim.enter(by=author)
            claim.confirm(by=cast["privacy2"])
    version.submit(by=author)
    return version


def _sentence(part: str | Quoted) -> str:
    return part if isinstance(part, str) else part.sentence


def _claim(version: NoticeVersion, quoted: Quoted, value: Any) -> Claim:
    claim = Claim(version=version, kind=quoted.kind, says=quoted.says, sentence=quoted.sentence)
    if quoted.kind == Kind.USE:
        claim.use = DataUse.objects.get(key=value)
    elif quoted.kind == Kind.CATEGORY:
        claim.category = DataCategory.objects.get(key=value)
    elif quoted.kind == Kind.RETENTION:
        claim.months = value
    else:
        claim.recipient_class = value
    return claim


def load_statement(teller: Teller, cast: Cast) -> None:
    """About as careful as such answers are."""
    if known(PublicStatement, title=STATEMENT) is not None:
        return
    with teller.story(f"statement “{STATEMENT}”"):
        with teller.ago(16):
            statement = _write_statement(cast)
        with teller.ago(15):
            note = "The press office found it among its letters of 2019. Nobody cleared such answers then."
            statement.record_as_made(by=cast["legal"], note=note)


def _write_statement(cast: Cast) -> PublicStatement:
    author, vendor = cast["legal2"], Organisation.objects.get(name="Lumen Vision")
    then, now = "We had no commercial agreement with this company then", "and have no relationship with it now"
    statement = PublicStatement(
        title=STATEMENT,
        author=author,
        organisation=vendor,
        audience=PublicStatement.Audience.PRESS,
        said_on=SAID_ON,
        text=f"Thank you for your questions. {then} {now}. The privacy of our members comes first.",
    )
    record(statement, by=author)
    for sentence, kind, start, end in (
        (then, StatementClaim.Kind.NO_AGREEMENT, date(2014, 1, 1), date(2014, 12, 31)),
        (now, StatementClaim.Kind.NO_RELATION, SAID_ON, SAID_ON),
    ):
        StatementClaim(statement=statement, sentence=sentence, kind=kind, period_from=start, period_until=end).enter(
            by=author
        )
    return statement
