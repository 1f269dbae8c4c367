from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from apps.core import clock
from apps.core.exceptions import Blocked, Conflict
from apps.findings.models import Finding, Requirement, Result, evaluate, reconcile
from apps.ledger.models import set_links
from apps.taxonomy.models import DataUse
from tests.factories import adopt, make_agreement, make_approved, make_dataset, make_notice, make_version

FACES = ("user.content.self_image", "user.location.precise")


@pytest.fixture
def finding(tickets):
    """The open questions about a dataset of which nothing but its notice is known."""
    notice = make_notice(tickets.owner)
    make_version(notice)
    set_links(tickets.notice_links, "notice", [notice], by=tickets.owner)
    reconcile(tickets)
    return Finding.objects.get()


@pytest.fixture
def beyond(requester, cloudy, tickets):
    """A request for a use that nobody was told of."""
    return make_agreement(requester, cloudy, [tickets], uses=["train_ai_system"])


def answer_questions(dataset):
    dataset.collected_from, dataset.retention_months, dataset.subject_count = clock.today(), 12, 100
    dataset.save()


class TestReconcile:
    def test_writes_down_a_new_fact(self, finding, tickets):
        assert (finding.subject, finding.requirement.code, finding.status) == (tickets, "HOUSE-7", "open")
        assert "since when it has been collected" in finding.fact
        assert finding.history.get().history_change_reason == "found by a check"

    def test_gives_it_an_owner_and_a_due_date(self, finding):
        assert (finding.owner_role, finding.due_on) == ("Privacy", clock.today() + timedelta(days=30))

    def test_of_a_fact_still_there_writes_nothing(self, finding, tickets):
        reconcile(tickets)
        assert (Finding.objects.count(), finding.history.count()) == (1, 1)

    def test_rewords_a_fact_that_changed(self, finding, tickets):
        tickets.retention_months = 12
        tickets.save()
        reconcile(tickets)
        stored = Finding.objects.get()
        assert "how long people were told" not in stored.fact
        assert stored.history.count() == 2

    def test_resolves_a_fact_that_is_gone(self, finding, tickets):
        answer_questions(tickets)
        reconcile(tickets)
        assert Finding.objects.get().status == "resolved"

    def test_leaves_a_resolved_fact_alone(self, finding, tickets):
        answer_questions(tickets)
        reconcile(tickets), reconcile(tickets)
        assert finding.history.count() == 2

    def test_opens_it_again_when_it_comes_back(self, finding, tickets):
        answer_questions(tickets)
        reconcile(tickets)
        tickets.retention_months = None
        tickets.save()
        with clock.travel_to(clock.now() + timedelta(days=100)):
            reconcile(tickets)
            due = clock.today() + timedelta(days=30)
        stored = Finding.objects.get()
        assert (stored.status, stored.due_on) == ("open", due)

    def test_keeps_what_people_made_of_a_fact_still_there(self, finding, tickets, privacy):
        finding.acknowledge(by=privacy)
        reconcile(tickets)
        assert Finding.objects.get().status == "acknowledged"

    def test_tells_facts_of_one_rule_apart_by_what_they_are_about(self, engineer):
        dataset = make_dataset(engineer, categories=FACES)
        reconcile(dataset)
        assert set(Finding.objects.values_list("requirement__code", "fingerprint")) == {
            ("HOUSE-3", "Faces and traits"),
            ("HOUSE-7", "open questions"),
        }

    def test_runs_before_each_step_and_survives_its_refusal(self, beyond, requester, legal):
        rule = adopt("GDPR-5-1b")
        rule.stops = ["sign"]
        rule.save()
        make_approved(beyond, requester)
        with pytest.raises(Blocked):
            beyond.sign(by=legal, signed_on=clock.today(), signatories="A & B", document_sha256="0" * 64)
        assert Finding.objects.about(beyond).exists()

    def test_is_spared_by_a_step_that_is_refused_anyway(self, tickets, engineer, stranger):
        with pytest.raises(Conflict):
            tickets.revise(by=engineer)
        with pytest.raises(PermissionDenied):
            tickets.submit(by=stranger)
        assert not Finding.objects.about(tickets).exists()

    @pytest.mark.parametrize("out_of_force", [{"status": "retired"}, {"in_force_until": date(2026, 1, 1)}])
    def test_leaves_the_findings_of_a_rule_that_is_not_asked(self, beyond, out_of_force):
        reconcile(beyond)
        rule = Requirement.objects.get(code="GDPR-5-1b")
        for name, value in out_of_force.items():
            setattr(rule, name, value)
        rule.save()
        reconcile(beyond)
        finding = Finding.objects.get(requirement=rule)
        assert (finding.status, finding.history.count()) == ("open", 1)

    @pytest.mark.parametrize(("start", "end", "asked"), [(None, None, 1), (1, None, 0), (None, -1, 0), (0, 0, 1)])
    def test_asks_rules_only_within_their_dates(self, beyond, start, end, asked):
        rule = Requirement.objects.get(code="GDPR-5-1b")
        today = clock.today()
        rule.in_force_from = None if start is None else today + timedelta(days=start)
        rule.in_force_until = None if end is None else today + timedelta(days=end)
        rule.save()
        assert [outcome.requirement.code for outcome in evaluate(beyond)].count("GDPR-5-1b") == asked


class TestFingerprint:
    def test_of_at_most_200_characters_stays_as_it_is(self):
        assert Result(fact="A fact", fingerprint="x" * 200).fingerprint == "x" * 200

    def test_that_is_longer_is_shortened_always_alike_and_still_tells_facts_apart(self):
        first, again, other = (Result(fact="A fact", fingerprint="x" * 500 + end).fingerprint for end in "aab")
        assert len(first) == 200
        assert first == again != other

    def test_of_many_uses_is_written_down(self, requester, cloudy, tickets):
        uses = DataUse.objects.exclude(key="essential.service").order_by("key")[:20]
        agreement = make_agreement(requester, cloudy, [tickets], uses=[use.key for use in uses])
        reconcile(agreement), reconcile(agreement)
        assert Finding.objects.about(agreement).filter(requirement__code="GDPR-5-1b").count() == 1


class TestEvaluate:
    def test_writes_nothing(self, tickets):
        evaluate(tickets)
        assert not Finding.objects.exists()

    def test_puts_the_worst_first(self, case):
        severities = [outcome.requirement.severity for outcome in evaluate(case)]
        assert severities == sorted(severities, key=["critical", "high", "medium", "low"].index)

    def test_asks_few_questions(self, case, django_assert_max_num_queries):
        record = type(case).objects.get()
        with django_assert_max_num_queries(40):
            evaluate(record)
