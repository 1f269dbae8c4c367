"""Who owns an organisation: the picture, the day, the statements that go out, and who may look."""

import json
from datetime import date

import pytest
from django.core.management import call_command

from apps.core import clock
from apps.vendors.models import Interest, Organisation, OrganisationIdentifier, Person, Statement
from apps.vendors.ownership.bods import export_bods, import_bods
from apps.vendors.ownership.bods.schema import schema_problems
from apps.vendors.ownership.structure import MOST_DRAWN, ownership_of
from tests.factories import (
    make_insider,
    make_interest,
    make_organisation,
    make_person,
    make_relation,
    make_stake,
)
from tests.vendors.samples import SAMPLE_NAMES, SAMPLES, needs_samples

RECORDED = (Organisation, OrganisationIdentifier, Person, Interest, Statement)


def arrows(organisation, on=None):
    drawn = ownership_of(organisation, on or clock.today()).drawing()
    names = {node["id"]: node["label"] for node in drawn["nodes"]}
    return {(names[a["source"]], names[a["target"]], *a["labels"]) for a in drawn["arrows"]}


def kinds(organisation):
    return {node["label"]: node["kind"] for node in ownership_of(organisation, clock.today()).drawing()["nodes"]}


class TestPicture:
    def test_arrows_lead_from_owner_to_owned_with_the_shares(self, lumen):
        assert arrows(lumen) == {
            ("A. Marsh", "Corona Capital", "40 %"),
            ("Corona Capital", "Lumen Vision", "12 %"),
        }

    def test_control_is_said_in_words_on_the_same_arrow(self, lumen, founder):
        make_interest(founder.person, Organisation.objects.get(name="Corona Capital"), type="boardMember")
        assert ("A. Marsh", "Corona Capital", "40 %", "sits on the board") in arrows(lumen)

    def test_tells_insiders_the_group_and_others_apart(self, lumen, ours):
        make_interest(make_person("Somebody"), lumen, 3)
        make_interest(ours, lumen, 5)
        assert kinds(lumen) == {
            "Lumen Vision": "subject",
            "Corona Capital": "organisation",
            "A. Marsh": "insider",
            "Somebody": "person",
            "Us": "group",
        }

    def test_is_of_the_day(self, lumen):
        make_interest(make_person("Somebody"), lumen, 3, starts_on=date(2020, 1, 1), ends_on=date(2021, 1, 1))
        assert ("Somebody", "Lumen Vision", "3 %") in arrows(lumen, date(2020, 6, 1))
        assert ("Somebody", "Lumen Vision", "3 %") not in arrows(lumen)

    def test_relatives_are_joined(self, lumen):
        wife = make_person("Wife")
        make_interest(wife, lumen, 2)
        make_relation(make_insider("Husband"), wife)
        assert ("Husband", "Wife", "related (spouse)") in arrows(lumen)

    def test_draws_no_more_than_helps_and_says_how_many_are_left_out(self, lumen):
        for number in range(MOST_DRAWN + 5):
            make_interest(make_person(f"Holder {number}"), lumen, 1)
        owned = ownership_of(lumen, clock.today())
        assert len(owned.nodes) == MOST_DRAWN
        assert owned.left_out == MOST_DRAWN + 5 + 3 - MOST_DRAWN

    def test_the_sentence_says_the_same(self, lumen):
        said = ownership_of(lumen, clock.today()).sentence()
        assert "Corona Capital holds 12 % of the economic interest in Lumen Vision." in said


