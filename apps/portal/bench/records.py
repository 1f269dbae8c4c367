"""The records the figures are taken on, and the database they are loaded into."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from simple_history.utils import bulk_create_with_history

from apps.accounts.models import Role, RoleGrant, User
from apps.agreements.models import Agreement, AgreementCategory, AgreementDataset, AgreementUse, Transfer
from apps.core import clock
from apps.datasets.models import Dataset
from apps.findings.models import Finding, Requirement
from apps.findings.models.finding import new_finding
from apps.ledger.verify import recorded_models
from apps.taxonomy.models import DataCategory, DataUse
from apps.vendors.models import Organisation, Question, Questionnaire

# Nobody has an address there; it marks what a run that was cut short has left.
DOMAIN = "bench.invalid"
BATCH = 1000
FINDING_EVERY = 10  # so many records have a finding


def holds_records() -> bool:
    """Whether there is anything but reference data and the leftovers of a benchmark."""
    if User.objects.exists():
        return User.objects.exclude(email__endswith=f"@{DOMAIN}").exists()
    reference = {Requirement, Questionnaire, Question} | {
        model for model in recorded_models() if model._meta.app_label == "taxonomy"
    }
    return any(model._base_manager.exists() for model in recorded_models() if model not in reference)


def empty_database() -> None:
    """Remove every record and load the reference data again."""
    tables = connection.introspection.table_names()
    with transaction.atomic():
        for state in ("DISABLE", "ENABLE"):
            with connection.cursor() as cursor:
                for table in tables:
                    cursor.execute(f'ALTER TABLE "{table}" {state} TRIGGER USER')
            if state == "DISABLE":
                call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    ContentType.objects.clear_cache()


def refresh_statistics() -> None:
    """What the database would do by itself some minutes later."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


class Records:
    """A lawyer who sees everything, an engineer who asks, and vendors and agreements as many as are added."""

    def __init__(self) -> None:
        self.lawyer = add_user("lawyer", Role.LEGAL)
        self.engineer = add_user("engineer", Role.ENGINEER)
        self.ours = Organisation(name="Us", kind=Organisation.Kind.OURSELVES)
        self.ours.save()
        self.dataset = Dataset(name="Tickets", owner=self.engineer)
        self.dataset.save()
        self.count = self.last_vendor = self.last_agreement = 0

    def grow_to(self, count: int) -> None:
        """Add vendors and agreements until there are so many of each."""
        for first in range(self.count, count, BATCH):
            with transaction.atomic():
                self._add(range(first, min(first + BATCH, count)))
        self.count = max(count, self.count)
        refresh_statistics()

    def _add(self, numbers: range) -> None:
        vendors = bulk_create_with_history(
            [self.vendor(number, f"Vendor {number:05}") for number in numbers], Organisation
        )
        agreements = bulk_create_with_history(
            [self.agreement(number, vendor) for number, vendor in zip(numbers, vendors, strict=True)], Agreement
        )
        self.last_vendor, self.last_agreement = vendors[-1].pk, agreements[-1].pk
        category, use = DataCategory.objects.all()[0], DataUse.objects.all()[0]
        bulk_create_with_history(
            [AgreementDataset(agreement=a, dataset=self.dataset) for a in agreements], AgreementDataset
        )
        bulk_create_with_history(
            [AgreementCategory(agreement=a, category=category) for a in agreements], AgreementCategory
        )
        bulk_create_with_history([AgreementUse(agreement=a, use=use) for a in agreements], AgreementUse)
        bulk_create_with_history([self.transfer(agreement) for agreement in agreements], Transfer)
        subjects = [*vendors[::FINDING_EVERY], *agreements[::FINDING_EVERY]]
        rules = cycle(Requirement.objects.all())
        findings = [new_finding(next(rules), subject, "bench", fact=f"About {subject}") for subject in subjects]
        bulk_create_with_history(findings, Finding)

    def some_vendor(self) -> Organisation:
        return Organisation.objects.get(pk=self.last_vendor)

    def link(self, agreement: Agreement) -> None:
        """Name data and a use, as in all others."""
        AgreementDataset(agreement=agreement, dataset=self.dataset).save()
        AgreementCategory(agreement=agreement, category=DataCategory.objects.all()[0]).save()
        AgreementUse(agreement=agreement, use=DataUse.objects.all()[0]).save()

    def vendor(self, number: int, name: str) -> Organisation:
        return Organisation(
            name=name,
            status=Organisation.Status.APPROVED,
            purpose="Hosts what people write to us",
            jurisdiction="DE",
            risk_tier=Organisation.RiskTier.LOW,
            owner=self.engineer,
            approved_until=clock.today() + timedelta(days=300),
        )

    def agreement(self, number: int, vendor: Organisation) -> Agreement:
        return Agreement(
            title=f"Agreement {number:05}",
            type=Agreement.Type.PROCESSOR,
            status=Agreement.Status.ACTIVE,
            our_entity=self.ours,
            counterparty=vendor,
            requester=self.engineer,
            sponsor=self.lawyer,
            purpose="They host our tickets",
            starts_on=clock.today(),
            ends_on=clock.today() + timedelta(days=365),
        )

    def transfer(self, agreement: Agreement) -> Transfer:
        return Transfer(
            dataset=self.dataset,
            recipient=agreement.counterparty,
            agreement=agreement,
            transferred_on=clock.today(),
            channel=Transfer.Channel.SFTP,
            reporter=self.engineer,
            released_at=clock.now(),
        )


def add_user(name: str, role: Role) -> User:
    user = User.objects.create_user(f"{name.replace(' ', '.')}@{DOMAIN}", full_name=name.title())
    RoleGrant(user=user, role=Group.objects.get(name=role.value), effective_at=clock.now()).save()
    return user
