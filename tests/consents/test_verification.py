"""Rows that somebody changes past every trigger are found, and where they stood is named."""

import io
import re
from datetime import date, timedelta

import pytest
from django.core.management import call_command

from apps.consents import verification
from apps.consents.ledger.recording import record_event, subject_of
from apps.consents.models import ConsentEvent, ConsentImport, PermissionChunk, PermissionDue, State
from apps.consents.people.forgetting import rotate_key
from apps.consents.people.services import forget, look_up
from apps.consents.screening.running import screen
from apps.consents.sets.rebuilding import rebuild_permissions
from apps.core import clock
from apps.ledger.models import Verification
from apps.ledger.tasks import verify_nightly
from apps.ledger.verify import verify
from apps.taxonomy.models import DataUse
from tests.consents.test_screening import members
from tests.factories import write_ledger
from tests.ledger.conftest import tamper  # noqa: F401 - a fixture


@pytest.fixture
def imported(load):
    """A file of answers in two blocks, and one answer by itself."""
    load(*(f"person-{number},analytics,given,2026-03-30" for number in range(10_003)), file_name="campaign.csv")
    record_event("person-1", DataUse.objects.get(key="marketing"), State.GIVEN, by=None)
    return ConsentImport.objects.get(kind="file")


def found():
    write_ledger()
    return [str(problem) for problem in verify().problems]


def event(place):
    return ConsentEvent.objects.order_by("pk")[place]


class TestEvents:
    def test_what_nobody_touched_fits(self, imported):
        assert found() == []

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("state", 10),
            ("use_id", 3),
            ("subject_id", 999),
            ("occurred_at", "2020-01-01"),
            ("recorded_at", "2020-01-01"),
            ("expires_at", "2030-01-01"),
            ("mechanism", "paper"),
            ("language", "fr"),
            ("source", "elsewhere"),
            ("notice_version_id", 5),
            ("line", 7),
            ("import_id", 999),
        ],
    )
    def test_an_edited_row(self, imported, tamper, column, value):  # noqa: F811
        tamper(f"UPDATE consents_consentevent SET {column} = %s WHERE id = %s", value, event(10_001).pk)
        [problem] = found()
        assert f"rows 10001 to 20000 of import {imported.pk} (campaign.csv) are not those" in problem

    def test_a_removed_row(self, imported, tamper):  # noqa: F811
        tamper("DELETE FROM consents_consentevent WHERE id = %s", event(2).pk)
        [problem] = found()
        assert f"of import {imported.pk} (campaign.csv) are not those that were imported" in problem

    def test_a_whole_import_removed(self, imported, tamper):  # noqa: F811
        tamper("DELETE FROM consents_consentevent WHERE import_id = %s", imported.pk, rows=10_003)
        assert f"import {imported.pk} (campaign.csv)" in found()[0]

    @pytest.mark.parametrize("number", ["(import_id << 32) + 50000", "7::bigint << 50", "-5"])
    def test_a_row_put_in(self, imported, tamper, number):  # noqa: F811
        columns = "occurred_at, recorded_at, line, state, mechanism, language, source, use_id, import_id, subject_id"
        tamper(
            f"INSERT INTO consents_consentevent (id, {columns}) SELECT {number}, {columns} FROM consents_consentevent "
            "WHERE id = %s",
            event(0).pk,
        )
        assert len(found()) == 1

    def test_an_import_that_says_something_else(self, imported, tamper):  # noqa: F811
        """The record no longer reads as its history, and the history is on the chain."""
        tamper("UPDATE consents_consentimport SET blocks = '[]' WHERE id = %s", imported.pk)
        assert found() == [f"row {imported.pk} of consents_consentimport: the record differs from its last history row"]


class TestCohorts:
    def test_a_member_put_in(self, db, tamper):  # noqa: F811
        cohort = members("anna", "ben")
        assert found() == []
        tamper("UPDATE consents_cohortchunk SET bits = set_bit(bits, 60000, 1)")
        [problem] = found()
        assert f"the members of cohort {cohort.pk} are not those that were recorded" in problem


