from django.urls import path

from apps.findings import views
from apps.findings.models import Finding, Requirement
from apps.findings.pages import record_urls

app_name = "findings"
urlpatterns = [
    path("findings/", views.finding_list, name="list"),
    path("findings/<int:pk>/", views.finding_detail, name="detail"),
    *record_urls(Finding, prefix="findings/"),
    path("rules/", views.rule_list, name="rules"),
    path("rules/<int:pk>/", views.rule_detail, name="rule"),
    path("rules/<int:pk>/edit/", views.rule_edit, name="edit_rule"),
    *record_urls(Requirement, prefix="rules/"),
]
