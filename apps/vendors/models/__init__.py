from apps.vendors.models.interest import Interest, Statement
from apps.vendors.models.organisation import APPROVAL_LASTS, Organisation, OrganisationIdentifier
from apps.vendors.models.person import InterestDeclaration, Person, Position, Relation

__all__ = [
    "APPROVAL_LASTS",
    "Interest",
    "InterestDeclaration",
    "Organisation",
    "OrganisationIdentifier",
    "Person",
    "Position",
    "Relation",
    "Statement",
]
