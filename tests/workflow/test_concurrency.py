"""Many people at the same moment, with real threads and real commits."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction

from apps.accounts.models import Role
from apps.agreements.models import Transfer
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.datasets.models import Dataset
from apps.findings.models import Finding, reconcile
from apps.findings.models.evaluation import evaluate_all
from apps.findings.sweep import sweep
from apps.ledger.models import Entry, set_links
from apps.ledger.verify import verify
from apps.vendors.models import Organisation
from apps.workflow.models import Decision, Review, Vote
from tests.factories import make_dataset, make_organisation, make_transfer, make_users

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service]
TOGETHER = 8


def at_once(*calls):
    """Start every call at the same moment, each on a connection of its own. The results, or the errors raised."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        try:
            barrier.wait(timeout=20)
            results[number] = call()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def errors(results):
    return [result for result in results if isinstance(result, Exception)]


@pytest.fixture
def lawyers(db):
    return list(make_users({f"lawyer_{number}": [Role.LEGAL] for number in range(TOGETHER)}).values())


@pytest.fixture
def told(stranger, tickets, cloudy):
    return make_transfer(stranger, tickets, cloudy)


@pytest.fixture
def review(in_review):
    return in_review.review


class TestVotes:
    def test_eight_of_one_role_at_once_give_one_approval(self, lawyers, review, privacy):
        review.vote(by=privacy, role=Role.PRIVACY, verdict="approve")
        votes = [
            lambda lawyer=lawyer: Review.objects.get(pk=review.pk).vote(by=lawyer, role=Role.LEGAL, verdict="approve")
            for lawyer in lawyers
        ]
        results = at_once(*votes)
        assert all(isinstance(error, Conflict) for error in errors(results)), results
        assert len(errors(results)) == TOGETHER - 1
        assert Decision.objects.about(review.subject).filter(transition="approve").count() == 1
        assert Vote.objects.filter(role="Legal").count() == 1
        assert verify().ok

    def test_eight_that_cannot_decide_yet_are_all_counted(self, lawyers, review):
        votes = [
            lambda lawyer=lawyer: Review.objects.get(pk=review.pk).vote(by=lawyer, role=Role.LEGAL, verdict="approve")
            for lawyer in lawyers
        ]
        assert errors(at_once(*votes)) == []
        assert Vote.objects.count() == TOGETHER
        assert verify().ok

    def test_a_vote_against_a_revision_leaves_no_approved_draft(self, review, legal, privacy, requester):
        review.vote(by=privacy, role=Role.PRIVACY, verdict="approve")
        subject = type(review.subject)
        results = at_once(
            lambda: Review.objects.get(pk=review.pk).vote(by=legal, role=Role.LEGAL, verdict="approve"),
            lambda: subject.objects.get(pk=review.object_id).revise(by=requester),
        )
        stored = Review.objects.get(pk=review.pk)
        assert (stored.status, stored.subject.status) == ("void", "draft")
        assert all(isinstance(error, Conflict) for error in errors(results)), results

    def test_approval_and_refusal_give_one_outcome(self, review, legal, second_lawyer, privacy):
        review.vote(by=privacy, role=Role.PRIVACY, verdict="approve")
        results = at_once(
            lambda: Review.objects.get(pk=review.pk).vote(by=legal, role=Role.LEGAL, verdict="approve"),
            lambda: Review.objects.get(pk=review.pk).vote(
                by=second_lawyer, role=Role.LEGAL, verdict="refuse", reason="No"
            ),
        )
        stored = Review.objects.get(pk=review.pk)
        assert (stored.status, stored.subject.status) in [("approved", "approved"), ("refused", "rejected")]
        assert [type(error) for error in errors(results)] == [Conflict]


