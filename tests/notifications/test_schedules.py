"""When tasks run by themselves, and that the portal leaves alone what administrators decide about it."""

from datetime import timedelta

import pytest
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from apps.core import clock
from apps.findings.models import Finding, Requirement
from apps.ledger.models import Entry
from apps.ledger.verify import verify
from apps.notifications.locks import only_one
from apps.notifications.models import NightlyRun
from apps.notifications.schedules import SCHEDULES, is_switched_off, make_schedules, switched_off
from apps.notifications.tasks import PARTS, catch_up, nightly
from governance.celery import app
from tests.factories import write_ledger

pytestmark = pytest.mark.django_db


# Tasks that people start.
ON_DEMAND = {
    "apps.findings.tasks.recheck_marked",
    "apps.ledger.tasks.run_verification",
    "apps.consents.tasks.run_import",
    "apps.consents.tasks.trace_coverage",
}


def nightly_schedule():
    return PeriodicTask.objects.get(name=SCHEDULES["nightly"].name)


def switch_off():
    task = nightly_schedule()
    task.enabled = False
    task.save()


class TestSchedules:
    def test_each_is_there_after_migrating_and_names_a_task(self):
        app.loader.import_default_modules()
        tasks = set(PeriodicTask.objects.values_list("task", flat=True))
        assert {wanted.task for wanted in SCHEDULES.values()} <= tasks & set(app.tasks)

    def test_a_second_migration_adds_nothing_and_changes_nothing(self):
        before = PeriodicTask.objects.count()
        switch_off()
        make_schedules()
        assert PeriodicTask.objects.count() == before
        assert not nightly_schedule().enabled

    def test_one_of_an_earlier_release_starts_the_task_of_this_one(self):
        schedule = PeriodicTask.objects.get(name=SCHEDULES["checkpoint"].name)
        schedule.task, schedule.enabled = "apps.ledger.tasks.take_checkpoint", False
        schedule.save()
        make_schedules()
        schedule.refresh_from_db()
        assert (schedule.task, schedule.enabled) == (SCHEDULES["checkpoint"].task, False)
        write_ledger()
        assert verify().ok

    def test_one_that_is_off_is_named(self):
        assert switched_off() == []
        switch_off()
        assert switched_off() == ["Nightly run"]
        assert is_switched_off("nightly")

    def test_one_that_is_gone_counts_as_off(self):
        nightly_schedule().delete()
        assert is_switched_off("nightly")


class TestSwitchedOff:
    def found(self):
        return Finding.objects.filter(requirement__code="HOUSE-18").open()

    def test_is_a_finding_even_when_no_night_runs(self):
        switch_off()
        catch_up()
        assert [finding.fact for finding in self.found()] == ["The schedule “Nightly run” is switched off."]

    def test_goes_when_it_is_switched_on_again(self):
        switch_off()
        catch_up()
        PeriodicTask.objects.update(enabled=True)
        catch_up()
        assert not self.found().exists()

    def test_cannot_be_accepted(self):
        assert not Requirement.objects.get(code="HOUSE-18").acceptable


class TestCatchingUp:
    def test_makes_up_for_the_first_night(self):
        catch_up()
        assert NightlyRun.objects.finished().count() == 1

    def test_leaves_it_when_there_was_one(self):
        catch_up()
        catch_up()
        assert NightlyRun.objects.count() == 1

    def test_makes_up_for_one_that_was_missed_or_cut_off(self):
        catch_up()
        with clock.travel_to(clock.now() + timedelta(hours=27)):
            NightlyRun.objects.create()  # begun and never ended
            catch_up()
        assert NightlyRun.objects.finished().count() == 2

    def test_not_when_an_administrator_switched_nights_off(self):
        switch_off()
        catch_up()
        assert not NightlyRun.objects.exists()


class TestNightly:
    def test_no_task_is_left_out(self):
        app.loader.import_default_modules()
        ours = {name for name in app.tasks if name.startswith("apps.")}
        run = {part.name for part in PARTS.values()} | {wanted.task for wanted in SCHEDULES.values()}
        assert ours - ON_DEMAND == run

    def test_counts_what_it_did(self, case):
        nightly()
        counts = NightlyRun.objects.get().counts
        assert counts["findings"]["records"] > 0
        assert counts["digests"] > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.service
def test_a_second_run_at_once_returns_at_once(in_another_connection):
    with in_another_connection(only_one, "nightly"):
        nightly()
    assert not NightlyRun.objects.exists()


class TestHistory:
    def test_keeps_what_people_change_on_the_chain(self):
        task = nightly_schedule()
        before = task.history.count()
        switch_off()
        write_ledger()
        assert task.history.count() == before + 1
        assert not task.history.latest().enabled
        assert Entry.objects.filter(table_name="notifications_historicalperiodictask").count() >= before + 1
        assert verify().ok

    def test_leaves_out_what_beat_writes_for_itself(self):
        task = nightly_schedule()
        before = task.history.count()
        entry = ModelEntry(task)
        next(entry).save()
        task.refresh_from_db()
        assert task.total_run_count == 1
        assert task.history.count() == before

    def test_keeps_another_time(self):
        times = nightly_schedule().crontab
        times.hour = "5"
        times.save()
        assert times.history.latest().hour == "5"
