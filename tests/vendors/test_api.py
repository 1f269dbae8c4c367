import pytest

from apps.vendors.models import Interest, Person
from tests.api_cast import api_of
from tests.factories import make_insider, make_interest, make_organisation, make_person, make_stake, make_vendor


class TestVendors:
    def test_anybody_adds_one_and_proposes_it(self, requester):
        api = api_of(requester)
        made = api.post("vendors/", {"name": "Cloudy", "kind": "company"}).json()
        assert (made["status"], made["transitions"]) == ("recorded", ["propose"])
        proposed = api.post(f"vendors/{made['id']}/transitions/propose/").json()
        assert (proposed["status"], proposed["owner"]) == ("proposed", requester.pk)

    def test_what_is_missing_at_submission_is_named(self, requester):
        vendor = make_organisation("Cloudy", status="proposed", owner=requester, purpose="", risk_tier="")
        response = api_of(requester).post(f"vendors/{vendor.pk}/transitions/submit/")
        assert response.status_code == 400
        assert set(response.json()["fields"]) == {"purpose", "risk_tier"}

    @pytest.mark.parametrize("body", [{"listed": True}, {"diversified": True}, {"kind": "affiliate"}])
    def test_what_a_conflict_depends_on_is_for_legal_to_say(self, stranger, legal, body):
        vendor = make_organisation("Cloudy")
        assert api_of(stranger).patch(f"vendors/{vendor.pk}/", body).status_code == 403
        assert api_of(legal).patch(f"vendors/{vendor.pk}/", {**body, "why": "Read in the register."}).status_code == 200

    def test_the_end_of_an_approval_is_never_written(self, legal):
        vendor = make_organisation("Cloudy")
        response = api_of(legal).patch(f"vendors/{vendor.pk}/", {"approved_until": "2099-01-01"})
        assert response.json()["fields"] == {
            "approved_until": ["“approved_until” is set by the portal and cannot be sent."]
        }

    def test_filters_by_status_and_kind(self, stranger, ours, cloudy):
        assert api_of(stranger).ids("vendors/", status="approved") == {cloudy.pk}
        assert api_of(stranger).ids("vendors/", kind="ourselves") == {ours.pk}

    def test_the_list_keeps_its_query_budget(self, stranger, engineer, django_assert_max_num_queries):
        for number in range(30):
            make_vendor(f"Vendor {number}", owner=engineer)
        api = api_of(stranger)
        with django_assert_max_num_queries(10):
            assert api.get("vendors/").json()["count"] == 30


class TestConflicts:
    @pytest.mark.parametrize("member", ["stranger", "legal", "auditor"])
    def test_everybody_else_reads_who_may_not_take_part(self, cast, lumen, member):
        assert api_of(cast[member]).get(f"vendors/{lumen.pk}/").json()["may_not_take_part"] == ["A. Marsh"]

    def test_those_who_may_not_take_part_do_not_read_who_else_may_not(self, sign_in, cast, lumen):
        make_interest(make_insider("B. Coe"), lumen, 3)
        make_stake(cast["legal"], lumen)
        for member in ("founder", "legal"):
            assert api_of(cast[member]).get(f"vendors/{lumen.pk}/").json()["may_not_take_part"] == []
            assert "may not take part" not in sign_in(cast[member]).get(lumen.get_absolute_url()).content.decode()

    @pytest.mark.parametrize("member", ["legal", "auditor"])
    def test_legal_and_auditors_read_the_path_with_amounts(self, cast, lumen, member):
        [conflict] = api_of(cast[member]).get(f"vendors/{lumen.pk}/").json()["conflicts"]
        assert "4.8 % in effect" in conflict["sentence"]

    @pytest.mark.parametrize("member", ["stranger", "founder", "privacy", "independent", "administrator"])
    def test_others_read_no_amounts(self, cast, lumen, member):
        response = api_of(cast[member]).get(f"vendors/{lumen.pk}/")
        assert response.json()["conflicts"] is None
        assert "%" not in response.content.decode()

    def test_a_lawyer_with_an_interest_of_their_own_reads_no_amounts(self, legal, lumen):
        make_stake(legal, lumen)
        assert api_of(legal).get(f"vendors/{lumen.pk}/").json()["conflicts"] is None

    def test_lists_say_nothing_of_conflicts(self, legal, lumen):
        assert "conflicts" not in api_of(legal).get("vendors/").json()["results"][0]


