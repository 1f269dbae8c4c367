"""Who edits an organisation, what a wrong edit can stop elsewhere, and who may release whom from recusal."""

import json
from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.agreements.models import Agreement, Justification
from apps.core import clock
from apps.findings.models import Finding, Requirement, reconcile
from apps.vendors.models import Organisation
from apps.vendors.ownership.bods import import_bods
from tests.api_cast import api_of
from tests.factories import (
    make_approved,
    make_interest,
    make_organisation,
    make_person,
    make_relation,
    make_stake,
    make_vendor,
)
from tests.vendors.test_bods import LEI, entity

EVERYBODY_ELSE = ["engineer", "stranger", "privacy", "independent", "executive", "administrator", "auditor"]


def rename(user, organisation, client):
    """The answers of the API and of the page."""
    api = api_of(user).patch(f"vendors/{organisation.pk}/", {"name": "x"}).status_code
    organisation.refresh_from_db()
    page = {"name": "x", "kind": organisation.kind, "revision": organisation.revision}
    return api, client.post(f"/vendors/{organisation.pk}/edit/", page).status_code


class TestWhoEdits:
    @pytest.mark.parametrize("name", [*EVERYBODY_ELSE, "legal"])
    @pytest.mark.parametrize("kind", ["ourselves", "affiliate"])
    def test_our_own_companies_is_legal_alone_even_where_somebody_owns_the_record(self, cast, sign_in, kind, name):
        ours = make_organisation("Us", kind=kind, owner=cast["engineer"])
        answers = rename(cast[name], ours, sign_in(cast[name]))
        assert answers == ((200, 302) if name == "legal" else (403, 403))
        assert Organisation.objects.get(pk=ours.pk).name == ("x" if name == "legal" else "Us")

    @pytest.mark.parametrize("name", [*EVERYBODY_ELSE, "legal"])
    def test_what_nobody_owns_is_legal_alone(self, cast, sign_in, name):
        fund = make_organisation("Corona", kind="fund")
        answers = rename(cast[name], fund, sign_in(cast[name]))
        assert answers == ((200, 302) if name == "legal" else (403, 403))

    def test_what_one_added_oneself_is_put_right_by_oneself(self, stranger, requester):
        made = api_of(stranger).post("vendors/", {"name": "Clowdy"}).json()
        assert made["owner"] == stranger.pk
        assert api_of(stranger).patch(f"vendors/{made['id']}/", {"name": "Cloudy"}).status_code == 200
        assert api_of(requester).patch(f"vendors/{made['id']}/", {"name": "x"}).status_code == 403

    def test_what_legal_adds_has_no_owner_unless_named(self, legal):
        assert api_of(legal).post("vendors/", {"name": "Regulator"}).json()["owner"] is None


class TestSpelling:
    """How somebody is named is not what was voted on."""

    def test_of_our_company_stops_no_vote(self, in_review, legal, ours):
        assert api_of(legal).patch(f"vendors/{ours.pk}/", {"name": "x"}).status_code == 200
        assert api_of(legal).vote(in_review.review, "Legal").status_code == 200

    def test_of_our_company_stops_no_resumption(self, support, requester, legal, ours):
        make_approved(support, requester)
        support.status = "suspended"
        support.save()
        api_of(legal).patch(f"vendors/{ours.pk}/", {"name": "x"})
        resumed = api_of(legal).post(f"agreements/{support.pk}/transitions/resume/", {"note": "Mended."})
        assert (resumed.status_code, resumed.json()["status"]) == (200, "active")

    def test_of_the_recipient_leaves_a_justification(self, case, lumen, independent):
        Justification.sign(case, by=independent, text="It is right.")
        lumen.name = "Lumen Visions"
        lumen.save()
        assert Agreement.objects.get(pk=case.pk).justification is not None

    @pytest.mark.parametrize(("said", "resumes"), [({"name": "Cloudly"}, True), ({"jurisdiction": "KY"}, False)])
    def test_by_a_register_stops_no_resumption_of_a_vendor_and_another_seat_does(self, requester, legal, said, resumes):
        vendor = make_approved(make_vendor("Cloudy", lei=LEI, owner=requester), requester)
        vendor.status = "suspended"
        vendor.save()
        seat = {"jurisdiction": {"name": said.get("jurisdiction", "DE")}}
        identity = {"identifiers": [{"scheme": "XI-LEI", "id": LEI}], **seat}
        stated = [entity(name=said.get("name", "Cloudy"), details=identity)]
        assert import_bods(json.dumps(stated).encode(), by=legal).records
        resume = api_of(legal).post(f"vendors/{vendor.pk}/transitions/resume/", {"note": "Mended."})
        assert resume.status_code == (200 if resumes else 409)


