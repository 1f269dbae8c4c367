"""An interest is changed or ended by nobody alone."""

import pytest

from apps.vendors.models import Interest
from apps.workflow.models import Proposal
from tests.api_cast import api_of
from tests.factories import make_insider, make_interest

WHY = "Sold to the others."


@pytest.fixture
def own(cloudy, requester):
    """An interest that the requester has declared."""
    return make_interest(make_insider(user=requester), cloudy, 10)


def page(interest, **changes):
    kept = {"organisation": interest.organisation_id, "holder_person": interest.holder_person_id, "type": interest.type}
    held = {"directness": "direct", "share_exact": "10", "source": "register", "revision": interest.revision}
    return {**kept, **held, "why": WHY, **changes}


@pytest.mark.parametrize("change", [{"share_exact": "0.5"}, {"ends_on": "2020-01-01"}], ids=["lessened", "ended"])
class TestOwnInterest:
    def test_counts_on_the_page_until_legal_confirms(self, own, cloudy, requester, legal, sign_in, change):
        sign_in(requester).post(f"/interests/{own.pk}/edit/", page(own, **change))
        proposal = Proposal.objects.about(own).get()
        assert Interest.objects.get(pk=own.pk).revision == own.revision
        assert not requester.has_perm("workflow.confirm_proposal", proposal)
        proposal.confirm(by=legal)
        changed = Interest.objects.get(pk=own.pk)
        assert [float(changed.share_exact) == 0.5, str(changed.ends_on) == "2020-01-01"].count(True) == 1


class TestInterestOfAnother:
    def test_is_ended_through_the_api_once_a_second_lawyer_confirms(self, own, legal, second_lawyer, privacy):
        sent = {"ends_on": "2020-01-01", "why": WHY}
        assert api_of(legal).patch(f"interests/{own.pk}/", sent).status_code == 200
        assert Interest.objects.get(pk=own.pk).ends_on is None
        proposal = Proposal.objects.about(own).get()
        for user, status in ((legal, 403), (privacy, 404), (second_lawyer, 200)):
            assert api_of(user).post(f"proposals/{proposal.pk}/transitions/confirm/").status_code == status
        assert str(Interest.objects.get(pk=own.pk).ends_on) == "2020-01-01"

    def test_is_not_ended_without_a_reason(self, own, legal):
        answer = api_of(legal).patch(f"interests/{own.pk}/", {"ends_on": "2020-01-01"})
        assert (answer.status_code, "why" in str(answer.json())) == (400, True)

    def test_is_given_another_source_by_one(self, own, legal):
        assert api_of(legal).patch(f"interests/{own.pk}/", {"source": "their letter"}).status_code == 200
        assert Interest.objects.get(pk=own.pk).source == "their letter"
