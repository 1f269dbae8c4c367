"""What we hold about people: the photos of the case, and data that nobody has questions about."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import NamedTuple

from apps.consents.models import Cohort
from apps.datasets.models import Dataset, DatasetVersion, DatasetVersionParent
from apps.disclosures.models import Notice
from apps.ledger.models import set_links
from apps.portal.demo.consents import MEMBERS
from apps.portal.demo.disclosures import COOKIES, SERVICE
from apps.portal.demo.disclosures import NEWSLETTER as NEWSLETTER_NOTICE
from apps.portal.demo.story import Cast, Teller, approve, known, record
from apps.taxonomy.models import DataCategory, DataUse, SubjectType

PHOTOS, ACCOUNT_DATA = "Profile photos", "Account data"
TICKETS, NEWSLETTER, STATISTICS = "Support tickets", "Newsletter addresses", "Web usage statistics"


class Kept(NamedTuple):
    """A dataset as its engineer registers it. `per_member` is its size for each member of the service."""

    name: str
    description: str
    categories: tuple[str, ...]
    uses: tuple[str, ...]
    subject_type: str
    collected: tuple[date, date | None]
    retention: tuple[int, str]
    per_member: tuple[float, float]
    # The product whose notice told people about it.
    notice: str
    # Days since legal and privacy approved it; None while it is only registered.
    approved: int | None = None
    # The cohort of those who are in it.
    cohort: str = ""


DATASETS = [
    Kept(
        PHOTOS,
        "Photos that members uploaded to their profiles, with place, age, sex and orientation from the profile.",
        (
            "user.content.self_image",
            "user.location.precise",
            "user.demographic.age_range",
            "user.demographic.gender",
            "user.demographic.race_ethnicity",
            "user.demographic.sexual_orientation",
        ),
        ("essential.service", "personalize.content", "marketing.communications"),
        "customer",
        (date(2004, 3, 1), date(2014, 12, 31)),
        (
            24,
            "“When you close your account, we delete your photos within 24 months.” Privacy policy of 2012, section 6.",
        ),
        (41 / 30, 1),
        SERVICE,
        cohort=MEMBERS,
    ),
    Kept(
        ACCOUNT_DATA,
        "Name, address for messages and settings of each member, in the system that runs since 2012.",
        ("user.name", "user.contact.email", "user.account.settings", "user.demographic.date_of_birth"),
        ("essential.service", "essential.fraud_detection", "third_party_sharing.affiliate"),
        "customer",
        (date(2012, 5, 1), None),
        (24, "“We delete your account data within 24 months after you close your account.” Privacy policy of 2021."),
        (1, 1),
        SERVICE,
        600,
    ),
    Kept(
        TICKETS,
        "What members write to the support team, and the answers.",
        ("user.contact.email", "user.content.private"),
        ("essential.service.operations.support",),
        "customer",
        (date(2016, 9, 1), None),
        (36, "“We keep your messages to support for three years.” Privacy policy of 2021, section 4."),
        (0.4, 0.2),
        SERVICE,
        560,
    ),
    Kept(
        NEWSLETTER,
        "Addresses of those who ordered the newsletter.",
        ("user.contact.email", "user.demographic.language"),
        ("marketing.communications.email",),
        "prospect",
        (date(2018, 5, 25), None),
        (1, "“We delete your address within a month after you unsubscribe.” Order form of the newsletter."),
        (0.5, 0.5),
        NEWSLETTER_NOTICE,
        540,
    ),
    Kept(
        STATISTICS,
        "Which pages are opened how often, by shortened address and device.",
        ("user.behavior.browsing_history", "user.device.cookie_id"),
        ("analytics.reporting",),
        "visitor",
        (date(2020, 1, 1), None),
        (13, "“Statistics are kept for 13 months.” Cookie notice of 2021."),
        (30, 2.5),
        COOKIES,
        520,
    ),
]


class Fixed(NamedTuple):
    """A version of the photos. `per_member` is its size for each member of the service."""

    description: str
    per_member: tuple[float, float]
    cohort: str = ""
    # The one before it is its parent, where it says how it was made from that.
    made_by: str = ""


VERSIONS_OF_PHOTOS = [
    Fixed(
        "All photos with place, age, sex and orientation, as they were copied for the message of 15 Sep 2014.",
        (41 / 30, 1),
    ),
    Fixed(
        "What we hold today: the photos of the first version without the pictures that moderation has taken down.",
        (40 / 30, 1),
        MEMBERS,
        DatasetVersionParent.Kind.FILTERED,
    ),
]


def load_datasets(teller: Teller, cast: Cast, subjects: int) -> None:
    for kept in DATASETS:
        if known(Dataset, name=kept.name) is None:
            with teller.story(f"dataset “{kept.name}”"):
                _make_dataset(teller, cast, kept, subjects)
    photos = known(Dataset, name=PHOTOS)
    if photos is not None and not photos.versions.exists():
        with teller.story(f"versions of “{PHOTOS}”"), teller.ago(29):
            _register_versions(cast, photos, subjects)


def _register_versions(cast: Cast, photos: Dataset, subjects: int) -> None:
    engineer, parents = cast["engineer"], list[DatasetVersion]()
    for fixed in VERSIONS_OF_PHOTOS:
        records, people = (max(1, round(subjects * share)) for share in fixed.per_member)
        version = DatasetVersion(
            dataset=photos,
            description=fixed.description,
            digest=sha256(f"demo: {fixed.description}".encode()).hexdigest(),
            record_count=records,
            subject_count=people,
            cohort=Cohort.objects.filter(name=fixed.cohort).first(),
        )
        version.take_number()
        record(version, by=engineer, reason="register")
        version.set_parents(parents if fixed.made_by else [], fixed.made_by, by=engineer, reason="register")
        parents = [version]


def _make_dataset(teller: Teller, cast: Cast, kept: Kept, subjects: int) -> None:
    if kept.approved is None:
        with teller.ago(30):
            _register(cast, kept, subjects)
        return
    with teller.ago(kept.approved + 6):
        dataset = _register(cast, kept, subjects)
        dataset.submit(by=cast["engineer"])
    with teller.ago(kept.approved):
        reasons = "Complete; nothing to ask.", "The promised retention stands in the notice that is named."
        approve(dataset, legal=cast["legal"], privacy=cast["privacy"], reasons=reasons)


def _register(cast: Cast, kept: Kept, subjects: int) -> Dataset:
    engineer = cast["engineer"]
    records, people = (max(1, round(subjects * share)) for share in kept.per_member)
    dataset = Dataset(
        name=kept.name,
        description=kept.description,
        owner=engineer,
        obtained=Dataset.Obtained.FROM_SUBJECTS,
        collected_from=kept.collected[0],
        collected_until=kept.collected[1],
        record_count=records,
        subject_count=people,
        retention_months=kept.retention[0],
        retention_promise=kept.retention[1],
        cohort=Cohort.objects.filter(name=kept.cohort).first(),
    )
    record(dataset, by=engineer, reason="register")
    set_links(dataset.category_links, "category", DataCategory.objects.keyed(*kept.categories), by=engineer)
    set_links(dataset.use_links, "use", DataUse.objects.keyed(*kept.uses), by=engineer)
    set_links(dataset.subject_type_links, "subject_type", SubjectType.objects.keyed(kept.subject_type), by=engineer)
    set_links(dataset.notice_links, "notice", Notice.objects.filter(product=kept.notice), by=engineer)
    return dataset
