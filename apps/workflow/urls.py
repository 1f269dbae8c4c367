from django.urls import path

from apps.workflow import views

# The steps of reviews and redactions are added in governance/urls.py, from the pages of an upper room.
app_name = "workflow"
urlpatterns = [
    path("files/<int:pk>/", views.attachment, name="attachment"),
    path("conditions/<int:pk>/met/", views.condition_met, name="condition_met"),
    path("mentions/<int:pk>/read/", views.mention_read, name="mention_read"),
    path("account/deputy/", views.delegation, name="delegation"),
]
