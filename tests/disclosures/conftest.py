from datetime import date, timedelta

import pytest

from apps.core import clock
from tests.factories import make_notice, make_version

TEXT = (
    "We share data only with service providers and companies of our family.\n"
    "In any other case we tell you first and you may opt out.\n\n"
    "We use it to run the service. Photos go 24 months after an account closes."
)
ONLY = "We share data only with service providers and companies of our family."
CHOICE = "In any other case we tell you first and you may opt out."


@pytest.fixture
def notice(second_lawyer):
    return make_notice(second_lawyer, "Dating service")


@pytest.fixture
def draft(notice):
    """A version that takes effect today, written by the owner of the notice."""
    return make_version(notice, "2026", TEXT, "draft", effective_from=clock.today())


@pytest.fixture
def old(notice):
    return make_version(notice, "2012", TEXT, effective_from=date(2012, 3, 1))


@pytest.fixture
def tomorrow():
    return clock.now() + timedelta(days=1)
