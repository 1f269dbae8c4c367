"""Several at the same moment, with real threads and real commits."""

import io
import threading

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from apps.consents.intake import importing
from apps.consents.intake.importing import import_consents
from apps.consents.ledger import writer
from apps.consents.ledger.recording import record_event, subject_of, withdraw
from apps.consents.models import ConsentEvent, ConsentImport, DataSubject, Outcome, PermissionChunk, State
from apps.consents.sets.rebuilding import rebuild_permissions
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.ledger.verify import verify
from apps.taxonomy.models import DataUse
from tests.consents.conftest import csv_of
from tests.factories import adopt, forget_person
from tests.workflow.test_concurrency import at_once, errors

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service]
PEOPLE = [f"person-{number}" for number in range(1500)]


def file_of(state, day, keys=PEOPLE, use="analytics"):
    return io.BytesIO(csv_of(*(f"{key},{use},{state},{day}" for key in keys)))


def load(state, day, name, **options):
    return import_consents(file_of(state, day, **options), file_name=name)


def permitted(key="analytics"):
    chunks = PermissionChunk.objects.filter(use__key=key, outcome=Outcome.PERMITTED)
    return sum(chunk.bits.bit_count() for chunk in chunks)


@pytest.fixture
def slow(monkeypatch):
    """Large imports stop before they lock anything, until they may go on."""
    here, go_on = threading.Event(), threading.Event()
    lock = writer.lock_chunks

    def stopping(chunks):
        if threading.current_thread().name == "import":
            here.set()
            assert go_on.wait(30)
        lock(chunks)

    monkeypatch.setattr(writer, "lock_chunks", stopping)
    return here, go_on


@pytest.fixture
def importing_slowly(slow):
    """An import of a given file in a thread, stopped before it locks; leaving the block lets it end.

    It fails when the block waits for it, because it waits for the end of the block only so long.
    """
    here, go_on = slow
    results = []

    class Import:
        def __init__(self, *args, **options):
            self.thread = threading.Thread(target=self.run, args=args, kwargs=options, name="import")

        def run(self, *args, **options):
            try:
                results.append(load(*args, **options))
            except Exception as error:
                results.append(error)
            finally:
                connection.close()

        def __enter__(self):
            self.thread.start()
            assert here.wait(30)

        def __exit__(self, *error):
            go_on.set()
            self.thread.join(30)
            assert results[0].ok

    return Import


class TestImports:
    def test_two_for_the_same_new_people_are_both_right(self):
        results = at_once(
            lambda: load("given", "2026-03-01", "a"), lambda: load("withdrawn", "2026-03-02", "b", keys=PEOPLE[:1200])
        )
        assert errors(results) == []
        assert DataSubject.objects.count() == len(PEOPLE)
        assert permitted() == 300
        assert rebuild_permissions(verify=True).ok
        assert verify().ok

    def test_one_that_runs_while_the_taxonomy_grows_knows_the_new_use(self, importing_slowly):
        load("given", "2026-03-01", "first", keys=["somebody"])
        with importing_slowly("given", "2026-03-02", "slow"):
            DataUse(key="analytics.new", name="New", parent=DataUse.objects.get(key="analytics")).save()
            call_command("migrate", verbosity=0)
            assert permitted("analytics.new") == 1
        assert permitted("analytics.new") == len(PEOPLE) + 1
        assert rebuild_permissions(verify=True).ok

    def test_many_small_and_large_ones_about_the_same_people(self):
        load("given", "2026-03-01", "first")
        results = at_once(
            *(
                lambda n=n: load(
                    "withdrawn", "2026-03-02", f"file {n}", keys=PEOPLE[n * 200 : n * 200 + 5 + 1195 * (n % 2)]
                )
                for n in range(6)
            )
        )
        assert errors(results) == []
        assert rebuild_permissions(verify=True).ok

    def test_the_same_file_at_once_is_imported_once(self):
        results = at_once(*[lambda: load("given", "2026-03-01", "same")] * 4)
        assert errors(results) == []
        assert sorted(result.made is not None for result in results) == [False, False, False, True]
        assert ConsentEvent.objects.count() == len(PEOPLE)

    def test_single_answers_of_one_person_at_once(self):
        use = DataUse.objects.get(key="analytics")
        record_event("anna", use, State.GIVEN, by=None)
        calls = [lambda: record_event("anna", use, State.RENEWED, by=None), lambda: withdraw("anna", use)] * 4
        assert errors(at_once(*calls)) == []
        assert rebuild_permissions(verify=True).ok
        assert verify().ok


class TestWhileAnImportRuns:
    @pytest.fixture(autouse=True)
    def _known(self):
        load("given", "2026-03-01", "first")

    def test_a_withdrawal_goes_on_and_both_are_right(self, importing_slowly):
        with importing_slowly("renewed", "2026-03-02", "second"):
            withdraw(subject_of(PEOPLE[7]), DataUse.objects.get(key="analytics"))
        assert permitted() == len(PEOPLE) - 1
        assert rebuild_permissions(verify=True).ok

    def test_a_new_use_is_answered_above_meanwhile(self, importing_slowly):
        with importing_slowly("given", "2026-03-02", "second", use="analytics.reporting"):
            record_event(PEOPLE[3], DataUse.objects.get(key="marketing"), State.OBJECTED, by=None)
            record_event(PEOPLE[4], DataUse.objects.get(key="analytics"), State.OBJECTED, by=None)
        assert permitted("analytics.reporting") == len(PEOPLE) - 1
        assert rebuild_permissions(verify=True).ok

    def test_a_step_elsewhere_goes_on(self, importing_slowly, legal):
        rule = adopt("HOUSE-5")
        with importing_slowly("renewed", "2026-03-02", "second"):
            rule.suspend(by=legal, note="In the meantime", until=clock.today())
        assert verify().ok

    def test_nobody_is_forgotten_and_nobody_waits_for_it(self, importing_slowly, privacy):
        person = subject_of(PEOPLE[7])
        with importing_slowly("renewed", "2026-03-02", "second"), pytest.raises(Conflict, match="when that has ended"):
            forget_person(person, privacy)
        forget_person(person, privacy)
        assert subject_of(PEOPLE[7]) is None

    def test_an_import_of_new_people_goes_on(self, importing_slowly):
        with importing_slowly("renewed", "2026-03-02", "second"):
            assert load("given", "2026-03-01", "others", keys=["x", "y"]).ok
        assert rebuild_permissions(verify=True).ok


class TestRollback:
    def test_leaves_nothing(self, monkeypatch):
        def broken(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(importing, "keep_import", broken)
        with pytest.raises(RuntimeError):
            load("given", "2026-03-01", "broken")
        monkeypatch.undo()
        for model in (ConsentEvent, DataSubject, PermissionChunk, ConsentImport):
            assert not model.objects.exists()
        assert load("given", "2026-03-01", "again").ok

    def test_of_the_caller_takes_the_answer_back(self):
        with transaction.atomic():
            record_event("anna", DataUse.objects.get(key="analytics"), State.GIVEN, by=None)
            transaction.set_rollback(True)
        assert permitted() == 0
