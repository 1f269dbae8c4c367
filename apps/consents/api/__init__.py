from apps.consents.api.answers import EventViewSet, ImportRunViewSet, ImportViewSet
from apps.consents.api.cohorts import CohortViewSet, ScreeningViewSet
from apps.consents.api.lookups import LookupViewSet

__all__ = [
    "CohortViewSet",
    "EventViewSet",
    "ImportRunViewSet",
    "ImportViewSet",
    "LookupViewSet",
    "ScreeningViewSet",
]
