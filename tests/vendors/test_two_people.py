"""What says who has an interest in what, nobody changes alone."""

import pytest

from apps.vendors.models import Interest, Questionnaire, Sameness
from apps.workflow.models import Proposal
from tests.api_cast import api_of
from tests.factories import make_insider, make_interest, make_organisation, make_person, make_stake

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


class TestWhoSomebodyIs:
    """One lawyer alone neither unlinks an account nor gives somebody another name or month of birth."""

    @pytest.fixture
    def insider(self, founder):
        return make_insider("Adrian Marsh", user=founder)

    @pytest.mark.parametrize(
        "change", [{"user": None}, {"name": "Zed Quill"}, {"born": "1950-01"}, {"nationality": "France"}]
    )
    def test_is_changed_by_two(self, insider, legal, second_lawyer, change):
        address, (name,) = f"people/{insider.pk}/", change
        assert api_of(legal).patch(address, change).status_code == 400
        before = api_of(legal).get(address).json()
        assert api_of(legal).patch(address, {**change, "why": WHY}).status_code == 200
        assert api_of(legal).get(address).json()[name] == before[name]
        proposal = Proposal.objects.about(insider).get()
        for user, status in ((legal, 403), (second_lawyer, 200)):
            assert api_of(user).post(f"proposals/{proposal.pk}/transitions/confirm/").status_code == status
        assert api_of(legal).get(address).json()[name] == change[name]

    def test_is_changed_by_two_on_the_page_too(self, insider, legal, founder, sign_in):
        sent = {"name": "Zed Quill", "kind": "knownPerson", "user": "", "revision": insider.revision, "why": WHY}
        assert sign_in(legal).post(f"/people/{insider.pk}/edit/", sent).status_code == 302
        insider.refresh_from_db()
        assert (insider.name, insider.user) == ("Adrian Marsh", founder)

    def test_an_account_is_linked_by_one(self, legal, founder):
        person = make_person("Adrian Marsh")
        assert api_of(legal).patch(f"people/{person.pk}/", {"user": founder.pk}).status_code == 200
        person.refresh_from_db()
        assert person.user == founder

    def test_the_name_of_the_account_is_asked_about_whatever_the_record_is_called(self, legal, founder):
        founder.full_name = "Adrian Marsh"
        founder.save()
        api_of(legal).post("people/", {"name": "Zed Quill", "user": founder.pk})
        api_of(legal).post("people/", {"name": "Marsh, Adrian"})
        assert Sameness.objects.get().person.user == founder


class TestWhatAnOrganisationIs:
    """What makes a path a link within the group, too small to matter, or owners nobody's question."""

    @pytest.mark.parametrize(
        "change",
        [{"kind": "affiliate"}, {"kind": "state"}, {"kind": "regulator"}, {"listed": True}, {"diversified": True}],
    )
    def test_is_said_by_two(self, legal, requester, change):
        vendor = make_organisation("Quiet Owners", status="proposed", owner=requester)
        address, (name,) = f"vendors/{vendor.pk}/", change
        assert api_of(requester).patch(address, {**change, "why": WHY}).status_code == 403
        assert api_of(legal).patch(address, {**change, "why": WHY}).status_code == 200
        assert api_of(legal).get(address).json()[name] != change[name]
        assert Proposal.objects.about(vendor).waiting().exists()

    def test_counts_once_privacy_confirms(self, engineer, legal, privacy, cloudy):
        company = make_organisation("Corona Capital")
        make_interest(make_insider(user=engineer), company, 40)
        make_interest(company, cloudy, 50)
        assert api_of(legal).patch(f"vendors/{company.pk}/", {"kind": "affiliate", "why": WHY}).status_code == 200
        assert engineer.pk in type(cloudy).objects.get(pk=cloudy.pk).conflicted_users
        proposal = Proposal.objects.about(company).get()
        assert api_of(legal).post(f"proposals/{proposal.pk}/transitions/confirm/").status_code == 403
        assert api_of(privacy).post(f"proposals/{proposal.pk}/transitions/confirm/").status_code == 200
        company.refresh_from_db()
        assert company.kind == "affiliate"

    @pytest.mark.parametrize("kind", ["affiliate", "state", "regulator"])
    def test_is_not_said_by_whoever_adds_it(self, requester, kind):
        assert api_of(requester).post("vendors/", {"name": "Quiet Owners", "kind": kind}).status_code == 403


@pytest.mark.parametrize("part", ["sponsor", "business_owner"])
def test_nobody_takes_a_judge_out_by_naming_them(part, requester, legal, cloudy, tickets, support):
    named = api_of(requester).patch(f"agreements/{support.pk}/", {part: legal.pk})
    assert (named.status_code, "decides about such records" in named.json()["detail"]) == (403, True)
    vendor = make_organisation("Proposed", status="proposed", owner=requester)
    assert api_of(requester).patch(f"vendors/{vendor.pk}/", {"owner": legal.pk}).status_code == 403


def test_who_profits_anywhere_asks_no_vendor_other_questions(legal, second_lawyer, cloudy):
    questionnaire = Questionnaire.objects.get(tier="low")
    make_stake(second_lawyer, cloudy)
    for user, may in ((legal, True), (second_lawyer, False)):
        user = type(user).objects.get(pk=user.pk)
        assert user.has_perm("vendors.publish_questionnaire", questionnaire) == may
        assert user.has_perm("vendors.edit_questionnaire", questionnaire) == may
