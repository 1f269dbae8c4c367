from apps.workflow.models.about import AboutModel, AboutQuerySet, Subject, subject_models
from apps.workflow.models.comment import Attachment, Comment, Mention, StoredFile
from apps.workflow.models.decision import Decision
from apps.workflow.models.governed import GovernedModel, Transition, transition, transitioned
from apps.workflow.models.proposal import ConfirmedModel, Proposal
from apps.workflow.models.redaction import Redaction
from apps.workflow.models.review import Review, ReviewedModel
from apps.workflow.models.seat import Seat
from apps.workflow.models.vote import Ask, Condition, Delegation, Vote, digest_of, material

__all__ = [
    "AboutModel",
    "AboutQuerySet",
    "Ask",
    "Attachment",
    "Comment",
    "Condition",
    "ConfirmedModel",
    "Decision",
    "Delegation",
    "GovernedModel",
    "Mention",
    "Proposal",
    "Redaction",
    "Review",
    "ReviewedModel",
    "Seat",
    "StoredFile",
    "Subject",
    "Transition",
    "Vote",
    "digest_of",
    "material",
    "subject_models",
    "transition",
    "transitioned",
]
