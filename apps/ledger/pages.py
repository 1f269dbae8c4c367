"""Pages on which somebody decides about a record, or makes one: what was shown, and what was sent before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.exceptions import StaleEdit
from apps.ledger.models import RecordedT
from apps.ledger.once import sent_once
from apps.ledger.timeline import changed_since


def as_posted(request: HttpRequest, record: RecordedT) -> RecordedT:
    """The record, as the button that was pressed says it was shown; see components/shown.html."""
    shown: RecordedT = record.as_shown(revision=request.POST.get("revision", ""))  # type: ignore[attr-defined]
    return shown


def stale_context(error: StaleEdit, user: Any) -> dict[str, Any]:
    """What components/stale.html says."""
    record = error.obj
    return {
        "record": record,
        "url": record.get_absolute_url() if hasattr(record, "get_absolute_url") else "",
        "events": changed_since(record, error.shown, user),
    }


@sent_once
def decision_page(
    request: HttpRequest,
    form: Any,
    decide: Callable[[Any], HttpResponse],
    context: dict[str, Any],
    template: str = "components/form_page.html",
) -> HttpResponse:
    """Ask for what a decision needs, on GET; take it, on POST. `decide` is given the valid form and answers.

    When the record is no longer what the form was shown with, nothing is done: the page says what changed, and asks
    again with what was typed.
    """
    stale, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                form.record.as_shown(**form.shown)
                return decide(form)
            except StaleEdit as error:
                stale, status = {**stale_context(error, request.user), "typed": True}, 409
                form.show_present()
            except ValidationError as error:
                add_errors(form, error)
    return render(request, template, {**context, "form": form, "stale": stale}, status=status)


def add_errors(form: Any, error: ValidationError) -> None:
    """Put a model's errors beside the form's fields; what belongs to no field goes on top, and is said once."""
    fields = error.error_dict if hasattr(error, "error_dict") else {"__all__": error.error_list}
    for name, errors in fields.items():
        said = [] if name in form.fields else form.non_field_errors()
        if new := [one for one in errors if not set(one.messages) <= set(said)]:
            form.add_error(name if name in form.fields else None, new)
