import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from apps.consents.ledger.recording import subject_of
from apps.consents.models import Cohort, CohortChunk, DataSubject, Screening
from apps.consents.screening.cohorts import import_members
from apps.consents.screening.counting import members_of
from apps.consents.screening.needs import needs_of
from apps.consents.screening.running import cohorts_with, exclusions, screen
from apps.consents.sets.bitmaps import digest_of, numbers_in
from apps.core import clock
from tests.consents.conftest import set_of

OPT_IN, OPT_OUT = Screening.Basis
PEOPLE = ["anna", "ben", "cleo", "dora", "emil"]


def members(*keys, name="All"):
    result = import_members(io.BytesIO("\n".join(keys).encode()), name=name)
    assert result.ok, result.problems
    return result.made


@pytest.fixture
def answers(load):
    return load(
        "anna,analytics,given,2026-03-01",
        "ben,analytics,given,2026-03-01",
        "ben,analytics,withdrawn,2026-03-10",
        "cleo,analytics,opted_out,2026-03-01",
        "dora,analytics,given,2026-03-01",
        "dora,marketing,objected,2026-03-01",
    )


class TestMembers:
    def test_are_a_set_whatever_the_order(self, db):
        first, second = members("anna", "ben", "anna"), members("ben", "anna", name="Again")
        assert (first.size, first.digest) == (2, second.digest)
        assert (first.new_subjects, second.new_subjects) == (2, 0)

    def test_come_from_a_column_of_a_csv_file(self, db):
        result = import_members(io.BytesIO(b"photo,subject\n1,anna\n2,ben\n"), name="Photos")
        assert (result.made.size, result.lines) == (2, 2)
        assert subject_of("ben")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\n",
            b"x" * 1001,
            b"anna \n",
            b"subject,photo\n",
            b"subject,subject\na,b\n",
            b"photo,subject\n1\n",
            b"a\0b",
            b"\xff",
        ],
    )
    def test_what_cannot_be_taken_leaves_nothing(self, db, content):
        assert import_members(io.BytesIO(content), name="All").problems
        assert not Cohort.objects.exists()
        assert not DataSubject.objects.exists()

    def test_a_column_that_is_there_twice_leaves_nothing(self, db):
        [problem] = import_members(io.BytesIO(b"subject,subject\nanna,ben\n"), name="All").problems
        assert (problem.line, "there twice" in problem.reason) == (1, True)

    def test_a_name_is_taken_once(self, db):
        members("anna")
        assert "already" in import_members(io.BytesIO(b"ben"), name="All").problems[0].reason

    def test_never_change(self, db):
        members("anna")
        with pytest.raises(Exception, match="can only be added"):
            CohortChunk.objects.update(chunk=1)

    def test_lead_from_a_person_to_the_cohorts(self, db):
        first, _, third = members("anna", "ben"), members("cleo", name="B"), members("anna", name="C")
        assert cohorts_with(subject_of("anna")) == [first.pk, third.pk]

    def test_are_numbers_in_ascending_order(self, db):
        assert list(numbers_in({0: 0b1010, 2: 1})) == [1, 3, 131_072]


class TestScreening:
    def test_counts_members_by_outcome(self, answers, privacy):
        screening = screen(members(*PEOPLE), ["analytics"], OPT_IN, by=privacy)
        counts = {outcome: people for outcome, people in screening.counts["analytics"].items() if people}
        assert counts == {"permitted": 2, "withdrawn": 1, "opted_out": 1, "never_asked": 1}
        assert (screening.members, screening.permitted, screening.coverage) == (5, 2, 0.4)
        assert screening.history.get().history_user == privacy

    def test_all_that_is_needed_must_be_permitted(self, answers):
        assert screen(members(*PEOPLE), ["analytics", "marketing"], OPT_IN, by=None).permitted == 0

    def test_opt_out_leaves_out_who_said_no_in_any_words(self, answers):
        cohort = members(*PEOPLE)
        assert screen(cohort, ["analytics"], OPT_OUT, by=None).permitted == 3
        assert screen(cohort, ["analytics", "marketing"], OPT_OUT, by=None).permitted == 2

    def test_a_second_no_does_not_undo_an_objection(self, load):
        load("anna,marketing,objected,2018-05-25", "anna,marketing,refused,2019-03-01")
        assert screen(members("anna"), ["marketing"], OPT_OUT, by=None).permitted == 0

    def test_opt_out_lets_answers_pass_that_lapsed(self, load):
        load("anna,marketing,expired,2019-03-01")
        assert screen(members("anna", "ben"), ["marketing"], OPT_OUT, by=None).permitted == 2

    def test_people_outside_the_cohort_do_not_count(self, answers):
        screening = screen(members("ben", "emil"), ["analytics"], OPT_IN, by=None)
        assert (screening.members, screening.permitted) == (2, 0)

    def test_as_of_a_past_day_the_answers_say_it(self, answers):
        cohort = members(*PEOPLE)
        then = datetime(2026, 3, 5, tzinfo=UTC)
        screening = screen(cohort, ["analytics"], OPT_IN, by=None, occurred_by=then)
        assert (screening.permitted, screening.from_ledger) == (3, True)

    def test_what_was_not_recorded_yet_does_not_count(self, answers):
        past = datetime(2026, 3, 5, tzinfo=UTC)
        assert screen(members(*PEOPLE), ["analytics"], OPT_IN, by=None, known_by=past).permitted == 0

    @pytest.mark.parametrize("needs", [[], ["shopping"]])
    def test_needs_uses_that_exist(self, answers, needs):
        with pytest.raises(ValidationError):
            screen(members(*PEOPLE), needs, OPT_IN, by=None)

    def test_a_cohort_of_nobody_who_answered(self, db):
        screening = screen(members("anna"), ["analytics"], OPT_IN, by=None)
        assert screening.counts["analytics"]["never_asked"] == 1


