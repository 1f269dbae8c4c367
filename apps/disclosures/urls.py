from django.urls import path

from apps.disclosures.models import NoticeVersion, PublicStatement
from apps.disclosures.views import claims, notices, offers, statements, versions
from apps.findings.pages import record_urls

app_name = "disclosures"
urlpatterns = [
    path("disclosures/", versions.version_list, name="list"),
    path("disclosures/notices/", notices.notice_list, name="notices"),
    path("disclosures/notices/new/", notices.notice_create, name="notice_create"),
    path("disclosures/notices/<int:pk>/", notices.notice_detail, name="notice"),
    path("disclosures/notices/<int:pk>/edit/", notices.notice_edit, name="notice_edit"),
    path("disclosures/notices/<int:pk>/compare/", notices.notice_compare, name="compare"),
    path("disclosures/notices/<int:pk>/new-version/", versions.version_create, name="create"),
    path("disclosures/versions/<int:pk>/", versions.version_detail, name="version"),
    path("disclosures/versions/<int:pk>/edit/", versions.version_edit, name="edit"),
    path("disclosures/versions/<int:pk>/new-claim/", claims.claim_create, name="claim_create"),
    path("disclosures/claims/<int:pk>/edit/", claims.claim_edit, name="claim_edit"),
    path("disclosures/claims/<int:pk>/check/", claims.claim_check, name="claim_check"),
    path("disclosures/claims/<int:pk>/remove/", claims.claim_remove, name="claim_remove"),
    path("disclosures/offers/", offers.offer_list, name="offers"),
    path("disclosures/offers/new/", offers.offer_create, name="offer_create"),
    path("disclosures/offers/<int:pk>/", offers.offer_detail, name="offer"),
    path("disclosures/offers/<int:pk>/edit/", offers.offer_edit, name="offer_edit"),
    path("disclosures/statements/", statements.statement_list, name="statements"),
    path("disclosures/statements/new/", statements.statement_create, name="statement_create"),
    path("disclosures/statements/<int:pk>/", statements.statement_detail, name="statement"),
    path("disclosures/statements/<int:pk>/edit/", statements.statement_edit, name="statement_edit"),
    path("disclosures/statements/<int:pk>/new-claim/", claims.statementclaim_create, name="statementclaim_create"),
    path("disclosures/statement-claims/<int:pk>/remove/", claims.statementclaim_remove, name="statementclaim_remove"),
    *record_urls(NoticeVersion, prefix="disclosures/versions/"),
    *record_urls(PublicStatement, prefix="disclosures/statements/"),
]
