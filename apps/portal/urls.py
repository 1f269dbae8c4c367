from django.urls import path

from apps.portal import ledger, proofs, views
from apps.portal.health import healthz, healthz_web
from apps.portal.search import search

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("work/count/", views.work_count, name="work_count"),
    path("search/", search, name="search"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/<int:pk>/", ledger.entry, name="entry"),
    path("ledger/<int:pk>/proof/", proofs.proof, name="proof"),
    path("ledger/checkpoint/", proofs.checkpoint, name="checkpoint"),
    path("ledger/verify/", ledger.verify, name="verify"),
    path("ledger/verifications/<int:pk>/", ledger.verification, name="verification"),
    path("healthz", healthz, name="healthz"),
    path("healthz/web", healthz_web, name="healthz_web"),
]
