from apps.agreements.models.agreement import Agreement, Participant
from apps.agreements.models.justification import Justification
from apps.agreements.models.links import AgreementCategory, AgreementDataset, AgreementUse

__all__ = [
    "Agreement",
    "AgreementCategory",
    "AgreementDataset",
    "AgreementUse",
    "Justification",
    "Participant",
]
