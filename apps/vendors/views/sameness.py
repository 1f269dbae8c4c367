"""Whether two records are of one company or one person: the questions, and both records beside each other."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.core.lists import render_list
from apps.records.pages import get_visible, record_context, thread_context
from apps.vendors.models import Organisation, Person, Sameness
from apps.vendors.tables import SamenessFilter, SamenessTable


@require_safe
@login_required
def sameness_list(request: AuthedRequest) -> HttpResponseBase:
    return render_list(
        request,
        Sameness.objects.visible_to(request.user).with_records(),
        table=SamenessTable,
        filterset=SamenessFilter,
        heading="On record twice?",
        purpose="Records that may be of one organisation or one person. Legal and privacy say together whether they "
        "are; until then interests in one count for both, and nothing about them is approved.",
        empty="No record looks like another one.",
    )


@require_safe
@login_required
def sameness_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    question: Sameness = get_visible(request, Sameness, pk)
    extra = {
        "question": question,
        "rows": compared(question),
        "columns": question.records,
        "why_not": question.barred(request.user) if question.is_undecided else "",
        **thread_context(question, request.user),
    }
    return render(request, "vendors/sameness.html", record_context(request, question, "overview", **extra))


def compared(question: Sameness) -> list[dict[str, Any]]:
    """What both records say, line by line, and where it differs."""
    told = [_told(record) for record in question.records]
    return [
        {"label": label, "values": values, "same": len(set(values)) == 1}
        for label, *values in ((label, *(one[label] for one in told)) for label in told[0])
    ]


def _told(record: Organisation | Person) -> dict[str, str]:
    first = record.history.order_by("history_id").select_related("history_user").first()
    added = f"{record.created_on:%-d %b %Y}{f' by {first.history_user}' if first and first.history_user else ''}"
    if isinstance(record, Person):
        return {
            "Name": str(record),
            "Month of birth": record.born,
            "Nationality": record.nationality,
            "Account here": str(record.user or ""),
            "Recorded": added,
        }
    return {
        "Name": record.name,
        "Other and former names": record.other_names,
        "Kind": record.get_kind_display(),
        "Jurisdiction": record.jurisdiction,
        "LEI": record.lei,
        "Numbers in registers": ", ".join(str(identifier) for identifier in record.identifiers.all()),
        "Website": record.domain,
        "State": record.get_status_display(),
        "Owner in our house": str(record.owner or ""),
        "Recorded": added,
    }