class TestNeeds:
    @pytest.mark.parametrize("recipient", ["third_party", "business_partner", "affiliate"])
    def test_who_decides_its_own_purposes_needs_sharing_permitted(self, recipient):
        assert needs_of(["analytics"], recipient) == ["analytics", f"third_party_sharing.{recipient}"]

    @pytest.mark.parametrize("recipient", ["", "service_provider", "legal_process"])
    def test_who_acts_for_us_or_the_law_does_not(self, recipient):
        assert needs_of(["analytics"], recipient) == ["analytics"]


class TestExclusions:
    def test_list_who_is_to_be_left_out(self, answers):
        screening = screen(members(*PEOPLE), ["analytics"], OPT_IN, by=None)
        expected = {(subject_of(key).pk, bytes(subject_of(key).key_digest).hex()) for key in ("ben", "cleo", "emil")}
        assert set(exclusions(screening)) == expected

    def test_are_those_of_the_screening_whatever_came_later(self, answers, load):
        screening = screen(members(*PEOPLE), ["analytics"], OPT_IN, by=None)
        load("emil,analytics,given,2026-03-01")
        numbers = [number for number, _ in exclusions(screening)]
        assert digest_of(set_of(numbers)) == screening.exclusions_digest

    def test_a_long_list_is_read_by_chunk(self, answers, monkeypatch):
        monkeypatch.setattr("apps.consents.screening.running.FEW", 10**6)
        screening = screen(members(*PEOPLE), ["analytics"], OPT_IN, by=None)
        assert len(list(exclusions(screening))) == 3


class TestCommands:
    def run(self, *args):
        out = io.StringIO()
        call_command(*map(str, args), stdout=out)
        return out.getvalue()

    def test_members_then_screening(self, answers, tmp_path):
        manifest, left_out = tmp_path / "members.txt", tmp_path / "left-out.csv"
        manifest.write_text("\n".join(PEOPLE))
        assert json.loads(self.run("import_members", manifest, "--cohort", "Photos", "--json"))["size"] == 5
        said = self.run("screen", "Photos", "--use", "analytics", "--exclusions", left_out, "--json")
        assert json.loads(said)["coverage"] == 0.4
        assert len(list(csv.reader(left_out.open()))) == 4
        assert "anna" not in said + left_out.read_text()

    def test_as_of_a_day_means_its_end(self, answers):
        cohort = members(*PEOPLE)
        said = self.run("screen", cohort, "--use", "analytics", "--as-of", "2026-03-05")
        assert said.startswith("3 of 5 members permit all that is needed: 60.0%.")

    def test_as_of_today_means_until_now(self, answers):
        self.run("screen", members(*PEOPLE), "--use", "analytics", "--known-by", str(clock.today()))
        assert Screening.objects.get().known_by <= clock.now()

    def test_as_of_an_hour_that_comes_twice_asks_for_the_offset(self, answers, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        with pytest.raises(CommandError, match="comes twice in Europe/Berlin"):
            self.run("screen", members(*PEOPLE), "--use", "analytics", "--as-of", "2025-10-26T02:30")

    def test_the_end_of_a_day_whose_last_hour_comes_twice_is_the_later_one(self, settings):
        settings.TIME_ZONE = "America/Santiago"
        assert clock.last_of(date(2026, 4, 4)).isoformat() == "2026-04-04T23:59:59.999999-04:00"

    def test_as_of_a_moment_that_has_not_come_is_refused(self, answers):
        with pytest.raises(CommandError, match="has not come yet"):
            self.run("screen", members(*PEOPLE), "--use", "analytics", "--as-of", "2199-01-01")
        assert not Screening.objects.exists()

    def test_an_unknown_cohort(self, db):
        with pytest.raises(CommandError, match="no cohort"):
            self.run("screen", "Nothing", "--use", "analytics")

    def test_members_of_a_cohort_are_members_of(self, answers):
        cohort = members(*PEOPLE)
        assert digest_of(members_of(cohort)) == cohort.digest
