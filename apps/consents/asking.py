"""From what a form asks to cohorts and screenings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse

from apps.consents.models import Cohort, Screening

if TYPE_CHECKING:
    from apps.accounts.models import User


def add_cohort(name: str, file: Any, *, by: User) -> Cohort:
    raise NotImplementedError


def screen_for(cohort: Cohort, asked: dict[str, Any], *, by: User) -> Screening:
    raise NotImplementedError


def exclusion_list(screening: Screening) -> StreamingHttpResponse:
    raise NotImplementedError
