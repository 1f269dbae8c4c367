"""Which class of recipients of a notice an organisation belongs to: said here and nowhere else."""

from __future__ import annotations

from apps.agreements.models import Agreement, Transfer
from apps.disclosures.recipients import RecipientClass
from apps.vendors.models import Organisation

OF_TYPE = {
    Agreement.Type.PROCESSOR.value: RecipientClass.SERVICE_PROVIDER,
    Agreement.Type.JOINT.value: RecipientClass.BUSINESS_PARTNER,
}


def class_under(agreement: Agreement) -> RecipientClass:
    return _class_of(agreement.counterparty, agreement.type)


def class_of_transfer(transfer: Transfer) -> RecipientClass:
    """An agreement makes somebody a service provider or partner only where it covers the day of the transfer."""
    covering = transfer.cover.agreement
    if covering is None and transfer.ground == Transfer.Ground.LEGAL_PROCESS and transfer.has_confirmed_ground:
        return RecipientClass.LEGAL_PROCESS
    return _class_of(transfer.recipient, covering.type if covering else "")


def _class_of(organisation: Organisation | None, agreement_type: str) -> RecipientClass:
    """A company of our group is one under any agreement. Whom nobody knows counts among any others."""
    if organisation and organisation.is_group:
        return RecipientClass.AFFILIATE
    return OF_TYPE.get(agreement_type, RecipientClass.THIRD_PARTY)
