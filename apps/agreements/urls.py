from django.urls import path

from apps.agreements import views
from apps.agreements.kinds import AGREEMENTS, TRANSFERS
from apps.records.addresses import record_urls

app_name = "agreements"
urlpatterns = [
    *record_urls(AGREEMENTS),
    path("agreements/<int:pk>/justify/", views.justification_create, name="agreement_justify"),
    *record_urls(TRANSFERS),
    path("transfers/<int:pk>/link/", views.transfer_link, name="transfer_link"),
]
