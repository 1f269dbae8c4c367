from django.urls import include, path
from django.views.generic import RedirectView

from apps.portal.admin import site

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
    path("", include("apps.records.routes.findings")),
    path("", include("apps.taxonomy.urls")),
    path("", include("apps.notifications.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.records.routes.workflow")),
    path("admin/", site.urls),
    # The address names a person in comments and on the ledger. Nobody changes their own.
    path("accounts/email/", RedirectView.as_view(pattern_name="accounts:account"), name="account_email"),
    path("accounts/", include("allauth.urls")),
]
