from apps.vendors.api.records import InterestViewSet, OrganisationViewSet, PersonViewSet

__all__ = ["InterestViewSet", "OrganisationViewSet", "PersonViewSet"]
