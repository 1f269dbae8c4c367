from django.urls import path

from apps.disclosures.kinds import STATEMENTS, VERSIONS
from apps.disclosures.views import claims, notices, offers, versions
from apps.records.addresses import record_urls

app_name = "disclosures"
urlpatterns = [
    path("disclosures/", versions.version_list, name="noticeversion_list"),
    path("disclosures/notices/", notices.notice_list, name="notice_list"),
    path("disclosures/notices/new/", notices.notice_create, name="notice_create"),
    path("disclosures/notices/<int:pk>/", notices.notice_detail, name="notice_detail"),
    path("disclosures/notices/<int:pk>/edit/", notices.notice_edit, name="notice_edit"),
    path("disclosures/notices/<int:pk>/compare/", notices.notice_compare, name="notice_compare"),
    path("disclosures/notices/<int:pk>/new-version/", versions.version_create, name="noticeversion_create"),
    path("disclosures/versions/<int:pk>/new-claim/", claims.claim_create, name="claim_create"),
    path("disclosures/claims/<int:pk>/edit/", claims.claim_edit, name="claim_edit"),
    path("disclosures/claims/<int:pk>/check/", claims.claim_check, name="claim_check"),
    path("disclosures/claims/<int:pk>/remove/", claims.claim_remove, name="claim_remove"),
    path("disclosures/offers/", offers.offer_list, name="optoutoffer_list"),
    path("disclosures/offers/new/", offers.offer_create, name="optoutoffer_create"),
    path("disclosures/offers/<int:pk>/", offers.offer_detail, name="optoutoffer_detail"),
    path("disclosures/offers/<int:pk>/edit/", offers.offer_edit, name="optoutoffer_edit"),
    path("disclosures/statements/<int:pk>/new-claim/", claims.statementclaim_create, name="statementclaim_create"),
    path("disclosures/statement-claims/<int:pk>/remove/", claims.statementclaim_remove, name="statementclaim_remove"),
    *record_urls(VERSIONS),
    *record_urls(STATEMENTS),
]
