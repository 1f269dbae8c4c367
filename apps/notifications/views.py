from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.core import clock
from apps.core.lists import render_list
from apps.notifications.models import Message, NightlyRun
from apps.notifications.tables import MessageFilter, MessageTable


@require_safe
@login_required
def message_list(request: AuthedRequest) -> HttpResponseBase:
    last = NightlyRun.objects.finished().first()
    ran = (
        f" The last nightly run ended on {clock.local(last.finished_at):%-d %b %Y at %H:%M}."
        if last and last.finished_at
        else ""
    )
    return render_list(
        request,
        Message.objects.visible_to(request.user).select_related("recipient"),
        table=MessageTable,
        filterset=MessageFilter,
        heading="Mail",
        purpose=f"What the portal wrote to people, and when. Only who received a mail can read it here.{ran}",
        empty="The portal has not written to you yet. It does so when something waits for you.",
    )


@require_safe
@login_required
def message_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """What the mail says, for whom it was written and for nobody else."""
    message = get_object_or_404(Message.objects.select_related("recipient"), pk=pk, recipient=request.user)
    return render(request, "notifications/message.html", {"heading": message.subject, "message": message})
