"""The cast of the tests, and what tests need on a database that refuses to forget."""

import os
import time
from datetime import datetime, timedelta

import pytest
from django.test import TransactionTestCase
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core import clock
from apps.ledger.models import maintenance
from tests.factories import (
    make_agreement,
    make_dataset,
    make_insider,
    make_interest,
    make_organisation,
    make_ourselves,
    make_users,
    make_vendor,
)

CAST = {
    "engineer": [Role.ENGINEER],
    "requester": [],
    "stranger": [],
    "founder": [],
    "legal": [Role.LEGAL],
    "second_lawyer": [Role.LEGAL],
    "privacy": [Role.PRIVACY],
    "dpo": [Role.DPO],
    "independent": [Role.INDEPENDENT],
    "executive": [Role.EXECUTIVE],
    "auditor": [Role.AUDITOR],
    "administrator": [Role.ADMINISTRATOR],
    "second_administrator": [Role.ADMINISTRATOR],
}


# Longer than it takes to make what a test starts from.
BEFORE_MIDNIGHT = timedelta(seconds=20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """No test starts just before midnight, because "today" would be two days in it."""
    tomorrow = timezone.make_aware(datetime.combine(clock.today() + timedelta(days=1), datetime.min.time()))
    left = tomorrow - clock.now()
    if left < BEFORE_MIDNIGHT:
        time.sleep(left.total_seconds())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """On the build server a test that cannot run is a failure, never a skip."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"Skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(autouse=True, scope="session")
def _flush_append_only_tables():
    """Let transactional tests end: they truncate every table, which append-only ones refuse outside maintenance.

    Reference data (roles, terms, rules) comes back by itself, because the flush ends with post_migrate.
    """
    flush = TransactionTestCase._fixture_teardown

    def flush_in_maintenance(self):
        with maintenance():
            flush(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_in_maintenance)
        yield


@pytest.fixture
def cast(db):
    """Everybody who plays a part, by name. None of them can sign in with a password; see `sign_in`."""
    return make_users(CAST)


def _member(name):
    @pytest.fixture(name=name)
    def member(cast):
        return cast[name]

    return member


engineer = _member("engineer")
requester = _member("requester")
stranger = _member("stranger")
founder = _member("founder")
legal = _member("legal")
second_lawyer = _member("second_lawyer")
privacy = _member("privacy")
dpo = _member("dpo")
independent = _member("independent")
executive = _member("executive")
auditor = _member("auditor")
administrator = _member("administrator")
second_administrator = _member("second_administrator")


@pytest.fixture
def superuser(db):
    """A superuser without any role."""
    return User.objects.create_superuser("root@example.org", full_name="Root")


@pytest.fixture
def sign_in(client):
    """Sign a user in to the test client, without a password."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def ours(db):
    return make_ourselves()


@pytest.fixture
def cloudy(ours):
    """An approved vendor in which nobody of ours has an interest."""
    return make_vendor("Cloudy")


@pytest.fixture
def lumen(ours, founder):
    """The recipient of the case: the founder holds 40 % of a fund that holds 12 % of it."""
    lumen = make_vendor("Lumen Vision", purpose="Faces", jurisdiction="US", risk_tier="high")
    fund = make_organisation("Corona Capital", kind="fund")
    make_interest(make_insider(user=founder), fund, 40)
    make_interest(fund, lumen, 12)
    return lumen


@pytest.fixture
def tickets(engineer):
    return make_dataset(engineer, obtained="from_subjects")


@pytest.fixture
def support(requester, engineer, cloudy, tickets):
    """A request for which every check is content."""
    return make_agreement(requester, cloudy, [tickets], sponsor=engineer)


@pytest.fixture
def in_review(support, requester):
    support.submit(by=requester)
    return support


@pytest.fixture
def case(requester, founder, engineer, lumen):
    """The request of the case, in review: faces for face recognition, sponsored by the founder."""
    photos = make_dataset(
        engineer,
        "Profile photos",
        categories=("user.content.self_image", "user.location.precise", "user.demographic.sexual_orientation"),
    )
    case = make_agreement(
        requester,
        lumen,
        [photos],
        title="Photos for Lumen",
        type="third_party",
        sponsor=founder,
        ends_on=None,
        purpose="Training of face recognition",
        categories=[category.key for category in photos.categories.all()],
        uses=("train_ai_system.face_recognition",),
    )
    case.submit(by=requester)
    return case
