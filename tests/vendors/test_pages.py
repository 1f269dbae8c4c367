"""Vendors, people and interests: lists, records, forms, and what is kept from whom."""

import csv

import pytest

from apps.vendors.models import Interest, InterestDeclaration, Organisation, Person
from tests.factories import make_interest, make_organisation, make_person, make_vendor


@pytest.fixture
def listed(sign_in):
    def listed(user, path="/vendors/", **query):
        page = sign_in(user).get(path, query)
        assert page.status_code == 200
        return {str(row.record) for row in page.context["table"].page.object_list}

    return listed


class TestVendorList:
    def test_leaves_out_organisations_that_are_no_vendors(self, listed, lumen, requester):
        assert listed(requester) == {"Lumen Vision"}
        assert {"Us", "Corona Capital", "Lumen Vision"} <= listed(requester, show="all")

    def test_is_filtered(self, listed, lumen, cloudy, requester):
        make_vendor("Rainy", status="suspended")
        assert listed(requester, q="lum") == {"Lumen Vision"}
        assert listed(requester, status="suspended") == {"Rainy"}
        assert "Corona Capital" in listed(requester, status="recorded")
        assert listed(requester, kind="fund") == set()

    def test_export_quotes_formulas(self, requester, sign_in):
        make_vendor("=cmd|' /C calc'!A0")
        answer = sign_in(requester).get("/vendors/?export=csv")
        assert answer["Content-Type"].startswith("text/csv")
        (_, row) = csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines())
        assert row[0] == "'=cmd|' /C calc'!A0"

    def test_offers_auditors_nothing_to_add(self, auditor, requester, sign_in):
        assert b"Add a vendor" in sign_in(requester).get("/vendors/").content
        assert b"Add a vendor" not in sign_in(auditor).get("/vendors/").content


class TestVendorForm:
    def test_records_an_organisation(self, requester, sign_in):
        answer = sign_in(requester).post("/vendors/new/", {"name": "Snowy", "kind": "company"})
        made = Organisation.objects.get(name="Snowy")
        assert answer.url == made.get_absolute_url()
        assert made.status == "recorded"

    def test_refuses_a_second_lei(self, requester, sign_in):
        lei = "5493001KJTIIGC8Y1R12"
        make_organisation("First", lei=lei)
        answer = sign_in(requester).post("/vendors/new/", {"name": "Second", "kind": "company", "lei": lei})
        assert answer.status_code == 422
        assert not Organisation.objects.filter(name="Second").exists()

    def test_of_an_approved_vendor_answers_409(self, cloudy, legal, sign_in):
        assert sign_in(legal).get(f"{cloudy.get_absolute_url()}edit/").status_code == 409

    def test_is_for_its_owner_and_legal(self, requester, stranger, sign_in):
        owned = make_organisation("Owned", owner=requester)
        assert sign_in(requester).get(f"{owned.get_absolute_url()}edit/").status_code == 200
        assert sign_in(stranger).get(f"{owned.get_absolute_url()}edit/").status_code == 403


class TestOwnership:
    @pytest.mark.parametrize("part", ["", "checks/", "review/", "history/"])
    def test_amounts_are_for_legal_and_auditors(self, lumen, requester, privacy, sign_in, part):
        for user in (requester, privacy):
            assert b"4.8 %" not in sign_in(user).get(f"{lumen.get_absolute_url()}{part}").content

    def test_legal_and_auditors_read_the_path(self, lumen, legal, auditor, sign_in):
        for user in (legal, auditor):
            page = sign_in(user).get(lumen.get_absolute_url()).content.decode()
            assert "4.8 % in effect" in page
            assert "Corona Capital" in page

    def test_others_read_who_may_not_take_part(self, lumen, requester, sign_in):
        page = sign_in(requester).get(lumen.get_absolute_url()).content.decode()
        assert "A. Marsh may not take part in decisions about Lumen Vision." in page
        assert "Corona Capital" not in page

    @pytest.mark.parametrize("part", ["", "checks/", "review/", "history/"])
    def test_those_who_profit_read_nothing_of_it(self, lumen, founder, sign_in, part):
        page = sign_in(founder).get(f"{lumen.get_absolute_url()}{part}").content.decode()
        for hidden in ("4.8 %", "Who of us profits", "A path of interests leads"):
            assert hidden not in page


