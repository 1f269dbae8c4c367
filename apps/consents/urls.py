from django.urls import path

from apps.consents.kinds import COHORTS, IMPORTS, SCREENINGS
from apps.consents.views import imports, screenings, start, subjects, withdrawal
from apps.records.addresses import record_urls

app_name = "consents"
urlpatterns = [
    path("consents/", start.start, name="start"),
    *record_urls(IMPORTS),
    *record_urls(COHORTS),
    *record_urls(SCREENINGS),
    path("consents/imports/runs/<int:pk>/", imports.run_detail, name="run"),
    path("consents/imports/runs/<int:pk>/rejects/", imports.run_rejects, name="run_rejects"),
    path("consents/look-ups/", subjects.lookup_list, name="lookups"),
    path("consents/look-ups/new/", subjects.look_up_person, name="look_up"),
    path("consents/look-ups/<int:pk>/", subjects.lookup, name="lookup"),
    path("consents/look-ups/<int:pk>/record.json", subjects.lookup_json, name="lookup_json"),
    path("consents/look-ups/<int:pk>/withdraw/", subjects.lookup_withdraw, name="lookup_withdraw"),
    path("consents/look-ups/<int:pk>/link/", subjects.lookup_link, name="lookup_link"),
    path("consents/look-ups/<int:pk>/forget/", subjects.lookup_forget, name="lookup_forget"),
    path("consents/cohorts/<int:pk>/screen/", screenings.screen, name="screen"),
    path("consents/screenings/<int:pk>/exclusions/", screenings.screening_exclusions, name="screening_exclusions"),
    path("withdraw/<str:token>/", withdrawal.withdrawal, name="withdrawal"),
]
