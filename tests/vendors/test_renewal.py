"""An approved vendor is approved anew while its approval holds."""

from datetime import timedelta

import pytest

from apps.accounts.models import Role
from apps.core import clock
from apps.vendors.models import APPROVAL_LASTS
from tests.factories import make_due_diligence, make_vendor


@pytest.fixture
def vendor(ours, engineer, legal, privacy):
    """Approved by votes, with ten days left."""
    vendor = make_vendor(owner=engineer, status="proposed")
    make_due_diligence(vendor)
    with clock.travel_to(clock.now() - APPROVAL_LASTS + timedelta(days=10)):
        vendor.submit(by=engineer)
    decide(vendor, legal, privacy)
    vendor.refresh_from_db()
    vendor.approved_until = clock.today() + timedelta(days=10)
    vendor.save()
    return vendor


def decide(vendor, legal, privacy, verdict="approve"):
    vendor.review.vote(by=legal, role=Role.LEGAL, verdict=verdict, reason="Read.")
    if verdict == "approve":
        vendor.review.vote(by=privacy, role=Role.PRIVACY, verdict=verdict, reason="Read.")
    vendor.refresh_from_db()


def test_the_approval_holds_to_its_date_meanwhile(vendor, engineer):
    until = vendor.approved_until
    vendor.renew(by=engineer)
    assert (vendor.status, vendor.approved_until) == ("in_renewal", until)
    assert vendor.is_approved_on(until)
    assert not vendor.is_approved_on(until + timedelta(days=1))


def test_the_votes_extend_it_by_a_year(vendor, engineer, legal, privacy):
    vendor.renew(by=engineer)
    decide(vendor, legal, privacy)
    assert (vendor.status, vendor.approved_until) == ("approved", clock.today() + APPROVAL_LASTS)


def test_a_refusal_ends_it(vendor, engineer, legal, privacy):
    vendor.renew(by=engineer)
    decide(vendor, legal, privacy, "refuse")
    assert vendor.status == "rejected"
    assert not vendor.is_approved_on(clock.today())


def test_a_renewal_taken_back_leaves_the_approval_before_it(vendor, engineer, legal):
    until = vendor.approved_until
    vendor.renew(by=engineer)
    vendor.review.withdraw(by=engineer)
    vendor.refresh_from_db()
    assert (vendor.status, vendor.approved_until) == ("approved", until)
    vendor.suspend(by=legal, note="Look again.")
    vendor.resume(by=legal, note="Looked.")
    assert vendor.status == "approved"


def test_revising_voids_the_approval_before_a_renewal_that_was_taken_back(vendor, engineer):
    approval = vendor.review
    vendor.renew(by=engineer)
    vendor.review.withdraw(by=engineer)
    vendor.refresh_from_db()
    vendor.revise(by=engineer)
    approval.refresh_from_db()
    assert (vendor.status, approval.status) == ("proposed", "void")
