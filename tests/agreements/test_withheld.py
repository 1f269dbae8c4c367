"""A count that is lower because something is withheld for a time says so, in one line and no more."""

from datetime import datetime

import pytest
from django.utils import timezone

from apps.core import clock
from tests.api_cast import api_of
from tests.factories import make_stake, make_transfer

THURSDAY = timezone.make_aware(datetime(2030, 5, 9, 10))
TUESDAY = timezone.make_aware(datetime(2030, 5, 14, 10))
LINE = "1 report is withheld until 13 May 2030."
PAGES = ("/", "/transfers/", "/findings/", "/transfers/?export=csv", "/findings/?export=csv")
API = ("transfers/", "findings/")


@pytest.fixture(autouse=True)
def thursday():
    with clock.travel_to(THURSDAY):
        yield


@pytest.fixture
def report(stranger, tickets, cloudy):
    return make_transfer(stranger, tickets, cloudy)


@pytest.fixture
def told(sign_in):
    def told(user):
        """The lines that this user reads, by address."""
        client, api = sign_in(user), api_of(user)
        pages = {path: client.get(path) for path in PAGES}
        said = {
            path: b"".join(page.streaming_content).decode() if page.streaming else page.content.decode()
            for path, page in pages.items()
        }
        lines = {path: "report is withheld" in text or "reports are withheld" in text for path, text in said.items()}
        return {path for path, found in lines.items() if found} | {p for p in API if api.get(p).json()["withheld"]}

    return told


def test_an_auditor_reads_that_it_is_so(report, auditor, told, sign_in):
    assert told(auditor) == {*PAGES, *API}
    assert LINE in sign_in(auditor).get("/findings/").content.decode()
    assert api_of(auditor).get("transfers/").json() == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
        "withheld": LINE,
    }


def test_of_several_the_last_day_is_told(report, stranger, tickets, cloudy, auditor, sign_in):
    make_transfer(stranger, tickets, cloudy)
    page = sign_in(auditor).get("/transfers/").content.decode()
    assert "2 reports are withheld, the last one until 13 May 2030." in page


@pytest.mark.parametrize("name", ["legal", "privacy", "requester", "administrator"])
def test_nobody_else_does(report, name, cast, told):
    """Legal and privacy read the report itself; the others read neither all transfers nor that there are more."""
    assert told(cast[name]) == set()


def test_who_profits_is_not_warned(auditor, stranger, tickets, cloudy, told):
    make_stake(auditor, cloudy)
    make_transfer(stranger, tickets, cloudy)
    assert told(auditor) == set()


def test_ends_with_the_days(report, auditor, told):
    with clock.travel_to(TUESDAY):
        assert told(auditor) == set()


def test_ends_with_the_outcome(report, auditor, legal, privacy, told):
    report.propose(by=legal, note="It happened.", proposal="confirmed")
    assert told(auditor) == {*PAGES, *API}
    report.confirm(by=privacy, note="It did.")
    assert told(auditor) == set()
