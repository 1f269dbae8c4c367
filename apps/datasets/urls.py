from django.urls import path

from apps.datasets import views
from apps.datasets.kinds import DATASETS, VERSIONS
from apps.records.addresses import record_urls

app_name = "datasets"
urlpatterns = [
    path("datasets/<int:pk>/new-version/", views.version_create, name="datasetversion_create"),
    *record_urls(DATASETS),
    *record_urls(VERSIONS),
]
