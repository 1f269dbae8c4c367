from apps.vendors.api.diligence import DueDiligenceViewSet, QuestionnaireViewSet
from apps.vendors.api.ownership import StatementViewSet
from apps.vendors.api.records import (
    DeclarationViewSet,
    InterestViewSet,
    OrganisationViewSet,
    PersonViewSet,
    SamenessViewSet,
)

__all__ = [
    "DeclarationViewSet",
    "DueDiligenceViewSet",
    "InterestViewSet",
    "OrganisationViewSet",
    "PersonViewSet",
    "QuestionnaireViewSet",
    "SamenessViewSet",
    "StatementViewSet",
]
