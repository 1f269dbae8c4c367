"""The addresses under /api/v1/."""

from typing import Any

from django.urls import include, path, re_path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from apps.accounts.api import RoleGrantViewSet, TokenViewSet, UserViewSet
from apps.agreements.api import AgreementViewSet, TransferViewSet
from apps.consents.api import (
    CohortViewSet,
    EventViewSet,
    ImportRunViewSet,
    ImportViewSet,
    LookupViewSet,
    ScreeningViewSet,
)
from apps.datasets.api import DatasetVersionViewSet
from apps.disclosures.api import (
    ClaimViewSet,
    NoticeVersionViewSet,
    NoticeViewSet,
    OptOutOfferViewSet,
    PublicStatementViewSet,
    StatementClaimViewSet,
)
from apps.findings.api import FindingViewSet, RequirementViewSet
from apps.notifications.api import WorkView
from apps.portal.api import ConsistencyView, EntryViewSet, VerificationView
from apps.portal.views import api_docs
from apps.records.api import viewset_of
from apps.records.registry import kinds
from apps.taxonomy.api import DataCategoryViewSet, DataUseViewSet, SubjectTypeViewSet
from apps.vendors.api import (
    DeclarationViewSet,
    DueDiligenceViewSet,
    InterestViewSet,
    OrganisationViewSet,
    PersonViewSet,
    QuestionnaireViewSet,
    SamenessViewSet,
    StatementViewSet,
)
from apps.workflow.api.proposals import ProposalViewSet
from apps.workflow.api.redactions import RedactionViewSet
from apps.workflow.api.reviews import ConditionViewSet, ReviewViewSet
from apps.workflow.api.threads import AttachmentViewSet, CommentViewSet


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the schema how a token is sent."""

    target_class = "apps.accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token KEY`, with the key that was shown when the token was issued.",
        }


class NothingHere(APIView):
    """An address that does not exist, in the shape of every other error."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing at this address. Addresses of the API end with a slash.")


# Each is named after its model, which is how a review or finding leads to what it is about.
router = DefaultRouter()
router.include_format_suffixes = False
router.register("agreements", AgreementViewSet, basename="agreement")
router.register("categories", DataCategoryViewSet, basename="datacategory")
router.register("cohorts", CohortViewSet, basename="cohort")
router.register("comments", CommentViewSet, basename="comment")
router.register("conditions", ConditionViewSet, basename="condition")
router.register("consent-events", EventViewSet, basename="consentevent")
router.register("consent-import-runs", ImportRunViewSet, basename="importrun")
router.register("consent-imports", ImportViewSet, basename="consentimport")
router.register("dataset-versions", DatasetVersionViewSet, basename="datasetversion")
router.register("declarations", DeclarationViewSet, basename="interestdeclaration")
router.register("due-diligence", DueDiligenceViewSet, basename="duediligence")
router.register("files", AttachmentViewSet, basename="attachment")
router.register("findings", FindingViewSet, basename="finding")
router.register("interests", InterestViewSet, basename="interest")
router.register("ledger", EntryViewSet, basename="entry")
router.register("notice-claims", ClaimViewSet, basename="claim")
router.register("notice-versions", NoticeVersionViewSet, basename="noticeversion")
router.register("notices", NoticeViewSet, basename="notice")
router.register("opt-out-offers", OptOutOfferViewSet, basename="optoutoffer")
router.register("ownership-statements", StatementViewSet, basename="statement")
router.register("people", PersonViewSet, basename="person")
router.register("public-statements", PublicStatementViewSet, basename="publicstatement")
router.register("questionnaires", QuestionnaireViewSet, basename="questionnaire")
router.register("proposals", ProposalViewSet, basename="proposal")
router.register("redactions", RedactionViewSet, basename="redaction")
router.register("reviews", ReviewViewSet, basename="review")
router.register("roles", RoleGrantViewSet, basename="rolegrant")
router.register("rules", RequirementViewSet, basename="requirement")
router.register("same-records", SamenessViewSet, basename="sameness")
router.register("screenings", ScreeningViewSet, basename="screening")
router.register("statement-claims", StatementClaimViewSet, basename="statementclaim")
router.register("subject-lookups", LookupViewSet, basename="subjectlookup")
router.register("subject-types", SubjectTypeViewSet, basename="subjecttype")
router.register("tokens", TokenViewSet, basename="apitoken")
router.register("transfers", TransferViewSet, basename="transfer")
router.register("users", UserViewSet, basename="user")
router.register("uses", DataUseViewSet, basename="datause")
router.register("vendors", OrganisationViewSet, basename="organisation")
# What has no door of its own above is read and written as its form says.
_own = {viewset.queryset.model for _, viewset, _ in router.registry if hasattr(viewset, "queryset")}
for _kind in kinds():
    if _kind.form and _kind.model not in _own:
        router.register(_kind.path, viewset_of(_kind), basename=_kind.name)

app_name = "api"
urlpatterns = [
    path("docs/", api_docs, name="docs"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("work/", WorkView.as_view(), name="work"),
    path("ledger/consistency/", ConsistencyView.as_view(), name="consistency"),
    path("ledger/verification/", VerificationView.as_view(), name="verification"),
    path("", include(router.urls)),
    re_path("", NothingHere.as_view()),
]
