"""Pages of what hangs on records: files, conditions, cover."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS, only_posted, posted
from apps.core.permissions import require
from apps.ledger.once import sent_once
from apps.ledger.pages import decision_page
from apps.workflow.forms import ConditionMetForm, DelegationForm
from apps.workflow.models import Attachment, Condition, Mention


@require_safe
@login_required
def attachment(request: AuthedRequest, pk: int) -> FileResponse:
    """The file as a download, never shown in the page."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user).select_related("comment"), pk=pk)
    if not found.comment.is_readable_by(request.user):
        raise Http404
    return found.as_download()


@require_http_methods(FORM_METHODS)
@login_required
def condition_met(request: AuthedRequest, pk: int) -> HttpResponse:
    condition = get_object_or_404(Condition.objects.visible_to(request.user), pk=pk)
    if condition.vote.review.subject.hides_remarks_from(request.user):
        raise Http404
    sheet = condition.vote.review.get_absolute_url()

    def meet(filled: ConditionMetForm) -> HttpResponse:
        condition.meet(by=request.user, evidence=filled.decided["evidence"])
        return redirect(sheet)

    form = ConditionMetForm(posted(request), record=condition)
    context = {"heading": "A condition is met", "lead": condition.text, "cancel_url": sheet}
    return decision_page(request, form, meet, context)


@login_required
@only_posted(lambda pk: "/")
def mention_read(request: AuthedRequest, pk: int) -> HttpResponse:
    get_object_or_404(Mention, pk=pk, user=request.user).read(by=request.user)
    messages.success(request, "Marked as read.")
    return redirect("/")


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def delegation(request: AuthedRequest) -> HttpResponse:
    """Name a deputy of the same role for given dates."""
    require(request.user, "workflow.add_delegation")
    form = DelegationForm(posted(request), person=request.user)
    if request.method == "POST" and form.is_valid():
        form.save(commit=False).on_behalf(request.user, "cover").save()
        messages.success(request, "Your deputy is recorded and will be shown on the votes.")
        return redirect("accounts:account")
    context = {
        "form": form,
        "heading": "Name a deputy",
        "lead": "Somebody of the same role votes for you while you are away. The vote shows for whom.",
        "cancel_url": reverse("accounts:account"),
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)
