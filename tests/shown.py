"""What honest people send along with a decision: the version that they were shown, here always the present one."""

import re

from django.test import Client
from django.urls import Resolver404, resolve
from django_celery_beat.models import PeriodicTask

from apps.accounts.models import RoleGrant, User
from apps.agreements.models import Agreement
from apps.disclosures.models import Claim, StatementClaim
from apps.portal.admin.schedules import ScheduleForm
from apps.vendors.models import Question
from apps.workflow.models import Condition
from governance.api import router

API = "/api/v1/"
# Where the API has each model.
MODELS = {prefix: viewset.queryset.model for prefix, viewset, _ in router.registry if hasattr(viewset, "queryset")}
# The operations of the API that decide about a record, beside its steps.
DECIDING = {
    "POST agreements/{id}/justification/",
    "POST conditions/{id}/meet/",
    "POST notice-claims/{id}/check/",
    "POST notice-claims/{id}/remove/",
    "POST reviews/{id}/votes/",
    "POST roles/{id}/confirm/",
    "POST roles/{id}/end/",
    "POST statement-claims/{id}/remove/",
    "POST transfers/{id}/link/",
}
# The pages that do, beside those of steps and votes, with what their number is of.
PAGES = {
    "accounts:close": User,
    "accounts:grant_confirm": RoleGrant,
    "accounts:grant_end": RoleGrant,
    "accounts:reopen": User,
    "agreements:agreement_justify": Agreement,
    "disclosures:claim_check": Claim,
    "disclosures:claim_remove": Claim,
    "disclosures:statementclaim_remove": StatementClaim,
    "vendors:question_remove": Question,
    "workflow:condition_met": Condition,
}


def decides(method, path):
    general = f"{method} {re.sub(r'/[0-9]+/', '/{id}/', path)}"
    return general in DECIDING or (method == "POST" and "/transitions/" in path)


def shown_in_api(path):
    """What a decision at this address of the API is given beside what people fill in."""
    address = re.fullmatch(r"([a-z-]+)/([0-9]{1,18})/.+", path)
    if not address or not decides("POST", path):
        return {}
    model = MODELS[address[1]]
    names = ("digest", "facts") if path.endswith("/votes/") else model.shown_by
    return _of(model._base_manager.filter(pk=address[2]).first(), names)


def shown_on_page(path):
    """The hidden fields of the form that is sent to this address, or what a script of the page sends to the API."""
    if path.startswith(API):
        return shown_in_api(path.removeprefix(API))
    try:
        page = resolve(path)
    except Resolver404:
        return {}
    if page.view_name == "admin:django_celery_beat_periodictask_change":
        task = PeriodicTask.objects.get(pk=page.kwargs["object_id"])
        return {"seen": ScheduleForm(instance=task).fields["seen"].initial}
    kind = page.kwargs.get("kind")
    model = kind.model if kind else PAGES.get(page.view_name)
    record = model and model._base_manager.filter(pk=page.kwargs.get("pk")).first()
    if page.view_name.endswith("_vote"):
        return _of(record and record.review, ("number", "digest", "facts"))
    if page.view_name.endswith("_step") or page.view_name in PAGES:
        return _of(record, model.shown_by)
    return {}


def _of(record, names):
    return {name: getattr(record, name) for name in names} if record else {}


class Tab(Client):
    """A browser whose forms are as new as the record that they are about, unless it is told otherwise."""

    def post(self, path, data=None, *args, **more):
        shown = shown_on_page(path) if data is None or isinstance(data, dict) else {}
        return super().post(path, {**shown, **(data or {})} if shown else data, *args, **more)

    def request(self, **request):
        """Where a template goes on in the next line, people read a space."""
        response = super().request(**request)
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            response.content = re.sub(rb"\n {2,}", b" ", response.content)
        return response
