from apps.vendors.models.diligence import DueDiligence, Evidence, QuestionnaireAnswer
from apps.vendors.models.interest import Interest, Statement
from apps.vendors.models.organisation import APPROVAL_LASTS, Organisation, OrganisationIdentifier, require_answered
from apps.vendors.models.person import InterestDeclaration, Person, Position, Relation
from apps.vendors.models.questionnaire import Question, Questionnaire
from apps.vendors.models.sameness import Sameness

__all__ = [
    "APPROVAL_LASTS",
    "DueDiligence",
    "Evidence",
    "Interest",
    "InterestDeclaration",
    "Organisation",
    "OrganisationIdentifier",
    "Person",
    "Position",
    "Question",
    "Questionnaire",
    "QuestionnaireAnswer",
    "Relation",
    "Sameness",
    "Statement",
    "require_answered",
]
