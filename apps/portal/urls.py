from django.urls import path

from apps.portal import views
from apps.portal.health import healthz

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("ledger/", views.ledger, name="ledger"),
    path("redactions/", views.redaction_list, name="redactions"),
    path("redactions/new/<str:kind>/<int:pk>/", views.redaction_create, name="redact"),
    path("redactions/<int:pk>/", views.redaction_detail, name="redaction"),
    path("healthz", healthz, name="healthz"),
]
