"""What runs by itself and when: seen by all who enter, changed by administrators, and only as to when and whether."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_celery_beat.models import PeriodicTask

from apps.core.comparing import digest, in_words, saved
from apps.ledger.timeline import timeline
from apps.portal.admin.records import render_history

LATE_AFTER = timedelta(minutes=15)  # the worker may be busy with something long


def state_of(task: PeriodicTask) -> str:
    """Whether the task runs when it should: off, never, late or on time."""
    if not task.enabled:
        return "off"
    # Before its first run a task is judged by when somebody last changed its schedule.
    since = task.last_run_at or task.date_changed
    if task.schedule.remaining_estimate(since) < -LATE_AFTER:
        return "late"
    return "on time" if task.last_run_at else "not yet"


TONES = {"off": "yellow", "late": "red", "on time": "green", "not yet": "azure"}
WORDS = {
    "off": "Switched off",
    "late": "Late: it should have run since",
    "on time": "On time",
    "not yet": "Has not had to run yet",
}


class ScheduleBase(admin.ModelAdmin[Any]):
    """Times and tasks are kept: a task is switched off, never removed."""

    actions = None
    view_on_site = False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        return render_history(self, request, obj, timeline(obj))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The history on the ledger says it already."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The history on the ledger says it already."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ScheduleForm(forms.ModelForm[PeriodicTask]):
    """When a task runs, and whether. Carries what it was shown with: another schedule by now is not overwritten."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = PeriodicTask
        fields = ("enabled", "crontab", "interval")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = {name: digest(saved(self, name)) for name in self.fields if name != "seen"}
        self.is_stale = False
        if "seen" in self.fields:
            self.fields["seen"].initial = json.dumps(self.now)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.is_stale = cleaned.get("seen") != json.dumps(self.now)
        if self.is_stale:
            words = [
                f"{self[name].label}: {in_words(self.fields[name], saved(self, name)) or 'nothing'}"
                for name in self.now
            ]
            newest = next(iter(timeline(self.instance)), None)
            by = f" by {newest.who}" if newest else ""
            raise forms.ValidationError(
                f"This was changed{by} after you opened it, and nothing was saved. It now says {'; '.join(words)}. "
                "Open it again, and decide then."
            )
        return cleaned


class ScheduleAdmin(ScheduleBase):
    """The tasks themselves are named by the portal; an administrator says when they run, and whether."""

    list_display = ("name", "state", "enabled", "scheduler", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    form = ScheduleForm
    fields = ("name", "description", "task", "state", "enabled", "crontab", "interval", "last_run_at", "date_changed")
    readonly_fields = ("name", "description", "task", "state", "last_run_at", "date_changed")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("portal.change_schedule"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, "seen") if self.has_change_permission(request, obj) else self.fields

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().render_change_form(request, context, *args, **kwargs)
        if getattr(context["adminform"].form, "is_stale", False):
            response.status_code = 409
        return response

    @admin.display(description="Runs")
    def state(self, task: PeriodicTask) -> SafeString:
        state = state_of(task)
        return format_html('<span class="status status-{}">{}</span>', TONES[state], WORDS[state])


class TimeAdmin(ScheduleBase):
    """A time may be used by many tasks, and is therefore added and chosen, but not changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("portal.change_schedule"))


class CrontabAdmin(TimeAdmin):
    list_display = ("__str__", "human_readable")
    fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")


class IntervalAdmin(TimeAdmin):
    fields: ClassVar[Any] = ("every", "period")
