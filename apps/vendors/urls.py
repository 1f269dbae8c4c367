from django.urls import path

from apps.findings.pages import record_urls
from apps.vendors import views
from apps.vendors.models import Organisation

app_name = "vendors"
urlpatterns = [
    path("vendors/", views.vendor_list, name="list"),
    path("vendors/new/", views.vendor_create, name="create"),
    path("vendors/<int:pk>/", views.vendor_detail, name="detail"),
    path("vendors/<int:pk>/edit/", views.vendor_edit, name="edit"),
    *record_urls(Organisation, prefix="vendors/"),
    path("people/", views.person_list, name="people"),
    path("people/new/", views.person_create, name="person_create"),
    path("people/<int:pk>/", views.person_detail, name="person"),
    path("people/<int:pk>/edit/", views.person_edit, name="person_edit"),
    path("people/<int:pk>/positions/new/", views.position_create, name="position_create"),
    path("people/<int:pk>/relations/new/", views.relation_create, name="relation_create"),
    path("interests/mine/", views.my_interests, name="my_interests"),
    path("interests/mine/new/", views.interest_declare, name="interest_declare"),
    path("interests/mine/declare/", views.declaration_create, name="declaration_create"),
    path("interests/new/", views.interest_create, name="interest_create"),
    path("interests/<int:pk>/", views.interest_detail, name="interest"),
    path("interests/<int:pk>/edit/", views.interest_edit, name="interest_edit"),
]
