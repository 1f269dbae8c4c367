"""How records are shown in the admin site: to those who may see them, with their history, and never changed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from apps.accounts.models import User
from apps.core.search import holding
from apps.ledger.models import Entry, RecordedModel, chained_models
from apps.ledger.timeline import Event, timeline
from apps.portal.admin.filters import TableFilter
from apps.portal.visibility import BY_PERMISSION, visible
from apps.workflow.models import AboutModel, GovernedModel
from apps.workflow.models.about import Subject
from apps.workflow.timeline import events_of

MOST_COLUMNS = 6
# What a record carries besides its own facts; shown on its page, not in the list.
UNLISTED = frozenset({"id", "revision", "created_at", "updated_at", "content_type", "object_id", "record_id"})


def listed_fields(model: type[models.Model]) -> list[Any]:
    """The fields that fit into a list when nobody has chosen them: short texts, choices, days, other records."""
    fields = [field for field in model._meta.concrete_fields if field.name not in hidden_always(model) | UNLISTED]
    return [field for field in fields if not isinstance(field, models.TextField | models.JSONField)][:MOST_COLUMNS]


def hidden_always(model: Any) -> frozenset[str]:
    """Secrets and what only some may read, which is never listed, searched or filtered by."""
    return frozenset((*getattr(model, "secret_fields", ()), *getattr(model, "confidential_fields", ())))


class RecordAdmin(admin.ModelAdmin[Any]):
    """Read only for everybody: records change on their pages, through their steps and rules."""

    actions = None
    show_full_result_count = False
    list_per_page = 50
    view_on_site = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        permission = BY_PERMISSION.get(self.model)
        return self.admin_site.has_permission(request) and (permission is None or _user(request).has_perm(permission))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = visible(self.model, _user(request))
        # Django leaves a queryset alone that joins something already, as some managers' do.
        keys = self.list_select_related
        return rows.select_related(*keys) if isinstance(keys, list | tuple) and keys else rows

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only the filters that are offered: any other field could be guessed letter by letter."""
        return lookup.split("__")[0] in {_parameter(entry) for entry in self.get_list_filter(request)}

    # Which fields are shown

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        hidden = hidden_always(self.model)
        if isinstance(obj, GovernedModel):
            hidden = frozenset((*obj.secret_fields, *obj.hidden_fields(_user(request))))
        names = [field.name for field in self.model._meta.concrete_fields if field.name not in hidden]
        if issubclass(self.model, AboutModel):
            return ["subject_link", *(name for name in names if name not in ("content_type", "object_id"))]
        return names

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    def get_list_display(self, request: HttpRequest) -> Any:
        chosen = list(self.list_display) if tuple(self.list_display) != ("__str__",) else self._default_columns()
        return [*chosen, *(["subject_link"] if issubclass(self.model, AboutModel) else [])]

    def _default_columns(self) -> list[str]:
        return list(dict.fromkeys([self.model._meta.pk.name, *(field.name for field in listed_fields(self.model))]))

    def get_list_select_related(self, request: HttpRequest) -> Any:
        given = self.list_select_related
        return given if isinstance(given, list | tuple) and given else self._keys_shown(request) or False

    def _keys_shown(self, request: HttpRequest) -> list[str]:
        shown = set(self.get_list_display(request))
        return [f.name for f in self.model._meta.concrete_fields if f.is_relation and f.name in shown]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return self.list_filter or [
            field.name
            for field in self.model._meta.concrete_fields
            if (field.choices or isinstance(field, models.BooleanField)) and field.name not in hidden_always(self.model)
        ]

    def get_search_fields(self, request: HttpRequest) -> Any:
        texts = (f.name for f in listed_fields(self.model) if isinstance(f, models.CharField) and not f.choices)
        return self.search_fields or list(texts)

    @admin.display(description="Record")
    def subject_link(self, obj: Any) -> str:
        """The record that the row speaks of. By its number: the names of many kinds would be a query for each kind."""
        kind = ContentType.objects.get_for_id(obj.content_type_id)
        words = f"{capfirst(str(kind.name))} {obj.object_id}"
        try:
            url = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[quote(obj.object_id)])
        except NoReverseMatch:
            return words
        return format_html('<a href="{}">{}</a>', url, words)

    # One record

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        obj = self._get_or_404(request, object_id)
        extra = {
            "title": str(obj),
            "subtitle": None,
            "page_url": self.page_url(obj),
            "entry_url": _entries_url(obj),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, extra)

    def page_url(self, obj: Any) -> str:
        """Where the portal itself shows the record."""
        try:
            return str(obj.get_absolute_url())
        except (AttributeError, NotImplementedError):
            return ""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed what, when and why, before and after."""
        obj = self._get_or_404(request, object_id)
        return render_history(self, request, obj, self._events(obj, _user(request)))

    def _events(self, obj: Any, user: User) -> list[Event]:
        if isinstance(obj, GovernedModel):
            return events_of(obj, user)
        if isinstance(obj, Subject) and obj.hides_remarks_from(user):
            return []
        return timeline(obj) if isinstance(obj, RecordedModel) else []

    def _get_or_404(self, request: HttpRequest, object_id: str) -> Any:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        return obj


def render_history(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, obj: Any, events: list[Event]
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"History of {obj}",
        "object": obj,
        "opts": model_admin.opts,
        "module_name": str(capfirst(model_admin.opts.verbose_name_plural)),
        "events": events,
        "entry_url": _entries_url(obj),
    }
    return TemplateResponse(request, "admin/record_history.html", context)


class UserAdmin(RecordAdmin):
    """Accounts. Adding one, granting roles and closing an account are done on the portal's own pages."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _user(request).has_perm("accounts.grant_role")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        return redirect("accounts:user_create")


class EntryAdmin(RecordAdmin):
    """The ledger itself."""

    list_display = ("sequence", "at", "kind", "table_name", "row_id", "actor", "short_hash")
    list_filter: ClassVar[Any] = ("kind", "at", TableFilter)
    search_fields = ("actor",)
    search_help_text = "A number of an entry, “system”, or the name of somebody."

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["sequence", "at", "kind", "table_name", "row_id", "actor", "fields"]
        return [*shown, "full_hash", "full_previous_hash"]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet[Any], bool]:
        words = search_term.replace("\x00", "").strip()
        if not words:
            return queryset, False
        if words.isdecimal() and len(words) < 19:
            return queryset.filter(sequence=int(words)), False
        named = User.objects.filter(holding(words, "full_name") | Q(email__iexact=words))
        actors = [f"user {pk}" for pk in named.values_list("pk", flat=True)[:200]]
        return queryset.filter(actor__in=[words.casefold(), *actors]), False

    @admin.display(description="Hash")
    def short_hash(self, entry: Entry) -> str:
        return f"{bytes(entry.hash).hex()[:16]}…"

    @admin.display(description="Hash")
    def full_hash(self, entry: Entry) -> str:
        return bytes(entry.hash).hex()

    @admin.display(description="Hash of the entry before")
    def full_previous_hash(self, entry: Entry) -> str:
        return bytes(entry.previous_hash).hex()


def _parameter(filter_: Any) -> str:
    """What a filter reads of the address: the name of a field, or a parameter of its own."""
    return str(filter_[0] if isinstance(filter_, tuple) else getattr(filter_, "parameter_name", filter_))


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _entries_url(obj: Any) -> str:
    """The ledger entries of a row that stands on the chain itself, such as a vote."""
    if obj._meta.db_table not in {model._meta.db_table for model, _ in chained_models()}:
        return ""
    return f"{reverse('portal:ledger')}?table_name={obj._meta.db_table}"
