from apps.workflow.api.proposals import WaitingField
from apps.workflow.api.steps import GovernedSerializer, GovernedViewSet
from apps.workflow.api.subjects import SubjectFilterSet, SubjectSerializer

__all__ = ["GovernedSerializer", "GovernedViewSet", "SubjectFilterSet", "SubjectSerializer", "WaitingField"]
