from django.apps import apps
from django.urls import include, path
from django.utils.module_loading import module_has_submodule
from django.views.generic import RedirectView

from apps.portal.admin import site

handler500 = "apps.portal.errors.server_error"
# Every room with addresses. Those of findings and of what hangs on records lie with the pages that all records share.
rooms = [
    room
    for room in apps.get_app_configs()
    if room.name.startswith("apps.") and module_has_submodule(room.module, "urls")
]
urlpatterns = [
    # First, since its addresses are told from all others by how they begin: each of these is tried in turn.
    path("api/v1/", include("governance.api")),
    *(path("", include(f"{room.name}.urls")) for room in rooms),
    path("", include("apps.records.routes.findings")),
    path("", include("apps.records.routes.workflow")),
    path("admin/", site.urls),
    # The address names a person in comments and on the ledger. Nobody changes their own.
    path("accounts/email/", RedirectView.as_view(pattern_name="accounts:account"), name="account_email"),
    path("accounts/", include("allauth.urls")),
]
