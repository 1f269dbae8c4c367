"""The rules that come with the portal. Legal edits, adopts and retires them on the page Rules; this starts them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from apps.accounts.models import Role
from apps.core import clock
from apps.findings.models import Requirement, Severity

HOUSE = "House rule of this portal"

CATALOGUE: list[dict[str, Any]] = [
    {
        "code": "OKC-1",
        "title": "Every transfer is covered on its day",
        "sentence": "Data about people moves only under an agreement that is in force on that day, or on another "
        "recorded ground: legal process with its number, a request of the person, or an emergency, confirmed by legal "
        "and privacy. A later agreement covers nothing that moved before.",
        "source": HOUSE,
        "applies_when": "Data moved to somebody else, companies of our own group included.",
        "severity": Severity.CRITICAL,
        "stops": [],
        "house": True,
        "acceptable": False,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "OKC-1-HOLD",
        "title": "Data stays while a transfer of it is open",
        "sentence": "A dataset is not retired while nothing covers a transfer of it, until legal and privacy have "
        "recorded that it is not needed.",
        "source": HOUSE,
        "applies_when": "A transfer of the dataset has no cover on record.",
        "severity": Severity.CRITICAL,
        "stops": ["retire"],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "OKC-2",
        "title": "Data leaves by our own ways",
        "sentence": "Data about people does not leave by personal e-mail, by a consumer file share or on removable "
        "media.",
        "source": HOUSE,
        "applies_when": "A transfer took one of these ways.",
        "severity": Severity.HIGH,
        "stops": [],
        "house": True,
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "OKC-3",
        "title": "Nothing in return, and an interest",
        "sentence": "Where we receive nothing for data and an insider has an interest in the recipient, legal looks at "
        "why it was given.",
        "source": HOUSE,
        "applies_when": "We received nothing, or it is not known what, and a path of interests leads to the recipient. "
        "Links within our own group are left out.",
        "severity": Severity.CRITICAL,
        "stops": [],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "OKC-4",
        "title": "Nobody decides where they profit",
        "sentence": "A requester, sponsor, business owner or voter, and whoever carries out a transfer or decides "
        "about it, must not have a path of interests to the recipient.",
        "source": HOUSE,
        "applies_when": "A path of interests leads from one of these people to the other party or its owners.",
        "severity": Severity.CRITICAL,
        "stops": ["approve"],
        "house": True,
        "acceptable": False,
        "owner_role": Role.LEGAL,
        "threshold": Decimal(1),
        "threshold_meaning": "Holdings below this percentage in listed securities or diversified funds are declared "
        "but keep nobody from deciding.",
    },
    {
        "code": "HOUSE-1",
        "title": "Independent justification",
        "sentence": "Where an insider has an interest in the recipient, somebody without any path of interests "
        "justifies the sharing in writing.",
        "source": HOUSE,
        "applies_when": "Any insider has a path of interests to the other party.",
        "severity": Severity.CRITICAL,
        "stops": ["approve"],
        "house": True,
        "acceptable": False,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-2",
        "title": "Approved vendors only",
        "sentence": "Data goes only to organisations that were approved as vendors and whose approval has not lapsed.",
        "source": HOUSE,
        "applies_when": "The other party is neither ourselves nor an affiliate.",
        "severity": Severity.HIGH,
        "stops": ["approve", "activate"],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "GDPR-5-1b",
        "title": "Uses within those at collection",
        "sentence": "Data is used only for what it was collected for, unless the new use is compatible or has a basis "
        "of its own.",
        "source": "GDPR Article 5(1)(b) and 6(4); secondary source, to be confirmed by counsel",
        "applies_when": "A use asked for is not among the uses recorded at collection.",
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "HOUSE-3",
        "title": "Sensitive combinations",
        "sentence": "Categories that reveal more together than each by itself are shared only after an assessment.",
        "source": "House rule of this portal, after GDPR Articles 9 and 35",
        "applies_when": "The categories of an agreement or dataset meet one of the combinations on the page Taxonomy.",
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "house": True,
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "HOUSE-4",
        "title": "Every agreement ends",
        "sentence": "An agreement names the day on which it ends.",
        "source": HOUSE,
        "severity": Severity.MEDIUM,
        "stops": ["approve"],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-5",
        "title": "Insider interests in vendors are known",
        "sentence": "Interests of insiders in a vendor or its owners are on record and looked at.",
        "source": HOUSE,
        "severity": Severity.HIGH,
        "stops": [],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-6",
        "title": "Approvals of vendors are current",
        "sentence": "The approval of a vendor is renewed before it lapses.",
        "source": HOUSE,
        "severity": Severity.MEDIUM,
        "stops": [],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-7",
        "title": "No open questions about a dataset",
        "sentence": "For every dataset it is known where it comes from, what it was collected for, and how long people "
        "were told it is kept.",
        "source": HOUSE,
        "severity": Severity.MEDIUM,
        "stops": [],
        "house": True,
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "HOUSE-8",
        "title": "The same files have one name",
        "sentence": "The same body of files is registered once. Where it is on record twice, somebody looks whether "
        "both are meant, since what is decided about one of them is easily missed for the other.",
        "source": HOUSE,
        "applies_when": "The manifests of two versions have the same SHA-256.",
        "severity": Severity.MEDIUM,
        "stops": [],
        "house": True,
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "HOUSE-20",
        "title": "Vendors are questioned",
        "sentence": "Before a vendor is approved, and again when the conclusion expires, it is asked the questions of "
        "its risk tier, and legal or privacy concludes from the answers.",
        "source": HOUSE,
        "applies_when": "A vendor is in review or approved, or its approval has lapsed.",
        "severity": Severity.MEDIUM,
        "stops": [],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-21",
        "title": "No approval against the conclusion",
        "sentence": "A vendor whose newest due diligence was not passed is not approved.",
        "source": HOUSE,
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-23",
        "title": "People permit what is shared",
        "sentence": "Where the recipient decides its own purposes, the data of those is shared who permit each use and "
        "the sharing itself.",
        "source": "House rule of this portal, after GDPR Articles 6 and 7",
        "applies_when": "The recipient decides its own purposes, and it is recorded who is in a dataset.",
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "house": True,
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "HOUSE-24",
        "title": "It is known who owns a vendor",
        "sentence": "Who owns a vendor is recorded in full, up to people, and looked at again every year. What is not "
        "recorded is unknown: nobody can say whether one of us has an interest.",
        "source": HOUSE,
        "applies_when": "Nothing is recorded of who owns the vendor, less than 100 % is explained, or nobody has "
        "looked at it for a year.",
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "house": True,
        "owner_role": Role.LEGAL,
        "above_tier": "medium",
    },
    {
        "code": "HOUSE-25",
        "title": "What the recipient may do is decided",
        "sentence": "Before a request is approved it is decided whether the recipient may train models, derive other "
        "data and pass it on, and when data is returned or deleted.",
        "source": HOUSE,
        "applies_when": "One of these answers is still open.",
        "severity": Severity.MEDIUM,
        "stops": ["approve"],
        "house": True,
        "owner_role": Role.LEGAL,
    },
]

CATALOGUE += [
    {"source": HOUSE, "stops": [], "house": True, **entry}
    for entry in (
        {
            "code": "HOUSE-10",
            "title": "Agreements are looked at each year",
            "sentence": "An agreement in force is reviewed again within a year of its last approval.",
            "applies_when": "The agreement is active or suspended.",
            "severity": Severity.MEDIUM,
            "owner_role": Role.LEGAL,
        },
        {
            "code": "HOUSE-11",
            "title": "The end of an agreement is seen coming",
            "sentence": "Before an agreement ends, it is decided whether it is renewed and what happens to the data.",
            "applies_when": "An agreement in force ends within 90 days.",
            "severity": Severity.MEDIUM,
            "owner_role": Role.LEGAL,
        },
        {
            "code": "HOUSE-12",
            "title": "Nothing stays in force past its end",
            "sentence": "An agreement is no longer in force after its last day.",
            "applies_when": "The last day of an active or suspended agreement has passed.",
            "severity": Severity.HIGH,
            "owner_role": Role.LEGAL,
        },
        {
            "code": "HOUSE-13",
            "title": "Approvals of vendors are renewed in time",
            "sentence": "A vendor is submitted again before its approval lapses.",
            "applies_when": "The approval of a vendor lapses within 90 days.",
            "severity": Severity.LOW,
            "owner_role": Role.LEGAL,
        },
        {
            "code": "HOUSE-14",
            "title": "Interests are declared each year",
            "sentence": "Everybody with an account declares their interests, or that there are none, once a year.",
            "applies_when": "Somebody has never declared, or the last declaration lapses within 30 days or has lapsed.",
            "severity": Severity.LOW,
            "owner_role": Role.LEGAL,
        },
        {
            "code": "HOUSE-15",
            "title": "Data is kept no longer than promised",
            "sentence": "What people were told about how long their data is kept, is kept to.",
            "applies_when": "Collection of the dataset has ended and a retention was promised.",
            "severity": Severity.HIGH,
            "owner_role": Role.PRIVACY,
        },
        {
            "code": "HOUSE-16",
            "title": "Reviews are decided in time",
            "sentence": "A review is decided by its date.",
            "applies_when": "A running review is past its date. While it waits for an answer, its clock stands still.",
            "severity": Severity.LOW,
            "owner_role": Role.LEGAL,
        },
        {
            "code": "HOUSE-17",
            "title": "House rules are in force",
            "sentence": "A house rule that legal has suspended stays in sight until it is adopted again.",
            "applies_when": "A house rule is suspended.",
            "severity": Severity.HIGH,
            "owner_role": Role.LEGAL,
        },
        {
            "code": "HOUSE-40",
            "title": "Somebody looks after each record",
            "sentence": "What is not over is asked for and looked after by people whose accounts are open.",
            "applies_when": "An account that a record names was closed without a successor.",
            "severity": Severity.MEDIUM,
            "owner_role": Role.LEGAL,
        },
        {
            "code": "HOUSE-18",
            "title": "The portal's own schedules run",
            "sentence": "Checks, mails and checkpoints run by themselves. A schedule that is off stays in sight.",
            "applies_when": "A schedule of the portal is disabled or deleted.",
            "severity": Severity.HIGH,
            "acceptable": False,
            "owner_role": Role.LEGAL,
        },
    )
]

FTC = "Federal Trade Commission Act section 5; secondary source, to be confirmed by counsel"

# What people and others outside were told, beside what is done.
CATALOGUE += [
    {
        "code": "FTC-COLLECT",
        "title": "Sharing fits what people read at collection",
        "sentence": "Data is not shared with recipients, or for uses, that the notices in force while it was collected "
        "speak against.",
        "source": FTC,
        "applies_when": "A notice version in force on any day of the collection speaks against the recipient, a use or "
        "a category.",
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "FTC-COLLECT-SILENT",
        "title": "What people read at collection speaks of the sharing",
        "sentence": "Where the notices in force at collection say nothing about a recipient, use or category, a person "
        "decides.",
        "source": FTC,
        "applies_when": "No sentence that was entered about these notices speaks of it.",
        "severity": Severity.HIGH,
        "stops": [],
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "FTC-COLLECT-GAP",
        "title": "It is known what people were told",
        "sentence": "For every day on which data was collected it is known which notice was in force.",
        "source": FTC,
        "applies_when": "No notice version is recorded for a part of the collection.",
        "severity": Severity.HIGH,
        "stops": [],
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "FTC-SHARE",
        "title": "Sharing fits what people read when it happens",
        "sentence": "Data is not shared with recipients, or for uses, that the notice in force at the sharing speaks "
        "against.",
        "source": FTC,
        "applies_when": "The notice version in force today, or on the day of a transfer, speaks against it.",
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "FTC-SHARE-SILENT",
        "title": "What people read when data is shared speaks of it",
        "sentence": "Where the notice in force at the sharing says nothing of it, or none is known, a person decides.",
        "source": FTC,
        "applies_when": "No sentence that was entered about this notice speaks of it, or no version is known for the "
        "day.",
        "severity": Severity.HIGH,
        "stops": [],
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "FTC-RETRO",
        "title": "A wider notice does not reach back",
        "sentence": "What a later notice provides for does not reach data that was collected before, unless people "
        "agreed expressly to the change.",
        "source": FTC,
        "applies_when": "Today's notice provides for a recipient, use or category, and one in force at collection does "
        "not.",
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "OKC-5",
        "title": "What we say fits what is on record",
        "sentence": "A statement to the press, an authority or our users is neither contradicted by recorded facts nor "
        "leaves them out.",
        "source": HOUSE,
        "applies_when": "Agreements or transfers are on record about the organisation that a statement speaks of.",
        "severity": Severity.HIGH,
        "stops": ["approve", "make"],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "OKC-6",
        "title": "A promised choice is offered first",
        "sentence": "Where a notice promises people a choice to opt out before their data is shared, the offer is "
        "finished and its exclusion list applied before anything is shared.",
        "source": HOUSE,
        "applies_when": "A notice version in force at collection or at the sharing promises it for the class of the "
        "recipient.",
        "severity": Severity.CRITICAL,
        "stops": ["activate"],
        "house": True,
        "owner_role": Role.PRIVACY,
    },
    {
        "code": "HOUSE-22",
        "title": "A new notice fits what is done",
        "sentence": "Before a notice is published, agreements in force and transfers of the last year that it speaks "
        "against are looked at.",
        "source": HOUSE,
        "applies_when": "A version that takes effect today or later is to be published.",
        "severity": Severity.HIGH,
        "stops": ["publish"],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-30",
        "title": "One organisation is asked about once",
        "sentence": "While it is asked whether an organisation is on record twice, nothing about it is approved. "
        "Whoever has an interest in one of the two counts as having it in both.",
        "source": HOUSE,
        "applies_when": "Two records share a name, a former name, an LEI, a number in a register or a website.",
        "severity": Severity.HIGH,
        "stops": ["approve", "sign", "activate"],
        "house": True,
        "acceptable": False,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-41",
        "title": "What clears a request comes from somebody else",
        "sentence": "Whoever may not take part in a decision does not enter either what it rests on: the sentences of "
        "a notice and the offers to opt out that the request is compared with.",
        "source": HOUSE,
        "applies_when": "Sentences or offers that a request is compared with were entered or checked by somebody with "
        "a path of interests to the recipient.",
        "severity": Severity.HIGH,
        "stops": ["approve"],
        "house": True,
        "owner_role": Role.LEGAL,
    },
    {
        "code": "HOUSE-31",
        "title": "Our people are known where they are owners",
        "sentence": "Where an owner on record has the name of one of our people, legal and privacy say whether it is "
        "the same person. Until then interests of one count for both.",
        "source": HOUSE,
        "applies_when": "The name is the same in any order, and the month of birth or a nationality where both are "
        "known.",
        "severity": Severity.HIGH,
        "stops": [],
        "house": True,
        "owner_role": Role.LEGAL,
    },
]


def load_catalogue(**kwargs: Any) -> None:
    """Add the rules that are not there yet; house rules are adopted from the first day. Runs after each migration."""
    known = set(Requirement.objects.values_list("code", flat=True))
    for entry in CATALOGUE:
        if entry["code"] in known:
            continue
        rule = Requirement(**entry)
        if rule.house:
            rule.status, rule.adopted_by_name = Requirement.Status.ADOPTED, Requirement.PORTAL
            rule.adopted_on = clock.today()
        rule.on_behalf(None, "comes with the portal").save()