class TestPeople:
    def test_legal_keeps_them(self, legal):
        api = api_of(legal)
        made = api.post("people/", {"name": "A. Marsh"})
        assert made.status_code == 201
        unnamed = {"why_unnamed": "", "revision": 1}
        assert api.patch(f"people/{made.json()['id']}/", unnamed).status_code == 200

    def test_a_known_person_has_a_name(self, legal):
        response = api_of(legal).post("people/", {"kind": "knownPerson"})
        assert response.json()["fields"] == {"name": ["A known person has a name."]}

    def test_owners_elsewhere_are_invisible_to_others(self, stranger, ours):
        colleague, outsider = make_insider("Colleague"), make_person("Outsider")
        api = api_of(stranger)
        assert api.ids("people/") == {colleague.pk}
        assert api.get(f"people/{outsider.pk}/").status_code == 404

    def test_the_list_keeps_its_query_budget(self, legal, django_assert_max_num_queries):
        for number in range(30):
            make_person(f"Person {number}")
        api = api_of(legal)
        with django_assert_max_num_queries(10):
            assert api.get("people/").json()["count"] == 30


class TestInterests:
    def test_legal_records_that_of_anybody(self, legal, cloudy):
        holder = make_person("Outsider")
        body = {"organisation": cloudy.pk, "holder_person": holder.pk, "share_exact": "12.5", "source": "register"}
        response = api_of(legal).post("interests/", body)
        assert response.status_code == 201
        assert (response.json()["holder_name"], response.json()["share_exact"]) == ("Outsider", "12.500000")

    def test_legal_names_a_holder_and_a_source(self, legal, cloudy):
        response = api_of(legal).post("interests/", {"organisation": cloudy.pk})
        assert response.status_code == 400
        assert "source" in response.json()["fields"]

    def test_others_declare_their_own(self, stranger, cloudy):
        response = api_of(stranger).post("interests/", {"organisation": cloudy.pk, "share_exact": 3})
        assert response.status_code == 201
        interest = Interest.objects.get()
        assert (interest.holder_person.user, interest.source) == (stranger, "Declared by Stranger")

    def test_a_declaration_keeps_the_person_on_record(self, stranger, cloudy):
        person = make_person("S. Stranger", user=stranger)
        body = {"organisation": cloudy.pk, "holder_person": person.pk}
        assert api_of(stranger).post("interests/", body).status_code == 201
        assert Person.objects.get() == person

    @pytest.mark.parametrize("side", ["holder_person", "holder_organisation"])
    def test_others_do_not_declare_for_somebody_else(self, stranger, founder, ours, cloudy, side):
        holder = make_insider(user=founder) if side == "holder_person" else ours
        response = api_of(stranger).post("interests/", {"organisation": cloudy.pk, side: holder.pk})
        assert response.status_code == 403
        assert not Interest.objects.exists()

    def test_legal_declares_own_ones_like_everybody(self, legal, cloudy):
        person = make_person("L. Legal", user=legal)
        body = {"organisation": cloudy.pk, "holder_person": person.pk}
        assert api_of(legal).post("interests/", body).json()["source"] == "Declared by L. Legal"

    @pytest.mark.parametrize("member", ["stranger", "legal", "auditor"])
    def test_nobody_changes_one_of_their_own(self, cast, cloudy, member):
        mine = make_stake(cast[member], cloudy)
        assert api_of(cast[member]).patch(f"interests/{mine.pk}/", {"share_exact": 0}).status_code == 403

    def test_nobody_takes_one_over(self, legal, founder, cloudy):
        theirs, me = make_stake(founder, cloudy), make_person("L. Legal", user=legal)
        assert (
            api_of(legal).patch(f"interests/{theirs.pk}/", {"holder_person": me.pk, "why": "Sold."}).status_code == 403
        )

    def test_a_holder_who_is_invisible_does_not_exist(self, stranger, cloudy):
        outsider = make_person("Outsider")
        response = api_of(stranger).post("interests/", {"organisation": cloudy.pk, "holder_person": outsider.pk})
        assert "does not exist" in response.json()["fields"]["holder_person"][0]

    def test_only_legal_auditors_and_the_holder_see_one(self, cast, cloudy):
        interest = make_stake(cast["founder"], cloudy)
        seen = {name for name, user in cast.items() if api_of(user).ids("interests/") == {interest.pk}}
        assert seen == {"founder", "legal", "second_lawyer", "auditor"}

    def test_the_rules_of_the_model_hold(self, legal, ours, cloudy):
        body = {"organisation": cloudy.pk, "holder_organisation": ours.pk, "source": "register"}
        response = api_of(legal).post("interests/", {**body, "share_min": 20, "share_max": 10})
        assert response.status_code == 400
        assert set(response.json()["fields"]) == {"share_max"}

    @pytest.mark.parametrize("share", ["x", -1, 101, "1e400", 1e400, "NaN", 10**30])
    def test_a_share_is_a_percentage(self, legal, cloudy, share):
        body = {"organisation": cloudy.pk, "share_exact": str(share)}
        response = api_of(legal).post("interests/", body)
        assert response.status_code == 400
        assert "share_exact" in response.json()["fields"]

    def test_the_list_keeps_its_query_budget(self, legal, ours, django_assert_max_num_queries):
        for number in range(30):
            make_interest(make_person(f"Person {number}"), make_organisation(f"Company {number}"), 5)
        api = api_of(legal)
        with django_assert_max_num_queries(10):
            assert api.get("interests/").json()["count"] == 30
