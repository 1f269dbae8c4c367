"""What the lists of the admin site show of each model. A model that is not named here shows its first short fields."""

from typing import Any

from django.contrib.admin import EmptyFieldListFilter
from django.db.models import Model

from apps.portal.admin.filters import SubjectFilter
from apps.records.kind import Kind
from apps.records.lists import columns_of
from apps.records.registry import kinds

# {label of the model: options of its list}
COLUMNS: dict[str, dict[str, Any]] = {
    "accounts.User": {
        "list_display": ("full_name", "email", "is_active", "is_service", "last_login"),
        "list_filter": ("is_active", "is_service"),
        "search_fields": ("full_name", "email"),
    },
    "accounts.RoleGrant": {
        "list_display": ("user", "role", "granted_by", "confirmed_by", "effective_at", "ended_at"),
        "list_filter": ("role", "effective_at"),
        "search_fields": ("user__full_name", "user__email"),
    },
    "accounts.ApiToken": {
        "list_display": ("name", "user", "scope_names", "parent", "last_used_at", "expires_at", "revoked_at"),
        "list_filter": ("expires_at",),
        "search_fields": ("name", "user__full_name"),
    },
    "workflow.Comment": {
        "list_display": ("id", "kind", "author", "created_at"),
        "list_filter": ("kind", "created_at"),
        "search_fields": ("body", "author__full_name"),
    },
    "workflow.Decision": {
        "list_display": ("at", "by_name", "transition", "from_status", "to_status", "refusal"),
        "list_filter": (SubjectFilter, "at", ("refusal", EmptyFieldListFilter)),
        "search_fields": ("by_name", "transition", "note"),
    },
    "workflow.Vote": {
        "list_display": ("at", "by_name", "role", "verdict", "acting_for", "review"),
        "list_filter": ("role", "verdict", "at"),
        "search_fields": ("by_name", "reason"),
    },
    "workflow.Review": {
        "list_display": ("id", "number", "status", "requester", "due_on"),
        "list_filter": ("status", SubjectFilter, "due_on"),
        "search_fields": ("requester__full_name",),
    },
    "findings.Finding": {
        "list_display": ("fact", "severity", "status", "requirement", "owner_role", "due_on"),
        "list_filter": ("status", "severity", "owner_role"),
        "search_fields": ("fact", "requirement__code", "requirement__title"),
    },
    "findings.Requirement": {
        "list_display": ("code", "title", "status", "severity", "house", "adopted_on"),
        "list_filter": ("status", "severity", "house"),
        "search_fields": ("code", "title", "sentence"),
    },
    "vendors.Organisation": {
        "list_display": ("name", "kind", "status", "jurisdiction", "risk_tier", "owner"),
        "list_filter": ("status", "kind", "risk_tier"),
        "search_fields": ("name", "lei", "identifiers__value"),
    },
    "vendors.Interest": {
        "list_display": ("id", "organisation", "holder_person", "holder_organisation", "type", "starts_on", "ends_on"),
        "list_filter": ("type", "starts_on"),
        "search_fields": ("organisation__name", "holder_person__name", "holder_organisation__name"),
    },
    "vendors.QuestionnaireAnswer": {"list_select_related": ("due_diligence__vendor", "question")},
    "vendors.Evidence": {"list_select_related": ("due_diligence__vendor", "question")},
    "consents.ConsentImport": {
        "list_display": ("id", "kind", "file_name", "recorded_at", "by", "rows", "rejected"),
        "list_filter": ("kind", "recorded_at"),
        "search_fields": ("file_name",),
    },
    "consents.Cohort": {"list_display": ("name", "size", "created_at", "by"), "search_fields": ("name",)},
    "consents.Screening": {
        "list_display": ("id", "cohort", "basis", "permitted", "members", "occurred_by", "by"),
        "list_filter": ("basis", "occurred_by"),
        "search_fields": ("cohort__name",),
    },
    "consents.SubjectLookup": {
        "list_display": ("at", "by", "reason"),
        "list_filter": ("at",),
        "search_fields": ("by__full_name", "reason"),
    },
    "consents.WithdrawalLink": {"list_display": ("id", "lookup", "expires_at", "used_at")},
}


def options_for(model: type[Model]) -> dict[str, Any]:
    """What was chosen here, or what the lists of its kind show, filter and search by."""
    described = next((kind for kind in kinds() if kind.model is model and kind.columns), None)
    return COLUMNS.get(model._meta.label) or (_of_kind(described) if described else {})


def _of_kind(kind: Kind[Any]) -> dict[str, Any]:
    fields = {field.name: field for field in kind.model._meta.concrete_fields}
    columns = [column.name for column in columns_of(kind) if column.name in fields and not column.exported]
    choices = [name for name in kind.filters if name in fields and fields[name].choices]
    return {"list_display": tuple(columns), "list_filter": tuple(choices), "search_fields": kind.searched}
