from django.urls import path

from apps.agreements import views
from apps.agreements.models import Agreement, Transfer
from apps.findings.pages import record_urls

app_name = "agreements"
urlpatterns = [
    path("agreements/", views.agreement_list, name="list"),
    path("agreements/new/", views.agreement_create, name="create"),
    path("agreements/<int:pk>/", views.agreement_detail, name="detail"),
    path("agreements/<int:pk>/edit/", views.agreement_edit, name="edit"),
    path("agreements/<int:pk>/justify/", views.justification_create, name="justify"),
    *record_urls(Agreement, prefix="agreements/"),
    path("transfers/", views.transfer_list, name="transfers"),
    path("transfers/new/", views.transfer_create, name="transfer_create"),
    path("transfers/<int:pk>/", views.transfer_detail, name="transfer"),
    path("transfers/<int:pk>/link/", views.transfer_link, name="transfer_link"),
    *record_urls(Transfer, prefix="transfers/"),
]
