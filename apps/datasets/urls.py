from django.urls import path

from apps.datasets import views
from apps.datasets.models import Dataset
from apps.findings.pages import record_urls

app_name = "datasets"
urlpatterns = [
    path("datasets/", views.dataset_list, name="list"),
    path("datasets/new/", views.dataset_create, name="create"),
    path("datasets/<int:pk>/", views.dataset_detail, name="detail"),
    path("datasets/<int:pk>/edit/", views.dataset_edit, name="edit"),
    *record_urls(Dataset, prefix="datasets/"),
]
