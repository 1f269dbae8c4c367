from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.datasets.forms import DatasetForm
from apps.datasets.models import Dataset
from apps.datasets.tables import DatasetFilter, DatasetTable
from apps.findings.models import Finding
from apps.findings.pages import edit_form, get_visible, record_context


@require_safe
@login_required
def dataset_list(request: AuthedRequest) -> HttpResponseBase:
    datasets = Dataset.objects.visible_to(request.user).select_related("owner")
    may_add = request.user.has_perm("datasets.add_dataset")
    return render_list(
        request,
        datasets.annotate(worst=Finding.objects.worst_of(Dataset, request.user)),
        table=DatasetTable,
        filterset=DatasetFilter,
        heading="Datasets",
        purpose="Bodies of data about people: where they come from, what they were collected for, how long they stay.",
        create=(reverse("datasets:create"), "Register a dataset") if may_add else None,
        empty="No dataset is registered yet. Engineers register them.",
    )


@require_safe
@login_required
def dataset_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    dataset = get_visible(request, Dataset, pk)
    extra = {"dataset": dataset, "panels": panels_for(dataset, request.user)}
    return render(request, "datasets/detail.html", record_context(request, dataset, "overview", **extra))


@require_http_methods(FORM_METHODS)
@login_required
def dataset_create(request: AuthedRequest) -> HttpResponse:
    if not request.user.has_perm("datasets.add_dataset"):
        raise PermissionDenied("Engineers register datasets.")
    return edit_form(
        request,
        Dataset(),
        DatasetForm,
        heading="Register a dataset",
        lead="What you do not know yet can stay open; it becomes a finding with a date.",
        next_steps="You own the dataset. Submit it when it is complete; legal and privacy then decide.",
        cancel_url=reverse("datasets:list"),
    )


@require_http_methods(FORM_METHODS)
@login_required
def dataset_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    dataset = get_visible(request, Dataset, pk)
    if not request.user.has_perm("datasets.change_dataset", dataset):
        raise PermissionDenied("The owner and the steward of a dataset edit its record.")
    dataset.require_editable()
    return edit_form(request, dataset, DatasetForm, heading=f"Edit: {dataset}", cancel_url=dataset.get_absolute_url())