class TestSets:
    def test_a_changed_set_is_found_and_put_right(self, imported):
        assert rebuild_permissions(verify=True).ok
        chunk = PermissionChunk.objects.filter(use__key="analytics").first()
        chunk.bits = 0
        chunk.save()
        [difference] = rebuild_permissions(verify=True).differences
        assert (difference.use, difference.outcome) == ("analytics", "Permitted")
        assert difference.people > 1
        assert not rebuild_permissions().ok
        assert rebuild_permissions(verify=True).ok

    def test_of_a_use_that_a_new_taxonomy_brings_are_made_with_the_migration(self, load):
        """Also where an objection is hidden by a later yes that does not reach, and where somebody answers before."""
        load(
            "anna,analytics,objected,2026-03-01",
            "anna,analytics,given,2026-03-02",
            "ben,analytics,opted_out,2026-03-01",
        )
        cohort = members("anna", "ben", "cleo")
        wider = DataUse.objects.get(key="analytics")
        DataUse(key="analytics.new", name="New", parent=wider, asked_separately=True).save()
        load("cleo,analytics,opted_out,2026-03-01", file_name="later.csv")
        assert not rebuild_permissions(verify=True).ok
        call_command("migrate", verbosity=0)
        assert rebuild_permissions(verify=True).ok
        permitted = [screen(cohort, [key], "opt_out", by=None).permitted for key in ("analytics", "analytics.new")]
        assert permitted == [1, 0]

    def test_the_command_says_so_and_ends_with_one(self, imported):
        PermissionChunk.objects.filter(use__key="analytics").delete()
        out = io.StringIO()
        with pytest.raises(SystemExit):
            call_command("rebuild_permissions", "--verify", stdout=out)
        assert "Nothing was changed." in out.getvalue()
        call_command("rebuild_permissions", stdout=out)
        call_command("rebuild_permissions", "--verify", "--json", stdout=out)
        assert out.getvalue().splitlines()[-1].startswith('{"ok": true')

    def test_a_moment_to_come_that_was_lost_is_found_and_put_right(self, db):
        later = clock.now() + timedelta(days=1)
        record_event("anna", DataUse.objects.get(key="analytics"), State.GIVEN, by=None, expires_at=later)
        PermissionDue.objects.all().delete()
        assert rebuild_permissions(verify=True).moments_missing == 1
        rebuild_permissions()
        assert PermissionDue.objects.get().at == later


class TestEveryNight:
    @pytest.fixture
    def nights(self, monkeypatch):
        """What each of the next seven nights names."""

        def nights():
            named = []
            for day in range(7):
                monkeypatch.setattr(verification.clock, "today", lambda day=day: date(2026, 1, 1) + timedelta(days=day))
                write_ledger()
                verify_nightly()
                named.append([problem["words"] for problem in Verification.objects.latest("pk").problems])
            return named

        return nights

    def test_finds_a_changed_set_within_a_week(self, imported, nights):
        assert nights() == [[]] * 7
        PermissionChunk.objects.filter(use__key="analytics").delete()
        found = nights()
        first = found.index(next(filter(None, found)))
        # Once named, it is named until it is put right.
        assert [len(problems) for problems in found] == [0] * first + [1] * (7 - first)
        # How many of them lie in the first chunk of numbers hangs on where the numbers of people begin.
        assert re.match(r"consents_permissionchunk: analytics, \w+: [1-9]\d* of the people ", found[-1][0])
        rebuild_permissions()
        assert nights() == [[]] * 7

    def test_finds_a_lost_moment_within_a_week(self, db, nights):
        later = clock.now() + timedelta(days=1)
        record_event("anna", DataUse.objects.get(key="analytics"), State.GIVEN, by=None, expires_at=later)
        PermissionDue.objects.all().delete()
        assert len(nights()[-1]) == 1


class TestPeople:
    @pytest.mark.parametrize(
        ("change", "what"),
        [
            (
                "UPDATE consents_datasubject SET key_digest = NULL WHERE id = {}",
                "no look-up says that the person was forgotten",
            ),
            ("UPDATE consents_datasubject SET key_version = 7 WHERE id = {}", "was not made with the newest secret"),
            ("DELETE FROM consents_datasubject WHERE id = {}", "it holds 10002 people"),
            (
                "INSERT INTO consents_datasubject (id, key_digest, key_version) VALUES ({} + 99999, 'x', 1)",
                "it holds 10004 people",
            ),
        ],
    )
    def test_who_are_not_as_recorded(self, imported, tamper, change, what):  # noqa: F811
        tamper(change.format(subject_of("person-7").pk))
        [problem] = found()
        assert "consents_datasubject" in problem
        assert what in problem

    def test_who_were_forgotten_fit_until_they_have_a_digest_again(self, imported, privacy, tamper):  # noqa: F811
        person = subject_of("person-7")
        forget(look_up("person-7", reason="Request 7", by=privacy), person, reason="They asked for it.", by=privacy)
        assert found() == []
        tamper("UPDATE consents_datasubject SET key_digest = 'somebody' WHERE id = %s", person.pk)
        [problem] = found()
        assert "was forgotten, and has a digest again" in problem

    def test_whose_secret_was_replaced_fit(self, imported, privacy, settings):
        settings.CONSENT_KEYS = [*settings.CONSENT_KEYS, "a second secret that is long enough"]
        rotate_key(by=privacy)
        assert found() == []

    def test_of_a_cohort_fit(self, imported):
        members("person-1", "somebody new")
        assert found() == []