class TestRecusal:
    """A lawyer holds ten percent of a listed vendor. No step of anybody lets the lawyer take part."""

    @pytest.fixture
    def listed(self, ours, legal):
        vendor = make_vendor("Listed", listed=True)
        make_stake(legal, vendor)
        return vendor

    @pytest.fixture
    def accepted(self, listed, privacy, second_lawyer):
        """What was found about it, accepted by privacy and another lawyer."""
        reconcile(listed)
        finding = Finding.objects.about(listed).get(requirement__code="HOUSE-5")
        until = clock.today() + timedelta(days=90)
        finding.propose(by=privacy, note="Known.", proposal="accepted", until=until)
        finding.accept(by=second_lawyer, note="Known.")

    @pytest.fixture
    def rule(self, db):
        return Requirement.objects.get(code="OKC-4")

    @pytest.mark.parametrize("code", ["OKC-3", "OKC-4", "HOUSE-1", "HOUSE-5", "HOUSE-4"])
    @pytest.mark.parametrize(("member", "status"), [("legal", 403), ("second_lawyer", 200)])
    def test_who_profits_suspends_no_rule_although_others_accepted_it(self, cast, accepted, code, member, status):
        rule = Requirement.objects.get(code=code)
        answer = api_of(cast[member]).post(
            f"rules/{rule.pk}/transitions/suspend/", {"note": "Mild.", "until": str(clock.today())}
        )
        assert answer.status_code == status

    @pytest.mark.parametrize(("member", "status"), [("legal", 403), ("second_lawyer", 200)])
    def test_who_profits_sets_no_threshold(self, cast, accepted, rule, member, status):
        assert api_of(cast[member]).patch(f"rules/{rule.pk}/", {"threshold": "4", "why": "Mild."}).status_code == status

    def test_nobody_sets_one_that_lets_large_holdings_through(self, accepted, rule, second_lawyer):
        assert api_of(second_lawyer).patch(f"rules/{rule.pk}/", {"threshold": "50"}).status_code == 400

    def test_one_that_stands_all_the_same_lets_nobody_through(self, accepted, rule, listed, legal):
        rule.threshold = 50
        rule.save()
        vendor, user = Organisation.objects.get(pk=listed.pk), User.objects.get(pk=legal.pk)
        assert vendor.barred(user)
        assert not user.has_perm("vendors.suspend_organisation", vendor)

    def test_a_small_holding_in_what_is_listed_keeps_nobody_from_working(self, ours, legal, rule):
        vendor = make_vendor("Listed", listed=True)
        make_stake(legal, vendor, "0.5")
        assert legal.has_perm("vendors.suspend_organisation", vendor)
        assert legal.has_perm("findings.change_requirement", rule)

    @pytest.mark.parametrize("change", [{"diversified": True}, {"kind": "affiliate"}])
    @pytest.mark.parametrize(("member", "status"), [("legal", 403), ("second_lawyer", 200)])
    def test_who_holds_a_little_of_a_fund_does_not_say_what_the_fund_is(self, cast, ours, change, member, status):
        """As a diversified fund or one of ours it would no longer lead to what it owns."""
        fund = make_organisation("Fund", kind="fund", listed=True)
        make_stake(cast["legal"], fund, "0.5")
        make_interest(fund, make_vendor("Owned"), 100)
        change = {**change, "why": "Read in the register."}
        assert api_of(cast[member]).patch(f"vendors/{fund.pk}/", change).status_code == status

    def test_who_is_related_to_a_holder_through_two_people_profits_too(self, ours, legal, rule):
        """What is reached is what paths reach."""
        own, spouse, child = make_person("Own", user=legal), make_person("Spouse"), make_person("Child")
        make_relation(own, spouse)
        make_relation(spouse, child, kind="child")
        make_interest(child, make_vendor("Held"), 10)
        assert not legal.has_perm("findings.change_requirement", rule)
