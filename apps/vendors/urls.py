from django.urls import path

from apps.findings.pages import record_urls
from apps.vendors.models import DueDiligence, Organisation, Questionnaire, Sameness
from apps.vendors.views import diligence, ownership, people, questionnaires, sameness, vendors

app_name = "vendors"
urlpatterns = [
    path("vendors/", vendors.vendor_list, name="list"),
    path("vendors/new/", vendors.vendor_create, name="create"),
    path("vendors/<int:pk>/", vendors.vendor_detail, name="detail"),
    path("vendors/<int:pk>/edit/", vendors.vendor_edit, name="edit"),
    *record_urls(Organisation, prefix="vendors/"),
    path("vendors/<int:pk>/ownership/", ownership.ownership, name="ownership"),
    path("vendors/<int:pk>/ownership/bods.json", ownership.ownership_export, name="ownership_export"),
    path("vendors/bods/", ownership.bods, name="bods"),
    path("vendors/bods/import/", ownership.bods_import, name="bods_import"),
    path("vendors/<int:pk>/due-diligence/new/", diligence.duediligence_create, name="duediligence_create"),
    path("vendors/due-diligence/", diligence.duediligence_list, name="duediligence_list"),
    path("vendors/due-diligence/<int:pk>/", diligence.duediligence_detail, name="duediligence"),
    path("vendors/due-diligence/<int:pk>/answers/", diligence.duediligence_answers, name="duediligence_answers"),
    path("vendors/evidence/<int:pk>/", diligence.evidence, name="evidence"),
    *record_urls(DueDiligence, prefix="vendors/due-diligence/"),
    path("vendors/questionnaires/", questionnaires.questionnaire_list, name="questionnaire_list"),
    path("vendors/questionnaires/<int:pk>/", questionnaires.questionnaire_detail, name="questionnaire"),
    path("vendors/questionnaires/<int:pk>/edit/", questionnaires.questionnaire_edit, name="questionnaire_edit"),
    path("vendors/questionnaires/<int:pk>/renew/", questionnaires.questionnaire_renew, name="questionnaire_renew"),
    path("vendors/questionnaires/<int:pk>/questions/new/", questionnaires.question_create, name="question_create"),
    path("vendors/questions/<int:pk>/edit/", questionnaires.question_edit, name="question_edit"),
    path("vendors/questions/<int:pk>/remove/", questionnaires.question_remove, name="question_remove"),
    *record_urls(Questionnaire, prefix="vendors/questionnaires/"),
    path("vendors/same/", sameness.sameness_list, name="samenesses"),
    path("vendors/same/<int:pk>/", sameness.sameness_detail, name="sameness"),
    *record_urls(Sameness, prefix="vendors/same/"),
    path("people/", people.person_list, name="people"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/<int:pk>/", people.person_detail, name="person"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/positions/new/", people.position_create, name="position_create"),
    path("people/<int:pk>/relations/new/", people.relation_create, name="relation_create"),
    path("interests/mine/", people.my_interests, name="my_interests"),
    path("interests/mine/new/", people.interest_declare, name="interest_declare"),
    path("interests/mine/declare/", people.declaration_create, name="declaration_create"),
    path("interests/new/", people.interest_create, name="interest_create"),
    path("interests/<int:pk>/", people.interest_detail, name="interest"),
    path("interests/<int:pk>/edit/", people.interest_edit, name="interest_edit"),
]