class TestTransitions:
    def test_eight_of_one_record_at_once_give_one_decision(self, requester):
        vendor = make_organisation()
        results = at_once(*[lambda: Organisation.objects.get(pk=vendor.pk).propose(by=requester)] * TOGETHER)
        assert [type(error) for error in errors(results)] == [Conflict] * (TOGETHER - 1)
        assert Decision.objects.about(vendor).count() == 1
        assert vendor.history.count() == 2

    def test_of_many_records_keep_one_unbroken_chain(self, requester, legal):
        vendors = [make_organisation(f"Vendor {number}") for number in range(TOGETHER)]

        def whole_life(vendor):
            vendor = Organisation.objects.get(pk=vendor.pk)
            vendor.propose(by=requester)
            vendor.submit(by=requester)
            vendor.revise(by=requester)
            vendor.submit(by=requester)

        results = at_once(*[lambda vendor=vendor: whole_life(vendor) for vendor in vendors])
        assert errors(results) == []
        report = verify()
        assert report.ok, report.problems
        sequences = list(Entry.objects.order_by("sequence").values_list("sequence", flat=True))
        assert sequences == list(range(1, len(sequences) + 1))

    def test_a_request_about_a_record_does_not_deadlock_with_a_step_of_it(self, support, engineer, requester):
        """At commit the request holds the chain and looks up the dataset, which the other transaction has locked."""
        dataset = Dataset(name="Photos", owner=engineer)
        dataset.save()
        locked, asked = threading.Event(), threading.Event()

        def take_a_step():
            with transaction.atomic():
                locked_dataset = Dataset.objects.locked(dataset.pk)
                locked.set()
                asked.wait(timeout=0.5)
                locked_dataset.save()

        def ask():
            locked.wait(timeout=5)
            with transaction.atomic():
                support.save()
                set_links(support.dataset_links, "dataset", [dataset], by=requester)
            asked.set()

        assert errors(at_once(take_a_step, ask)) == []

    def test_what_people_make_of_a_finding_while_its_fact_is_written_stays(self, tickets, privacy, monkeypatch):
        reconcile(tickets)
        tickets.retention_months = 12
        tickets.save()
        looked, acknowledged, looks = threading.Event(), threading.Event(), []

        def look(records):
            evaluations = evaluate_all(records)
            looks.append(records)
            if len(looks) == 2:  # the second look, whose findings are written
                looked.set()
                acknowledged.wait(timeout=1)
            return evaluations

        def acknowledge():
            looked.wait(timeout=5)
            Finding.objects.get().acknowledge(by=privacy)
            acknowledged.set()

        monkeypatch.setattr("apps.findings.models.reconciliation.evaluate_all", look)
        assert errors(at_once(lambda: reconcile(tickets), acknowledge)) == []
        finding = Finding.objects.get()
        assert (finding.status, "how long people were told" in finding.fact) == ("acknowledged", False)


class TestTransfers:
    def test_two_lawyers_and_privacy_at_once_give_one_outcome(self, told, legal, second_lawyer, privacy):
        told.propose(by=legal, note="Seen.", proposal="confirmed")
        people = (legal, second_lawyer, privacy)
        results = at_once(*[lambda by=by: Transfer.objects.get().confirm(by=by, note="Seen.") for by in people])
        assert Transfer.objects.get().decided_by == privacy
        assert {type(error) for error in errors(results)} <= {PermissionDenied, Conflict}
        assert len(errors(results)) == 2
        assert Decision.objects.about(told).made().filter(transition="confirm").count() == 1
        assert verify().ok

    def test_two_reports_that_name_each_other_are_not_both_closed(self, told, stranger, legal, privacy):
        again = make_transfer(stranger, told.dataset, told.recipient)
        for one, other in ((told, again), (again, told)):
            one.propose(by=legal, note="The same.", proposal="duplicate", duplicate_of=other.pk)
        results = at_once(
            *[
                lambda pk=pk: Transfer.objects.get(pk=pk).call_duplicate(by=privacy, note="Yes.")
                for pk in (told.pk, again.pk)
            ]
        )
        assert [type(error) for error in errors(results)] == [ValidationError]
        assert Transfer.objects.filter(status="duplicate").count() == 1


class TestFindings:
    def test_the_same_fact_found_eight_times_at_once_is_one_finding(self, tickets):
        results = at_once(*[lambda: reconcile(Dataset.objects.get(pk=tickets.pk))] * TOGETHER)
        assert errors(results) == []
        assert Finding.objects.about(tickets).count() == 1

    def test_sweeps_at_once_leave_each_fact_once_and_wait_for_nobody_in_a_circle(self, case, engineer, privacy):
        sets = [make_dataset(engineer, f"Set {number}") for number in range(20)]
        reconcile(sets[0])
        acknowledge = Finding.objects.about(sets[0]).get().acknowledge
        backwards = sets[::-1]
        results = at_once(
            *[lambda: sweep(7)] * 4,
            lambda: [reconcile(dataset) for dataset in backwards],
            lambda: acknowledge(by=privacy),
        )
        assert errors(results) == []
        assert not sum(result["failed"] for result in results[:4])
        counted = Counter(Finding.objects.values_list("requirement", "content_type", "object_id", "fingerprint"))
        assert len(counted) > len(sets)
        assert set(counted.values()) == {1}
        assert Finding.history.count() == Finding.objects.count() + 1  # one was acknowledged
        assert sum(result["new"] for result in results[:4]) <= Finding.objects.count()
        assert verify().ok

    def test_two_sides_that_confirm_at_once_close_it_once(self, tickets, legal, privacy):
        reconcile(tickets)
        finding = Finding.objects.about(tickets).get()
        until = clock.today() + timedelta(days=30)
        results = at_once(
            *[lambda by=by: Finding.objects.get().accept(by=by, note="Known", until=until) for by in (legal, privacy)]
        )
        assert [type(error) for error in errors(results)] == [Conflict]
        assert Decision.objects.about(finding).made().count() == 1
