from django.urls import include, path
from django.views.generic import RedirectView

from apps.findings.pages import record_urls, step_url_pattern
from apps.portal.admin import site
from apps.workflow.models import Proposal, Redaction, Review
from apps.workflow.urls import urlpatterns as workflow_urls

# The steps of reviews, redactions and proposals use the pages of an upper room, and so join here. A review is read on
# the sheet of what it is about.
workflow = [
    *workflow_urls,
    step_url_pattern(Review, "reviews/"),
    *record_urls(Redaction, prefix="redactions/"),
    *record_urls(Proposal, prefix="changes/"),
]

handler500 = "apps.portal.errors.server_error"
urlpatterns = [
    # First, since its addresses are told from all others by how they begin: each of these is tried in turn.
    path("api/v1/", include("governance.api")),
    path("", include("apps.portal.urls")),
    path("", include("apps.agreements.urls")),
    path("", include("apps.vendors.urls")),
    path("", include("apps.consents.urls")),
    path("", include("apps.datasets.urls")),
    path("", include("apps.disclosures.urls")),
    path("", include("apps.findings.urls")),
    path("", include("apps.taxonomy.urls")),
    path("", include("apps.notifications.urls")),
    path("", include("apps.accounts.urls")),
    path("", include((workflow, "workflow"))),
    path("admin/", site.urls),
    # The address names a person in comments and on the ledger. Nobody changes their own.
    path("accounts/email/", RedirectView.as_view(pattern_name="accounts:account"), name="account_email"),
    path("accounts/", include("allauth.urls")),
]
