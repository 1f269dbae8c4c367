"""Files, conditions and deputies, whose views lie in the room itself, and the records that share the common pages."""

from django.urls import path

from apps.records.addresses import record_urls
from apps.records.kinds import PROPOSALS, REDACTIONS, REVIEWS
from apps.records.views.redactions import redaction_create
from apps.workflow import views

app_name = "workflow"
urlpatterns = [
    path("files/<int:pk>/", views.attachment, name="attachment"),
    path("conditions/<int:pk>/met/", views.condition_met, name="condition_met"),
    path("mentions/<int:pk>/read/", views.mention_read, name="mention_read"),
    path("account/deputy/", views.delegation, name="delegation"),
    path("redactions/new/<str:model>/<int:pk>/", redaction_create, name="redaction_create"),
    *record_urls(REDACTIONS),
    *record_urls(PROPOSALS),
    *record_urls(REVIEWS),
]