class TestPeople:
    def test_list_shows_names_and_no_interests(self, listed, lumen, requester, legal):
        owner = make_person("B. Owner")
        make_interest(owner, lumen, 5)
        assert "A. Marsh" in listed(requester, "/people/")
        assert "B. Owner" not in listed(requester, "/people/")
        assert "B. Owner" in listed(legal, "/people/")

    def test_invisible_ones_are_404(self, lumen, requester, sign_in):
        owner = make_person("B. Owner")
        make_interest(owner, lumen, 5)
        assert sign_in(requester).get(owner.get_absolute_url()).status_code == 404

    def test_records_show_interests_to_those_who_may_see_them(self, lumen, founder, requester, legal, sign_in):
        person = Person.objects.get(user=founder)
        for user, sees in ((legal, True), (founder, True), (requester, False)):
            page = sign_in(user).get(person.get_absolute_url()).content.decode()
            assert ("Corona Capital" in page) is sees

    @pytest.mark.parametrize("part", ["edit/", "positions/new/", "relations/new/"])
    def test_are_kept_by_legal(self, lumen, founder, legal, requester, sign_in, part):
        url = f"{Person.objects.get(user=founder).get_absolute_url()}{part}"
        assert sign_in(legal).get(url).status_code == 200
        assert sign_in(requester).get(url).status_code == 403
        assert sign_in(requester).post(url, {"name": "Changed"}).status_code == 403

    def test_need_a_name_when_known(self, legal, sign_in):
        answer = sign_in(legal).post("/people/new/", {"kind": "knownPerson", "name": ""})
        assert answer.status_code == 422
        assert b"A known person has a name." in answer.content

    def test_are_not_related_to_themselves(self, lumen, founder, legal, sign_in):
        person = Person.objects.get(user=founder)
        answer = sign_in(legal).post(
            f"{person.get_absolute_url()}relations/new/", {"relative": person.pk, "kind": "spouse"}
        )
        assert answer.status_code == 422
        assert b"Name another person." in answer.content


class TestInterests:
    DECLARED = {"type": "shareholding", "directness": "direct", "share_exact": "2"}

    def test_of_others_are_404(self, lumen, requester, legal, sign_in):
        interest = Interest.objects.first()
        assert sign_in(requester).get(interest.get_absolute_url()).status_code == 404
        assert sign_in(requester).get(f"{interest.get_absolute_url()}edit/").status_code == 404
        assert sign_in(legal).get(interest.get_absolute_url()).status_code == 200

    def test_are_declared_for_oneself_only(self, cloudy, ours, requester, sign_in):
        other = make_person("Somebody else")
        data = {**self.DECLARED, "organisation": cloudy.pk, "holder_person": other.pk}
        assert sign_in(requester).post("/interests/mine/new/", data).status_code == 302
        assert Interest.objects.get(organisation=cloudy).holder_person.user == requester

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"share_exact": "101"}, "less than or equal to 100"),
            ({"share_exact": "", "share_min": "20", "share_max": "10"}, "The largest share is smaller"),
            ({"starts_on": "2026-02-01", "ends_on": "2026-01-01"}, "The last day comes before the first."),
            ({"organisation": ""}, "This field is required."),
        ],
    )
    def test_with_mistakes_are_asked_again(self, cloudy, requester, sign_in, wrong, says):
        data = {**self.DECLARED, "organisation": cloudy.pk, **wrong}
        answer = sign_in(requester).post("/interests/mine/new/", data)
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert not Interest.objects.filter(organisation=cloudy).exists()

    def test_are_recorded_for_anybody_by_legal(self, cloudy, ours, legal, sign_in):
        holder = make_person("B. Owner")
        data = {**self.DECLARED, "organisation": cloudy.pk, "holder_person": holder.pk, "source": "A letter"}
        assert sign_in(legal).post("/interests/new/", data).status_code == 302
        assert Interest.objects.get(organisation=cloudy).holder_person == holder

    def test_have_one_holder(self, cloudy, legal, sign_in):
        answer = sign_in(legal).post("/interests/new/", {**self.DECLARED, "organisation": cloudy.pk, "source": "x"})
        assert answer.status_code == 422
        assert b"Name either a person or an organisation" in answer.content


class TestDeclaration:
    def test_says_that_there_is_nothing(self, requester, sign_in):
        assert sign_in(requester).post("/interests/mine/declare/").url == "/interests/mine/"
        assert InterestDeclaration.objects.get().nothing

    def test_is_not_made_by_auditors(self, auditor, sign_in):
        assert sign_in(auditor).post("/interests/mine/declare/").status_code == 403
        assert not Person.objects.filter(user=auditor).exists()
        page = sign_in(auditor).get("/interests/mine/").content
        assert b"Declare an interest" not in page
