from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.agreements.tasks import expire_agreements, keep_transfers
from apps.core import clock
from apps.disclosures.tasks import supersede_notices
from apps.findings.tasks import sweep_findings
from apps.vendors.tasks import expire_due_diligence, lapse_vendors


class Command(BaseCommand):
    help = "Do now what the night does: end what has ended, then ask every check of every record. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            clock.require_right()
        except clock.WrongClock as refusal:
            raise CommandError(str(refusal)) from refusal
        moved = {
            "Notices that were replaced": supersede_notices(),
            "Agreements that ended": expire_agreements(),
            "Due diligence that ran out": expire_due_diligence(),
            "Approvals that lapsed": lapse_vendors(),
        }
        for words, counted in moved.items():
            self.stdout.write(f"{words}: {counted['moved']}, failed {counted['failed']}.")
        self.stdout.write(f"Transfers kept from other people than before: {keep_transfers()['changed']}.")
        found = sweep_findings()
        self.stdout.write(
            f"Records looked at: {found['records']}. Findings new: {found['new']}, still there: {found['still']}, "
            f"gone: {found['gone']}. Records whose checks failed: {found['failed']}."
        )
