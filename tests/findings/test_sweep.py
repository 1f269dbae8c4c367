"""The sweep over every check of every record."""

from datetime import date, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.agreements.models import Agreement, Transfer
from apps.core import clock
from apps.core.reading import KNOWN
from apps.datasets.models import Dataset
from apps.findings.models import Finding, Requirement, checked_codes, checked_models, evaluate_all, reconcile_all
from apps.findings.sweep import batches
from apps.findings.tasks import sweep_findings
from apps.vendors.models import Organisation, Person
from tests.factories import make_agreement, make_dataset, make_interest, make_organisation, make_person, make_vendor
from tests.findings.test_reconcile import answer_questions

FEW, MANY = 5, 60


class TestSweep:
    def test_finds_what_every_check_finds(self, case, lumen):
        counted = sweep_findings()
        found = {(f.requirement.code, f.subject) for f in Finding.objects.select_related("requirement")}
        assert ("HOUSE-5", lumen) in found
        assert ("OKC-4", case) in found
        assert counted["new"] >= 2
        assert not counted["failed"]
        assert counted["records"] == sum(model._base_manager.count() for model in checked_models())

    def test_again_changes_nothing(self, case):
        first = sweep_findings()
        history = Finding.history.count()
        again = sweep_findings()
        assert (again["new"], again["gone"], again["still"]) == (0, 0, first["new"] + first["still"])
        assert Finding.history.count() == history

    def test_counts_what_is_gone(self, tickets):
        sweep_findings()
        answer_questions(tickets)
        assert sweep_findings()["gone"] == 1

    def test_opens_what_was_accepted_until_a_day_that_has_passed(self, tickets, privacy):
        sweep_findings()
        finding = Finding.objects.about(tickets).get()
        finding.accept(by=privacy, note="For now", until=clock.today() + timedelta(days=10))
        for days, status in [(10, "accepted"), (11, "open")]:
            with clock.travel_to(clock.now() + timedelta(days=days)):
                sweep_findings()
            finding.refresh_from_db()
            assert finding.status == status

    def test_goes_on_past_a_record_whose_check_fails_and_names_nobody(self, tickets, engineer, monkeypatch, caplog):
        other = make_dataset(engineer, "Other")
        asked = Dataset.open_questions

        def fail_for_tickets(self):
            if self.pk == tickets.pk:
                raise RuntimeError(f"{self} of {self.owner}")
            return asked(self)

        monkeypatch.setattr(Dataset, "open_questions", fail_for_tickets)
        assert sweep_findings()["failed"] == 1
        assert Finding.objects.about(other).exists()
        assert f"The checks of dataset no. {tickets.pk} failed: RuntimeError" in caplog.text
        assert "Tickets" not in caplog.text

    def test_takes_all_rows_in_batches_by_their_keys(self, engineer):
        made = [make_dataset(engineer, f"Set {number}").pk for number in range(5)]
        assert [len(batch) for batch in batches(Dataset, 2)] == [2, 2, 1]
        assert [key for batch in batches(Dataset, 2) for key in batch] == sorted(made)


def queries(model):
    reconcile_all(model, list(model._base_manager.values_list("pk", flat=True)))  # what changed is written
    ContentType.objects.clear_cache()
    with CaptureQueriesContext(connection) as captured:
        counted = reconcile_all(model, list(model._base_manager.values_list("pk", flat=True)))
    assert counted["new"] == counted["gone"] == 0
    return counted["records"], len(captured)


class TestQueriesOfABatch:
    """When nothing changed, many records cost as many queries as few."""

    def test_of_agreements(self, case, requester, engineer, lumen, legal):
        self.grow(requester, engineer, lumen, FEW, "few")
        few = queries(Agreement)
        self.grow(requester, engineer, lumen, MANY, "many")
        many = queries(Agreement)
        assert many[0] > few[0] + MANY - 1
        assert many[1] == few[1] <= 40

    def grow(self, requester, engineer, lumen, count, name):
        for number in range(count):
            vendor = lumen if number % 3 == 0 else make_vendor(f"Vendor {name} {number}")
            dataset = make_dataset(engineer, f"Set {name} {number}", uses=["train_ai_system"])
            fields = {"sponsor": engineer, "status": "active", "ends_on": clock.today() + timedelta(days=number)}
            agreement = make_agreement(requester, vendor, [dataset], **fields)
            if number % 2:
                agreement.status = "draft"
                agreement.save()
                agreement.submit(by=requester)

    def test_of_vendors(self, lumen, founder):
        for count, name in ((FEW, "few"), (MANY, "many")):
            for number in range(count):
                vendor = make_vendor(f"Vendor {name} {number}")
                fund = make_organisation(f"Fund {name} {number}", kind="fund")
                make_interest(founder.person, fund, 10)
                make_interest(fund, vendor, 10)
            asked = queries(Organisation)
            if name == "few":
                few = asked
        assert asked[0] == few[0] + 2 * MANY
        assert asked[1] == few[1]

    def test_of_datasets(self, engineer, cloudy, legal):
        for count, name in ((FEW, "few"), (MANY, "many")):
            for number in range(count):
                dataset = make_dataset(engineer, f"Set {name} {number}", categories=["user.content.self_image"])
                self.transfer(dataset, cloudy, legal)
            asked = queries(Dataset)
            if name == "few":
                few = asked
        assert asked[0] == few[0] + MANY
        assert asked[1] == few[1]

    def test_of_transfers_on_one_day(self, engineer, lumen, legal):
        for count, name in ((FEW, "few"), (MANY, "many")):
            dataset = make_dataset(engineer, f"Set {name}")
            for _ in range(count):
                self.transfer(dataset, lumen, legal)
            asked = queries(Transfer)
            if name == "few":
                few = asked
        assert asked[0] == few[0] + MANY
        assert asked[1] == few[1]

    def transfer(self, dataset, recipient, reporter):
        now = clock.now()
        Transfer(
            dataset=dataset,
            recipient=recipient,
            transferred_on=date(2014, 9, 15),
            channel="personal_mail",
            reporter=reporter,
            reported_at=now,
            released_at=now,
        ).save()

    def test_of_people(self, cast, ours):
        for number, user in enumerate(list(cast.values())):
            make_person(f"Person {number}", user=user)
            if number == FEW:
                few = queries(Person)
        assert queries(Person) == (len(cast), few[1])


class TestEvaluateAll:
    def test_of_nothing_is_nothing(self, db):
        assert evaluate_all([]) == []

    def test_leaves_what_others_had_loaded_and_nothing_of_its_own(self, support):
        agreement = Agreement.objects.prefetch_related("uses").get()
        before = list(agreement.uses.all())
        evaluate_all([agreement])
        assert list(agreement.uses.all()) == before
        assert KNOWN not in vars(agreement)
        assert set(agreement._prefetched_objects_cache) == {"uses"}


def test_a_rule_is_asked_of_every_model_that_builds_on_the_one_it_names(db):
    rule = Requirement.objects.get(code="HOUSE-16")
    asked = {model for model in checked_models() if rule.code in checked_codes(model)}
    assert {Agreement, Dataset, Organisation} <= asked
    assert Person not in asked
