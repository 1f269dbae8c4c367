from django.urls import path

from apps.consents.views import cohorts, imports, screenings, start, subjects, withdrawal

app_name = "consents"
urlpatterns = [
    path("consents/", start.start, name="start"),
    path("consents/imports/", imports.import_list, name="imports"),
    path("consents/imports/new/", imports.import_create, name="import_create"),
    path("consents/imports/<int:pk>/", imports.import_detail, name="import"),
    path("consents/imports/runs/<int:pk>/", imports.run_detail, name="run"),
    path("consents/imports/runs/<int:pk>/rejects/", imports.run_rejects, name="run_rejects"),
    path("consents/look-ups/", subjects.lookup_list, name="lookups"),
    path("consents/look-ups/new/", subjects.look_up_person, name="look_up"),
    path("consents/look-ups/<int:pk>/", subjects.lookup, name="lookup"),
    path("consents/look-ups/<int:pk>/record.json", subjects.lookup_json, name="lookup_json"),
    path("consents/look-ups/<int:pk>/withdraw/", subjects.lookup_withdraw, name="lookup_withdraw"),
    path("consents/look-ups/<int:pk>/link/", subjects.lookup_link, name="lookup_link"),
    path("consents/look-ups/<int:pk>/forget/", subjects.lookup_forget, name="lookup_forget"),
    path("consents/cohorts/", cohorts.cohort_list, name="cohorts"),
    path("consents/cohorts/new/", cohorts.cohort_create, name="cohort_create"),
    path("consents/cohorts/<int:pk>/", cohorts.cohort_detail, name="cohort"),
    path("consents/cohorts/<int:pk>/screen/", screenings.screen, name="screen"),
    path("consents/screenings/", screenings.screening_list, name="screenings"),
    path("consents/screenings/<int:pk>/", screenings.screening_detail, name="screening"),
    path("consents/screenings/<int:pk>/exclusions/", screenings.screening_exclusions, name="screening_exclusions"),
    path("withdraw/<str:token>/", withdrawal.withdrawal, name="withdrawal"),
]