class TestWhoSeesIt:
    def test_legal_and_auditors_see_the_picture_with_a_sentence_for_those_who_cannot(self, sign_in, cast, lumen):
        for name in ("legal", "auditor"):
            page = sign_in(cast[name]).get(lumen.get_absolute_url()).content.decode()
            assert (
                'role="img" aria-label="A. Marsh holds 40 %' in page or 'aria-label="Corona Capital holds 12 %' in page
            )
            assert f'<script id="ownership-{lumen.pk}" type="application/json">' in page

    def test_others_read_who_may_not_take_part_and_no_amounts(self, sign_in, cast, lumen):
        for name in ("requester", "privacy", "executive"):
            page = sign_in(cast[name]).get(lumen.get_absolute_url()).content.decode()
            assert "may not take part in decisions" in page
            assert "data-ownership" not in page
            assert "12 %" not in page

    def test_whoever_has_a_path_sees_none(self, sign_in, lumen, second_lawyer):
        make_stake(second_lawyer, lumen)
        client = sign_in(second_lawyer)
        assert "data-ownership" not in client.get(lumen.get_absolute_url()).content.decode()
        for page in ("ownership/", "ownership/bods.json"):
            assert client.get(f"/vendors/{lumen.pk}/{page}").status_code == 403

    @pytest.mark.parametrize(("name", "status"), [("legal", 200), ("auditor", 200), ("privacy", 403), ("founder", 403)])
    def test_the_page_of_a_day_and_the_export(self, sign_in, cast, lumen, name, status):
        client = sign_in(cast[name])
        assert client.get(f"/vendors/{lumen.pk}/ownership/?on=2014-09-15").status_code == status
        assert client.get(f"/vendors/{lumen.pk}/ownership/bods.json").status_code == status

    def test_a_day_that_is_none_is_refused(self, sign_in, legal, lumen):
        assert sign_in(legal).get(f"/vendors/{lumen.pk}/ownership/?on=yesterday").status_code == 422

    def test_the_decision_sheet_of_a_request_shows_it(self, sign_in, legal, case):
        assert "data-ownership" in sign_in(legal).get(f"{case.get_absolute_url()}review/").content.decode()


def counts():
    return [model.history.count() for model in RECORDED]


def assert_unchanged_by(statements):
    before = counts()
    result = import_bods(json.dumps(statements).encode(), by=None)
    assert result.errors == []
    assert (result.unchanged, result.records, counts()) == (len(statements), 0, before)


class TestExport:
    def test_fits_the_standard(self, lumen):
        statements = export_bods(lumen)
        assert [s["recordType"] for s in statements].count("relationship") == 2
        assert list(schema_problems(statements)) == []

    def test_importing_it_again_changes_nothing(self, lumen):
        make_interest(make_person("", kind="unknownPerson", why_unnamed="Unknown: lost"), lumen, (5, 10))
        make_interest(make_person("Ended"), lumen, 1, starts_on=date(2015, 1, 1), ends_on=date(2016, 1, 1))
        Interest(organisation=lumen, holder_unspecified="There is no beneficial owner", source="x").save()
        assert_unchanged_by(export_bods(lumen))

    @needs_samples
    @pytest.mark.parametrize("name", SAMPLE_NAMES)
    def test_published_samples_go_round(self, db, name):
        import_bods((SAMPLES / f"{name}.json").read_bytes(), by=None)
        for organisation in Organisation.objects.all():
            statements = export_bods(organisation)
            assert list(schema_problems(statements)) == []
            assert_unchanged_by(statements)

    def test_twice_gives_the_same_file(self, lumen):
        assert export_bods(lumen) == export_bods(lumen)

    def test_says_of_people_only_what_is_on_record(self, lumen):
        [person] = [s for s in export_bods(lumen) if s["recordType"] == "person"]
        assert person["recordDetails"] == {
            "isComponent": False,
            "personType": "knownPerson",
            "names": [{"fullName": "A. Marsh"}],
        }

    def test_an_export_that_is_no_longer_true_is_refused_as_a_whole(self, lumen):
        statements = export_bods(lumen)
        interest = Interest.objects.get(organisation=lumen)
        interest.share_exact = 20
        interest.save()
        before = counts()
        result = import_bods(json.dumps(statements).encode(), by=None)
        assert [error.reason[:40] for error in result.errors] == ["This portal made the statement, and its "]
        assert counts() == before

    def test_an_export_that_was_altered_is_refused(self, lumen):
        statements = export_bods(lumen)
        statements[-1]["recordDetails"]["interests"][0]["share"] = {"exact": 99}
        assert import_bods(json.dumps(statements).encode(), by=None).errors

    def test_an_empty_portal_learns_the_same_from_it(self, lumen):
        told = json.dumps(export_bods(lumen)).replace("portal-", "elsewhere-").encode()
        assert import_bods(told, by=None).ok
        copies = Interest.objects.filter(record_id__startswith="elsewhere-").order_by("share_exact")
        assert [(str(i.holder), str(i.organisation), i.share_exact) for i in copies] == [
            ("Corona Capital", "Lumen Vision", 12),
            ("A. Marsh", "Corona Capital", 40),
        ]

    def test_the_command_writes_the_same(self, lumen, capsys):
        call_command("export_bods", lumen.pk)
        assert json.loads(capsys.readouterr().out) == export_bods(lumen)

    def test_cycles_of_owners_end(self, db):
        one, other = make_organisation("One"), make_organisation("Other")
        make_interest(one, other, 10)
        make_interest(other, one, 10)
        assert len(export_bods(one)) == 4
