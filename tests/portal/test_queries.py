"""Every list, as a page and through the API, costs as many queries for twelve rows as for two, and at most eleven."""

from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.consents.people.services import look_up
from apps.disclosures.models import StatementClaim
from apps.findings.models import Requirement
from apps.findings.models.finding import new_finding
from apps.notifications.models import Message
from apps.workflow.models import Redaction, Review
from tests.api_cast import api_of
from tests.factories import (
    make_agreement,
    make_claim,
    make_cohort,
    make_consent_import,
    make_dataset,
    make_due_diligence,
    make_insider,
    make_interest,
    make_notice,
    make_offer,
    make_organisation,
    make_screening,
    make_statement,
    make_transfer,
    make_users,
    make_vendor,
    make_version,
    write_ledger,
)

pytestmark = pytest.mark.whole

# One of them asks which records may be of one person or company; the badge of findings and the list each ask it.
FEW, MANY, MOST_QUERIES = 2, 12, 11
MORE_QUERIES = {("legal", "/findings/"): 13}

FOR_ALL = [
    "/agreements/",
    "/transfers/",
    "/vendors/",
    "/vendors/due-diligence/",
    "/vendors/questionnaires/",
    "/people/",
    "/consents/",
    "/consents/cohorts/",
    "/datasets/",
    "/disclosures/",
    "/disclosures/notices/",
    "/disclosures/offers/",
    "/disclosures/statements/",
    "/findings/",
    "/rules/",
    "/changes/",
    "/mail/",
]
SCREENED = ["/consents/imports/", "/consents/screenings/"]
PAGES = {
    "requester": FOR_ALL,
    "legal": [*FOR_ALL, *SCREENED, "/ledger/", "/redactions/"],
    "privacy": [*SCREENED, "/consents/look-ups/"],
    "auditor": [*FOR_ALL, *SCREENED, "/consents/look-ups/", "/ledger/", "/redactions/", "/users/"],
}
API_LISTS = [
    "agreements/",
    "categories/",
    "cohorts/",
    "datasets/",
    "due-diligence/",
    "findings/",
    "interests/",
    "notice-claims/",
    "notice-versions/",
    "notices/",
    "opt-out-offers/",
    "people/",
    "public-statements/",
    "reviews/",
    "statement-claims/",
    "transfers/",
    "vendors/",
]

# Of these the requester sees nothing.
API_LISTS_OF_SOME = ["consent-import-runs/", "consent-imports/", "screenings/", "subject-lookups/"]


@pytest.fixture
def grow(ours, requester, engineer, legal):
    """Add to every list until it has so many rows that the requester sees."""
    rules = list(Requirement.objects.all()[:1])
    holder = make_insider("Requester", user=requester)
    have = 0
    screened = make_cohort("Screened", by=engineer)

    def grow(count):
        nonlocal have
        make_users({f"colleague{number}": ["Legal"] for number in range(have, count)})
        for number in range(have, count):
            dataset = make_dataset(engineer, f"Dataset {number}", steward=legal)
            vendor = make_vendor(f"Vendor {number}", owner=engineer)
            agreement = make_agreement(requester, vendor, [dataset], sponsor=engineer, business_owner=legal)
            make_transfer(requester, dataset, vendor)
            Review.open(agreement, by=requester)
            new_finding(rules[0], agreement, "list", fact="A fact", proposed_by=legal).save()
            make_due_diligence(make_vendor(f"Asked {number}", owner=requester), concluded_by=legal)
            held = make_organisation(f"Held {number}")
            make_interest(holder, held, 10)
            make_transfer(engineer, dataset, held, confidential=True)
            Redaction.request(make_insider(f"Insider {number}"), "name", by=legal, reason="Asked for.")
            version = make_version(make_notice(legal, f"Notice {number}"))
            make_claim(version, "affiliate")
            make_offer(version, legal)
            statement = make_statement(requester, vendor)
            StatementClaim(statement=statement, kind="no_payment", sentence="Nothing was shared.").enter(by=requester)
            make_consent_import(f"answers {number}", by=engineer)
            make_cohort(f"Cohort {number}", by=engineer)
            make_screening(screened, by=legal)
            look_up(f"person {number}", reason="Asked for.", by=legal)
            Message.queue(requester, Message.Kind.DIGEST, f"digest {number}", subject="News", lines=[])
        write_ledger()
        have = count

    return grow


def every_list(cast):
    """Each list as each of its readers asks for it, by (reader, address)."""
    asks = {}
    for name, urls in PAGES.items():
        client = Client()
        client.force_login(cast[name])
        asks |= {(name, url): partial(client.get, url, {"per_page": 100}) for url in urls}
    for name in ("auditor", "legal", "requester"):
        api = api_of(cast[name])
        asks |= {(name, f"/api/v1/{url}"): partial(api.get, url) for url in [*API_LISTS, *API_LISTS_OF_SOME]}
    return asks


def queries_of(ask):
    assert ask().status_code == 200
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


# One test for all of them: making the rows takes longer than asking for the lists.
def test_no_list_asks_more_for_more_rows(cast, grow):
    asks = every_list(cast)
    grow(FEW)
    few = {place: queries_of(ask) for place, ask in asks.items()}
    grow(MANY)
    many = {place: queries_of(ask) for place, ask in asks.items()}
    grown = {place: (few[place], queries) for place, queries in many.items() if queries != few[place]}
    over = {place: queries for place, queries in many.items() if queries > MORE_QUERIES.get(place, MOST_QUERIES)}
    assert (grown, over) == ({}, {})
    api = api_of(cast["requester"])
    assert {url: len(api.ids(url)) >= MANY for url in API_LISTS} == dict.fromkeys(API_LISTS, True)
