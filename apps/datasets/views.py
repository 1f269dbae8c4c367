"""Versions of datasets are registered from the page of the dataset, after the newest one."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS
from apps.core.permissions import require
from apps.datasets.forms import DatasetVersionForm
from apps.datasets.models import Dataset, DatasetVersion
from apps.records.pages import edit_form


@require_http_methods(FORM_METHODS)
@login_required
def version_create(request: AuthedRequest, pk: int) -> HttpResponse:
    dataset = get_object_or_404(Dataset.objects.visible_to(request.user), pk=pk)
    require(request.user, "datasets.add_datasetversion", dataset)
    newest = DatasetVersion.newest_of(dataset)
    return edit_form(
        request,
        DatasetVersion.following(dataset, newest),
        partial(DatasetVersionForm, initial={"parents": [newest.pk] if newest else []}),
        heading=f"New version: {dataset}",
        lead=f"Filled in as version {newest.number} was. Change what is different now." if newest else "",
        next_steps="Submit it when it is complete. Legal and privacy then decide; once they have approved it, it never "
        "changes.",
        cancel_url=dataset.get_absolute_url(),
    )
