from django.urls import path

from apps.records.addresses import record_urls
from apps.vendors.kinds import DILIGENCE, ORGANISATIONS, PEOPLE, QUESTIONNAIRES, TWINS
from apps.vendors.views import diligence, ownership, people, questionnaires

app_name = "vendors"
urlpatterns = [
    *record_urls(ORGANISATIONS),
    path("vendors/<int:pk>/ownership/", ownership.ownership, name="organisation_ownership"),
    path("vendors/<int:pk>/ownership/bods.json", ownership.ownership_export, name="organisation_ownership_export"),
    path("vendors/bods/", ownership.bods, name="bods"),
    path("vendors/bods/import/", ownership.bods_import, name="bods_import"),
    path("vendors/<int:pk>/due-diligence/new/", diligence.duediligence_create, name="duediligence_create"),
    path("vendors/due-diligence/<int:pk>/answers/", diligence.duediligence_answers, name="duediligence_answers"),
    path("vendors/evidence/<int:pk>/", diligence.evidence, name="evidence"),
    *record_urls(DILIGENCE),
    path("vendors/questionnaires/<int:pk>/renew/", questionnaires.questionnaire_renew, name="questionnaire_renew"),
    path("vendors/questionnaires/<int:pk>/questions/new/", questionnaires.question_create, name="question_create"),
    path("vendors/questions/<int:pk>/edit/", questionnaires.question_edit, name="question_edit"),
    path("vendors/questions/<int:pk>/remove/", questionnaires.question_remove, name="question_remove"),
    *record_urls(QUESTIONNAIRES),
    *record_urls(TWINS),
    *record_urls(PEOPLE),
    path("people/<int:pk>/positions/new/", people.position_create, name="position_create"),
    path("people/<int:pk>/relations/new/", people.relation_create, name="relation_create"),
    path("interests/mine/", people.my_interests, name="my_interests"),
    path("interests/mine/new/", people.interest_declare, name="interest_declare"),
    path("interests/mine/declare/", people.declaration_create, name="declaration_create"),
    path("interests/new/", people.interest_create, name="interest_create"),
    path("interests/<int:pk>/", people.interest_detail, name="interest_detail"),
    path("interests/<int:pk>/edit/", people.interest_edit, name="interest_edit"),
]
