"""Import of ownership statements by BODS 0.4: what they change, and what is refused."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.core import clock
from apps.vendors.models import Interest, Organisation, OrganisationIdentifier, Person, Statement
from apps.vendors.ownership.bods import export_bods, import_bods
from apps.vendors.ownership.steps import Share
from tests.vendors.samples import SAMPLE_NAMES, SAMPLES, needs_samples

pytestmark = pytest.mark.django_db

LEI = "529900T8BM49AURSDO55"
OTHER_LEI = "213800WSGIIZCXF1P572"
PARTS = [(1, "per", "fund"), (2, "fund", "org")]
RECORDED = (Organisation, OrganisationIdentifier, Person, Interest, Statement)


def statement(record_type, record_id, details, *, status="new", on="2024-01-01", statement_id=None, **more):
    return {
        "statementId": (statement_id or f"{record_id}-{status}-{on[:10]}").ljust(32, "-"),
        "statementDate": on,
        "publicationDetails": {
            "publicationDate": "2024-01-02",
            "bodsVersion": "0.4",
            "publisher": {"name": "Register"},
        },
        "declarationSubject": "org",
        "recordId": record_id,
        "recordType": record_type,
        "recordStatus": status,
        "recordDetails": {"isComponent": False, **details},
        **more,
    }


def entity(record_id="org", name="Visage Ltd", *, kind="registeredEntity", details=None, **more):
    return statement("entity", record_id, {"entityType": {"type": kind}, "name": name, **(details or {})}, **more)


def person(record_id="per", name="Ada Rossi", *, kind="knownPerson", details=None, **more):
    names = {"names": [{"fullName": name}]} if name else {}
    return statement("person", record_id, {"personType": kind, **names, **(details or {})}, **more)


def relationship(*interests, record_id="rel", subject="org", holder="per", **more):
    details = {"subject": subject, "interestedParty": holder, "interests": list(interests)}
    return statement("relationship", record_id, details, **more)


def shares(exact=40, **more):
    return {"type": "shareholding", "share": {"exact": exact}, **more}


def load(*statements, **kwargs):
    return import_bods(json.dumps(statements).encode(), by=None, **kwargs)


def load_well(*statements):
    result = load(*statements)
    assert result.errors == []
    return result


def refusal(*statements):
    """The one error of a file that must be refused and leave nothing behind."""
    before = history_counts()
    return only_error(load(*statements), before)


def refusal_of(content):
    return only_error(import_bods(content, by=None), history_counts())


def only_error(result, before):
    [error] = result.errors
    assert (result.created, result.updated, result.closed, result.unchanged) == (0, 0, 0, 0)
    assert history_counts() == before
    return error


def history_counts():
    return [model.history.count() for model in RECORDED]


def held():
    return Interest.objects.get(record_id="rel")


class TestSamples:
    @pytest.mark.parametrize("name", SAMPLE_NAMES)
    @needs_samples
    def test_published_sample_loads_and_loading_it_twice_changes_nothing(self, name):
        content = (SAMPLES / f"{name}.json").read_bytes()
        first, histories = import_bods(content, by=None), history_counts()
        second = import_bods(content, by=None)
        assert (first.errors, second.errors) == ([], [])
        assert first.created + first.updated + first.closed == second.unchanged == Statement.objects.count()
        assert history_counts() == histories

    @needs_samples
    def test_a_record_ends_as_its_last_statement_says(self):
        import_bods((SAMPLES / "fermcat.json").read_bytes(), by=None)
        ended = Interest.objects.filter(record_id="rel-b05e7c91e0a04e4f")
        assert {interest.ends_on for interest in ended} == {date(2021, 4, 3)}
        kept = Interest.objects.get(record_id="rel-3fc02d9b6bdfd5ca", type="shareholding")
        assert (kept.share_exact, kept.ends_on) == (100, None)
        assert Person.objects.get(record_id="per-5faa4103dee78621").closed_on == date(2021, 9, 11)


class TestOrganisations:
    @pytest.mark.parametrize(
        ("entity_type", "kind"),
        [
            ("registeredEntity", "company"),
            ("legalEntity", "company"),
            ("arrangement", "arrangement"),
            ("state", "state"),
            ("stateBody", "state"),
            ("unknownEntity", "unknown"),
            ("anonymousEntity", "unknown"),
        ],
    )
    def test_type_of_entity_becomes_its_kind(self, entity_type, kind):
        load_well(entity(kind=entity_type))
        assert Organisation.objects.get().kind == kind

    def test_keeps_name_jurisdiction_and_identifiers(self):
        ids = [{"scheme": "XI-LEI", "id": LEI}, {"scheme": "GB-COH", "id": "123"}]
        load_well(entity(details={"jurisdiction": {"name": "Italy", "code": "IT"}, "identifiers": ids}))
        organisation = Organisation.objects.get()
        assert (organisation.name, organisation.jurisdiction, organisation.lei) == ("Visage Ltd", "Italy", LEI)
        assert [str(identifier) for identifier in organisation.identifiers.all()] == ["GB-COH 123"]

    def test_entity_without_a_name_is_called_what_it_is(self):
        nameless = entity(kind="unknownEntity")
        del nameless["recordDetails"]["name"]
        load_well(nameless)
        assert str(Organisation.objects.get()) == "Unknown entity"

    @pytest.mark.parametrize(("scheme", "value"), [("XI-LEI", LEI), ("GB-COH", "123")])
    def test_known_organisation_is_found_by_identifier_and_renamed(self, scheme, value):
        known = Organisation.objects.create(name="Old name", lei=LEI)
        known.identifiers.create(scheme="GB-COH", value="123")
        load_well(entity(details={"identifiers": [{"scheme": scheme, "id": value}]}))
        organisation = Organisation.objects.get()
        assert (organisation.pk, organisation.name, organisation.record_id) == (known.pk, "Visage Ltd", "org")

    def test_organisation_is_never_found_by_name(self):
        Organisation.objects.create(name="Visage Ltd")
        load_well(entity())
        assert Organisation.objects.filter(name="Visage Ltd").count() == 2

    def test_second_register_reaches_the_same_organisation_by_its_own_record_id(self):
        ids = {"identifiers": [{"scheme": "GB-COH", "id": "123"}]}
        load_well(entity(details=ids), person(), entity("org-at-other-register", details=ids, on="2024-02-01"))
        load_well(relationship(shares(), subject="org-at-other-register"))
        assert held().organisation == Organisation.objects.get()

    @pytest.mark.parametrize("kind", ["ourselves", "affiliate", "fund", "regulator"])
    def test_kind_and_status_that_people_set_stay(self, kind):
        Organisation.objects.create(name="Us", kind=kind, status="proposed", lei=LEI)
        load_well(entity(kind="arrangement", details={"identifiers": [{"scheme": "XI-LEI", "id": LEI}]}))
        organisation = Organisation.objects.get()
        assert (organisation.kind, organisation.status) == (kind, "proposed")

    def test_invalid_lei_is_not_taken_over(self):
        load_well(entity(details={"identifiers": [{"scheme": "XI-LEI", "id": LEI[:-1] + "6"}]}))
        assert Organisation.objects.get().lei == ""

    def test_lei_of_another_organisation_is_not_taken_over(self):
        load_well(entity())
        Organisation.objects.create(name="Other", lei=LEI)
        ids = {"identifiers": [{"scheme": "XI-LEI", "id": LEI}]}
        load_well(entity(details=ids, status="updated", on="2024-02-01"))
        assert Organisation.objects.get(record_id="org").lei == ""

    def test_corrected_lei_replaces_the_old_one(self):
        load_well(entity(details={"identifiers": [{"scheme": "XI-LEI", "id": OTHER_LEI}]}))
        ids = {"identifiers": [{"scheme": "XI-LEI", "id": LEI}]}
        load_well(entity(details=ids, status="updated", on="2024-02-01"))
        assert Organisation.objects.get().lei == LEI

    def test_lei_given_up_is_free_for_another(self):
        old, new = ({"identifiers": [{"scheme": "XI-LEI", "id": lei}]} for lei in (LEI, OTHER_LEI))
        corrected = entity(details=new, status="updated", on="2024-02-01")
        load_well(entity(details=old), corrected, entity("other", details=old, on="2024-03-01"))
        assert dict(Organisation.objects.values_list("record_id", "lei")) == {"org": OTHER_LEI, "other": LEI}

    def test_closing_sets_the_day(self):
        result = load_well(entity(), entity(status="closed", on="2024-03-01T10:00:00Z"))
        assert (result.created, result.closed) == (1, 1)
        assert Organisation.objects.get().closed_on == date(2024, 3, 1)

    def test_history_names_the_statement(self):
        load_well(entity(statement_id="s" * 32))
        assert Organisation.objects.get().history.latest().history_change_reason == f"BODS statement {'s' * 32}"


class TestPeople:
    def test_only_the_name_is_kept(self):
        details = {"birthDate": "1990-06-12", "identifiers": [{"scheme": "ITA-TAXID", "id": "RSSDAA90"}]}
        load_well(person(details=details))
        stored = json.dumps([list(model.history.values()) for model in RECORDED], default=str)
        assert "Ada Rossi" in stored
        assert "1990" not in stored
        assert "RSSDAA90" not in stored

    def test_legal_name_goes_before_others(self):
        names = [{"fullName": "Ada R."}, {"fullName": "Ada Maria Rossi", "type": "legal"}]
        load_well(person(details={"names": names}))
        assert Person.objects.get().name == "Ada Maria Rossi"

    def test_anonymous_person_says_why(self):
        why = {"reason": "interestedPartyExemptFromDisclosure", "description": "Under age"}
        load_well(person(name="", kind="anonymousPerson", details={"unspecifiedPersonDetails": why}))
        known = Person.objects.get()
        assert (known.kind, known.name) == ("anonymousPerson", "")
        assert known.why_unnamed == "The holder need not be disclosed: Under age"

    def test_person_made_anonymous_later_loses_the_name(self):
        load_well(person(), person(name="", kind="anonymousPerson", status="updated", on="2024-02-01"))
        assert Person.objects.get().name == ""


class TestInterests:
    def test_keeps_what_the_relationship_says(self):
        interest = shares(directOrIndirect="indirect", beneficialOwnershipOrControl=True, startDate="2020-05-01")
        load_well(entity(), person(), relationship(interest))
        row = held()
        assert (row.organisation.record_id, row.holder_person.record_id) == ("org", "per")
        assert (row.type, row.directness, row.beneficial) == ("shareholding", "indirect", True)
        assert (row.share_exact, row.starts_on, row.ends_on) == (40, date(2020, 5, 1), None)
        assert row.source == f"BODS statement {'rel-new-2024-01-01'.ljust(32, '-')} of 1 Jan 2024, Register"

    def test_each_interest_is_a_row(self):
        load_well(entity(), person(), relationship(shares(), {"type": "boardMember"}))
        assert set(Interest.objects.values_list("type", flat=True)) == {"shareholding", "boardMember"}

    @pytest.mark.parametrize("interests", [[], [{}]])
    def test_without_a_type_it_is_unknown(self, interests):
        load_well(entity(), person(), relationship(*interests))
        assert (held().type, held().directness, held().share) == ("unknownInterest", "unknown", Share(Decimal(0), None))

    @pytest.mark.parametrize(
        ("share", "words"),
        [
            ({"minimum": 25.5, "maximum": 50}, "between 25.5 % and 50 %"),
            ({"exclusiveMinimum": 25, "maximum": 50}, "more than 25 % and at most 50 %"),
            ({"minimum": 25, "exclusiveMaximum": 50}, "at least 25 % and less than 50 %"),
            ({"exclusiveMinimum": 25, "minimum": 20}, "more than 25 %"),
            ({"exclusiveMinimum": 20, "minimum": 25}, "at least 25 %"),
        ],
    )
    def test_share_may_be_a_range_with_or_without_its_limits(self, share, words):
        load_well(entity(), person(), relationship({"type": "votingRights", "share": share}))
        assert str(held().share) == words

    def test_exclusive_limits_go_out_as_they_came_in(self):
        stated = {"exclusiveMinimum": 25, "exclusiveMaximum": 50}
        load_well(entity(), person(), relationship({"type": "shareholding", "share": stated}))
        (sent,) = [s for s in export_bods(held().organisation) if s["recordType"] == "relationship"]
        assert sent["recordDetails"]["interests"][0]["share"] == stated

    def test_what_it_sums_up_is_kept_and_goes_out_first(self):
        detail = [relationship(shares(50), record_id=f"part-{n}", holder=h, subject=s) for n, h, s in PARTS]
        whole = relationship({**shares(25), "directOrIndirect": "indirect"}, record_id="whole")
        whole["recordDetails"]["componentRecords"] = ["fund", "part-1", "part-2"]
        load_well(entity(), entity("fund"), person(), *detail, whole)
        sent = export_bods(Organisation.objects.get(record_id="org"))
        components = [s["recordId"] for s in sent if s["recordDetails"]["isComponent"]]
        assert components == ["fund", "part-1", "part-2"]
        assert sent[-1]["recordDetails"]["componentRecords"] == ["fund", "part-1", "part-2"]
        assert load_well(*sent).unchanged == len(sent)

    def test_holder_may_be_an_organisation(self):
        load_well(entity(), entity("fund"), relationship(shares(), holder="fund"))
        assert held().holder.record_id == "fund"

    def test_holder_may_be_unspecified(self):
        load_well(entity(), relationship(shares(), holder={"reason": "unknown", "description": "Bearer shares"}))
        assert (held().holder, held().holder_unspecified) == (None, "Unknown: Bearer shares")

    def test_company_may_hold_itself_and_owners_may_form_a_circle(self):
        circle = relationship(shares(), record_id="back", subject="fund", holder="org")
        load_well(entity(), entity("fund"), relationship(shares(), holder="org"), circle)
        assert held().holder == held().organisation

    def test_relationship_may_come_before_its_parties(self):
        load_well(relationship(shares(), on="2020-01-01"), entity(), person())
        assert held().holder.record_id == "per"

    def test_parties_may_be_known_from_an_earlier_file(self):
        load_well(entity(), person())
        load_well(relationship(shares()))
        assert held().holder.record_id == "per"


class TestChangesOfInterests:
    @pytest.fixture(autouse=True)
    def start(self, db):
        load_well(entity(), person(), relationship(shares(), {"type": "boardMember", "startDate": "2020-01-01"}))

    def update(self, *interests, on="2024-02-01", **kwargs):
        return load_well(relationship(*interests, on=on, **{"status": "updated", **kwargs}))

    def test_update_changes_the_row_of_the_same_type(self):
        before = Interest.objects.get(type="shareholding").pk
        assert self.update({"type": "boardMember", "startDate": "2020-01-01"}, shares(60)).updated == 1
        row = Interest.objects.get(type="shareholding")
        assert (row.pk, row.share_exact, row.history.count(), Interest.objects.count()) == (before, 60, 2, 2)

    def test_interest_that_vanishes_ends_on_the_day_of_the_statement(self):
        self.update(shares())
        assert Interest.objects.get(type="boardMember").ends_on == date(2024, 2, 1)
        assert Interest.objects.get(type="shareholding").ends_on is None

    def test_interest_that_comes_back_goes_on(self):
        self.update(shares())
        self.update(shares(), {"type": "boardMember", "startDate": "2020-01-01"}, on="2024-03-01")
        assert Interest.objects.get(type="boardMember").ends_on is None

    def test_further_interest_of_the_same_type_becomes_a_row(self):
        board = {"type": "boardMember", "startDate": "2020-01-01"}
        self.update(shares(), {"type": "boardMember", "startDate": "2023-01-01"}, {**board, "endDate": "2022-01-01"})
        rows = Interest.objects.filter(type="boardMember").values_list("starts_on", "ends_on")
        assert list(rows) == [(date(2020, 1, 1), date(2022, 1, 1)), (date(2023, 1, 1), None)]

    def test_row_of_unknown_type_becomes_what_is_known_later(self):
        load_well(relationship({}, record_id="vague"))
        self.update(shares(), record_id="vague")
        assert Interest.objects.get(record_id="vague").type == "shareholding"

    def test_closing_ends_on_the_stated_day_or_that_of_the_statement(self):
        result = self.update(shares(endDate="2023-12-01"), {"type": "boardMember"}, status="closed")
        assert result.closed == 1
        assert Interest.objects.get(type="shareholding").ends_on == date(2023, 12, 1)
        assert Interest.objects.get(type="boardMember").ends_on == date(2024, 2, 1)

    def test_holder_may_be_named_later(self):
        load_well(relationship(shares(), record_id="late", holder={"reason": "unknown"}))
        self.update(shares(), record_id="late")
        row = Interest.objects.get(record_id="late")
        assert (row.holder.record_id, row.holder_unspecified) == ("per", "")

    def test_interests_that_people_entered_stay(self):
        organisation, holder = Organisation.objects.get(), Person.objects.get()
        own = Interest.objects.create(organisation=organisation, holder_person=holder, source="Interview")
        self.update(shares(1))
        own.refresh_from_db()
        assert (own.share_exact, own.ends_on, own.source) == (None, None, "Interview")


class TestOrder:
    def test_date_goes_before_place_in_the_file(self):
        load_well(entity(name="New", status="updated", on="2024-02-01"), entity(name="Old"))
        assert Organisation.objects.get().name == "New"

    def test_place_in_the_file_decides_on_the_same_day(self):
        load_well(entity(name="First"), entity(name="Second", status="updated"))
        assert Organisation.objects.get().name == "Second"

    def test_older_statement_that_comes_late_is_stored_and_changes_nothing(self):
        load_well(entity(name="New", on="2024-02-01"))
        result = load_well(entity(name="Old", on="2024-01-01"))
        assert (result.unchanged, Statement.objects.count()) == (1, 2)
        assert Organisation.objects.get().name == "New"

    def test_update_that_says_the_same_adds_no_history(self):
        load_well(person(), person(status="updated", on="2024-02-01"))
        assert Person.history.count() == 1

    def test_time_zones_count(self):
        later, earlier = "2024-01-01T23:00:00-05:00", "2024-01-02T01:00:00Z"
        load_well(entity(name="Later", on=later), entity(name="Earlier", on=earlier, status="updated"))
        assert Organisation.objects.get().name == "Later"

    def test_update_of_an_unknown_record_creates_it(self):
        assert load_well(entity(status="updated")).created == 1

    def test_statement_without_status_counts_by_what_it_does(self):
        first, second = entity(), entity(on="2024-02-01")
        del first["recordStatus"], second["recordStatus"]
        result = load_well(first, second)
        assert (result.created, result.updated) == (1, 1)

    def test_same_statement_twice_in_one_file_counts_once(self):
        result = load_well(entity(), entity())
        assert (result.created, result.unchanged, Statement.objects.count()) == (1, 1, 1)

    def test_statement_keeps_a_digest_and_no_content(self):
        load_well(person())
        row = Statement.objects.get()
        assert (row.record_id, row.record_type, row.record_status, row.publisher) == (
            "per",
            "person",
            "new",
            "Register",
        )
        assert len(row.digest) == 64
        assert row.history.get().history_change_reason == "imported from BODS"


class TestRefusals:
    def test_place_names_number_id_and_path(self):
        bad = relationship({"type": "gift"}, statement_id="x" * 32)
        error = refusal(entity(), person(), bad)
        assert error.place == f"statement 3 ({'x' * 32}), recordDetails.interests[0].type"
        assert error.reason.startswith("Expected one of: shareholding, votingRights")

    def test_unknown_record_type_is_the_only_complaint(self):
        assert refusal(entity(recordType="company")).reason == "Expected one of: entity, person, relationship."

    @pytest.mark.parametrize(
        "field", ["recordType", "recordId", "recordDetails", "statementDate", "declarationSubject"]
    )
    def test_required_fields_are_asked_for(self, field):
        bad = entity()
        del bad[field]
        assert refusal(bad).reason == f"The field “{field}” is missing."

    def test_messages_never_repeat_names_dates_of_birth_or_tax_ids(self):
        details = {"birthDate": "12 June 1990", "identifiers": [{"id": "RSSDAA90"}], "personType": "Ada Rossi"}
        result = load(
            person(details=details), person("p2", details={"names": "Ada Rossi", "addresses": ["Via Roma 1"]})
        )
        told = json.dumps(result.as_dict())
        assert len(result.errors) == 5
        assert not any(secret in told for secret in ("Ada", "1990", "RSSDAA90", "Via Roma"))

    @pytest.mark.parametrize("field", ["subject", "interestedParty"])
    def test_named_records_must_exist(self, field):
        bad = relationship(shares())
        bad["recordDetails"][field] = "nowhere"
        error = refusal(entity(), person(), bad)
        assert error.place.endswith(f"recordDetails.{field}")
        assert error.reason == "The record nowhere is neither in the file nor known from an earlier import."

    def test_name_in_the_place_of_an_id_is_not_repeated(self):
        assert "Ada" not in refusal(entity(), relationship(holder="Ada Rossi")).reason

    @pytest.mark.parametrize(("subject", "holder"), [("per", "per"), ("rel", "per"), ("org", "rel")])
    def test_named_records_must_have_the_right_type(self, subject, holder):
        assert "has the type" in refusal(entity(), person(), relationship(subject=subject, holder=holder)).reason

    def test_subject_must_be_named(self):
        assert "is not named" in refusal(person(), relationship(subject={"reason": "unknown"})).reason

    def test_record_keeps_its_type(self):
        load_well(entity("a"))
        assert refusal(person("a", on="2024-02-01")).reason == "The record is known with the type entity."
        assert (
            refusal(person("b"), entity("b", on="2024-02-01")).reason
            == "Statement 1 gives the same record the type person."
        )

    def test_statement_id_stands_for_one_content(self):
        one, other = entity(statement_id="s" * 32), entity(name="Other", statement_id="s" * 32)
        assert "Statement 1 has the same statementId" in refusal(one, other).reason
        load_well(one)
        assert "was imported before" in refusal(other).reason

    @pytest.mark.parametrize(
        ("share", "reason"),
        [
            ({"minimum": 50, "maximum": 25}, "smallest share"),
            ({"exclusiveMinimum": 25, "maximum": 25}, "smallest share"),
            ({"exact": 10, "minimum": 25}, "exact share"),
            ({"exact": 101}, "at most 100"),
            ({"minimum": -1}, "at least 0"),
            ({"exact": "40"}, "a number"),
            ({"exact": True}, "a number"),
        ],
    )
    def test_share_must_be_possible(self, share, reason):
        error = refusal(entity(), person(), relationship({"share": share}))
        assert error.place.split(", ")[1].startswith("recordDetails.interests[0].share")
        assert reason in error.reason

    @pytest.mark.parametrize(
        "dates",
        [
            {"startDate": "2024-02-30"},
            {"startDate": "0001-01-01"},
            {"startDate": "2024-02-01", "endDate": "2024-01-01"},
        ],
    )
    def test_interest_must_have_possible_dates(self, dates):
        assert "Date" in refusal(entity(), person(), relationship(dates)).place

    @pytest.mark.parametrize(
        "day", ["2024-13-01", "0000-01-01", "yesterday", "2024-01-01T25:00:00Z", "2016-12-31T23:59:60Z"]
    )
    def test_statement_must_have_a_possible_date(self, day):
        assert refusal(entity(on=day, statement_id="s" * 32)).place.endswith("statementDate")

    def test_statement_must_not_come_from_the_future(self):
        future = (clock.today() + timedelta(days=2)).isoformat()
        assert "future" in refusal(entity(on=future)).reason

    @pytest.mark.parametrize(
        "details", [{"birthDate": "0000"}, {"birthDate": "3024-05"}, {"birthDate": "1990-05", "deathDate": "1989"}]
    )
    def test_life_must_have_possible_dates(self, details):
        assert "Date" in refusal(person(details=details)).place

    def test_year_of_death_may_be_that_of_birth(self):
        load_well(person(details={"birthDate": "1990-05-03", "deathDate": "1990"}))

    @pytest.mark.parametrize("version", ["0.3", "1.0", 4, None])
    def test_other_versions_are_refused_with_one_sentence(self, version):
        details = {"publicationDate": "2024-01-02", "bodsVersion": version, "publisher": {"name": "Register"}}
        error = refusal(entity(publicationDetails=details))
        assert "Only version 0.4 of the Beneficial Ownership Data Standard is read" in error.reason

    def test_statement_of_the_time_before_records_is_an_older_version(self):
        assert "an older version" in refusal({"statementID": "1", "statementType": "personStatement"}).reason

    def test_name_that_does_not_fit_is_refused(self):
        assert refusal(entity(name="x" * 301)).reason == "Expected at most 300 characters."

    def test_long_remark_is_shortened(self):
        load_well(entity(), person(), relationship(shares(details="x" * 600)))
        assert len(held().details) == 500

    def test_only_the_first_problems_are_told(self):
        result = load(*[entity(name=1)] * 1000)
        assert len(result.errors) == 51


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "not JSON"),
            (b"{", "line 1, column 2"),
            (b"\xff\xfe[\x00]\x00", "not UTF-8"),
            (b'{"statementId": 1}', "list of statements"),
            (b"null", "list of statements"),
            (b"[NaN]", "NaN"),
            (b"[-Infinity]", "Infinity"),
            (b"[1e999]", "too large"),
            (b"[" + b"9" * 5000 + b"]", "digits"),
            (b"[" * 100_000, "nested too deeply"),
            (b"[" * 90 + b"]" * 90, "nested too deeply"),
            (b"[1]", "Expected an object"),
            (b"[null]", "Expected an object"),
            (b'[{"a": 1, "a": 2}]', "same field twice"),
            (b'[{"a\\u0000": 1}]', "cannot be stored"),
        ],
    )
    def test_is_refused_in_words(self, content, reason):
        assert reason in refusal_of(content).reason

    @pytest.mark.parametrize("character", ["\0", "\ud800"])
    def test_characters_that_cannot_be_stored_are_refused_with_their_place(self, character):
        assert refusal(entity(name=f"Visage{character}")).place.endswith("recordDetails.name")

    def test_larger_file_than_allowed_is_refused(self, settings):
        settings.UPLOAD_MAX_BYTES = 10
        assert "larger" in refusal_of(b"[" + b" " * 10 + b"]").reason

    def test_byte_order_mark_is_fine(self):
        assert import_bods(b"\xef\xbb\xbf[]", by=None).ok

    def test_endless_errors_end_soon(self):
        result = load(entity(details={"identifiers": [{}] * 200_000}))
        assert len(result.errors) == 51

    def test_unreadable_ids_are_not_repeated(self):
        assert "unreadable id" in refusal({**entity(), "statementId": "\x1b[31m" + "x" * 32, "recordId": 1}).place

    def test_record_id_in_an_identifier_reaches_no_other_organisation(self):
        load_well(
            entity(name="Victim"), entity("thief", details={"identifiers": [{"scheme": "BODS recordId", "id": "org"}]})
        )
        assert set(Organisation.objects.values_list("name", flat=True)) == {"Victim", "Visage Ltd"}


class TestCommand:
    def run(self, capsys, *arguments):
        """Exit code and what was printed."""
        try:
            call_command("import_bods", *arguments)
        except SystemExit as ended:
            return ended.code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    def file(self, tmp_path, *statements):
        file = tmp_path / "statements.json"
        file.write_text(json.dumps(statements))
        return str(file)

    def test_prints_counts_as_one_json_object(self, tmp_path, capsys):
        code, out = self.run(capsys, self.file(tmp_path, entity(), person()), "--json")
        assert (code, json.loads(out)) == (0, {"created": 2, "updated": 0, "closed": 0, "unchanged": 0, "errors": []})

    def test_error_ends_with_1_and_writes_nothing(self, tmp_path, capsys):
        code, out = self.run(capsys, self.file(tmp_path, entity(), entity("b", name=5)), "--json")
        [error] = json.loads(out)["errors"]
        assert (code, error["reason"]) == (1, "Expected text.")
        assert error["place"].startswith("statement 2 (b-new-2024-01-01")
        assert not Organisation.objects.exists()

    def test_dry_run_counts_and_writes_nothing(self, tmp_path, capsys):
        code, out = self.run(capsys, self.file(tmp_path, entity()), "--json", "--dry-run")
        assert (code, json.loads(out)["created"]) == (0, 1)
        assert history_counts() == [0] * len(RECORDED)

    def test_tells_a_person_what_happened(self, tmp_path, capsys):
        file = self.file(tmp_path, entity())
        assert "Trial run" in self.run(capsys, file, "--dry-run")[1]
        assert "1 created a record" in self.run(capsys, file)[1]

    def test_tells_a_person_where_the_file_is_wrong(self, tmp_path, capsys):
        code, out = self.run(capsys, self.file(tmp_path, 5))
        assert (code, out) == (1, "Nothing was imported.\n  statement 1: Expected an object with fields.\n")

    @pytest.mark.parametrize("name", ["missing.json", "."])
    def test_file_that_cannot_be_read_is_an_error(self, tmp_path, capsys, name):
        code, out = self.run(capsys, str(Path(tmp_path, name)), "--json")
        assert code == 1
        assert "cannot be read" in json.loads(out)["errors"][0]["reason"]
