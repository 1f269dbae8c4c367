from apps.agreements.models.agreement import Agreement, Participant
from apps.agreements.models.coverage import Cover, InForce, covers_for, covers_of
from apps.agreements.models.dated_path import DatedPath
from apps.agreements.models.justification import Justification
from apps.agreements.models.links import AgreementCategory, AgreementDataset, AgreementUse
from apps.agreements.models.reported_in_words import CHANNEL_WORDS
from apps.agreements.models.transfer import Transfer

__all__ = [
    "CHANNEL_WORDS",
    "Agreement",
    "AgreementCategory",
    "AgreementDataset",
    "AgreementUse",
    "Cover",
    "DatedPath",
    "InForce",
    "Justification",
    "Participant",
    "Transfer",
    "covers_for",
    "covers_of",
]
