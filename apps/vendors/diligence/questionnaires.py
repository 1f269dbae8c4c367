"""The questionnaires that come with the portal. Legal and privacy replace them by versions of their own."""

from __future__ import annotations

from typing import Any, NamedTuple

from apps.vendors.models import Organisation, Question, Questionnaire

Tier, Kind = Organisation.RiskTier, Question.Kind
REASON = "comes with the portal"


class Ask(NamedTuple):
    """A question, and from which risk tier on it is asked."""

    topic: str
    text: str
    help: str
    kind: str = Kind.YES_NO
    choices: tuple[str, ...] = ()
    attention: str = ""
    required: bool = True
    evidence: bool = False
    only: tuple[Organisation.RiskTier, ...] = (Tier.LOW, Tier.MEDIUM, Tier.HIGH)


UP, HIGH = (Tier.MEDIUM, Tier.HIGH), (Tier.HIGH,)
ASKED = [
    Ask(
        "The service",
        "What data about people would they get from us?",
        "Name the kinds of data, and of whom.",
        Kind.TEXT,
    ),
    Ask(
        "The service",
        "For what do they use it?",
        "Their words, from the contract or the terms. “Improving our services” is an answer to look at closely.",
        Kind.TEXT,
    ),
    Ask(
        "Ownership",
        "Do you know who owns and controls them, up to natural persons?",
        "Registers of owners can be imported under Vendors, Ownership statements.",
        attention="no",
        only=UP,
    ),
    Ask(
        "Ownership",
        "Does anybody of our house, or close to one of us, hold an interest in them or a position there?",
        "Shares through a fund, seats on a board and gifts count too. Whoever does declares it under My interests.",
        attention="yes",
    ),
    Ask(
        "Ownership",
        "Do they give us or our people anything in return besides the service?",
        "Money, shares, services without charge, or invitations.",
        attention="yes",
        only=UP,
    ),
    Ask(
        "Training on data",
        "Do they train models on the data they get from customers?",
        "Also to improve their own products, or after removing names.",
        attention="yes",
    ),
    Ask(
        "Training on data",
        "Can training on our data be excluded by contract, and how would we notice if it were done?",
        "Quote the clause.",
        Kind.TEXT,
        only=HIGH,
    ),
    Ask(
        "Training on data",
        "Do their products infer race, health, sexual orientation or other sensitive traits of people?",
        "Whether or not they call it so.",
        attention="yes",
        only=HIGH,
    ),
    Ask(
        "Security",
        "Is data encrypted on its way and where it is stored?",
        "Ask for the standard used.",
        attention="no",
    ),
    Ask(
        "Security",
        "Which independent report on their security is current?",
        "Attach the report or the certificate.",
        Kind.CHOICE,
        ("ISO/IEC 27001 certificate", "SOC 2 Type II report", "Another independent report", "None"),
        attention="None",
        evidence=True,
        only=UP,
    ),
    Ask(
        "Security",
        "Until when is that report valid?",
        "Leave it empty if there is none.",
        Kind.DATE,
        required=False,
        only=UP,
    ),
    Ask(
        "Security",
        "Was there a breach of personal data in the last three years?",
        "If yes, write in the remark what happened and what they changed.",
        attention="yes",
        only=UP,
    ),
    Ask(
        "Subprocessors",
        "Do they name every subprocessor, and tell us before one is added?",
        "Attach the list.",
        attention="no",
        evidence=True,
        only=UP,
    ),
    Ask(
        "Onward transfer",
        "Do they pass data on to others for purposes of these others?",
        "Customers, partners, investors and companies of their group are others.",
        attention="yes",
    ),
    Ask(
        "Onward transfer",
        "Where is the data stored, and from where can it be reached?",
        "Countries, and by which safeguard data leaves the country of the people it is about.",
        Kind.TEXT,
        only=UP,
    ),
    Ask(
        "Deletion",
        "Do they delete everything within 90 days when the contract ends, and confirm it in writing?",
        "Copies, backups and what was derived from it count too.",
        attention="no",
    ),
    Ask(
        "Deletion",
        "Would they also delete models and templates that were made from our data?",
        "Embeddings and face templates are made from data as well.",
        attention="no",
        only=HIGH,
    ),
    Ask(
        "Rights and duties",
        "Can they find, correct and hand over the data of one person within ten days?",
        "How do they tell that it is the right person?",
        attention="no",
        only=UP,
    ),
    Ask(
        "Rights and duties",
        "May we audit them, by ourselves or by somebody we send?",
        "Quote the clause or the terms.",
        attention="no",
        only=HIGH,
    ),
    Ask(
        "Rights and duties",
        "Have authorities or courts taken steps against them about personal data?",
        "If yes, name the authority, the year and the outcome in the remark.",
        attention="yes",
        only=HIGH,
    ),
]
# (title, months for which a conclusion holds)
TEMPLATES = {
    Tier.LOW: ("Questions to vendors of low risk", 24),
    Tier.MEDIUM: ("Questions to vendors of medium risk", 12),
    Tier.HIGH: ("Questions to vendors of high risk", 6),
}


def load_questionnaires(**kwargs: Any) -> None:
    """Add a questionnaire for each tier that never had one. Runs after each migration."""
    for tier in TEMPLATES.keys() - set(Questionnaire.objects.values_list("tier", flat=True)):
        title, months = TEMPLATES[tier]
        made = Questionnaire(title=title, tier=tier, version=1, valid_months=months, status=Questionnaire.Status.IN_USE)
        made.on_behalf(None, REASON).save()
        for position, ask in enumerate((ask for ask in ASKED if tier in ask.only), start=1):
            question = Question(
                questionnaire=made,
                position=position,
                topic=ask.topic,
                text=ask.text,
                help=ask.help,
                kind=ask.kind,
                choices=list(ask.choices),
                required=ask.required,
                wants_evidence=ask.evidence,
                attention=ask.attention,
            )
            question.on_behalf(None, REASON).save()
