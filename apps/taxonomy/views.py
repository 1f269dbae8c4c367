from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.taxonomy.models import Combination, DataCategory, DataUse, SubjectType


@require_safe
@login_required
def terms(request: AuthedRequest) -> HttpResponse:
    """Every term that records use, with its place in the tree."""
    context = {
        "heading": "Taxonomy",
        "lead": "The words for data, uses and people. Most come from fideslang by Ethyca (CC BY 4.0).",
        "groups": [
            ("Data categories", DataCategory.objects.all()),
            ("Uses", DataUse.objects.all()),
            ("Whom data is about", SubjectType.objects.all()),
        ],
        "combinations": Combination.objects.prefetch_related("parts__category"),
    }
    return render(request, "taxonomy/terms.html", context)
