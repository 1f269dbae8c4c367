from django.urls import path

from apps.taxonomy import views

app_name = "taxonomy"
urlpatterns = [path("taxonomy/", views.terms, name="terms")]
