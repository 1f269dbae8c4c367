"""Whether the people in a dataset permit what is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from apps.agreements.models import Agreement
from apps.agreements.permission import Permission, is_asked, permissions_under
from apps.findings.models import Result, Source, check

CLEARS = (
    "Privacy, by asking people and recording their answers. Or legal and privacy together, with a reason: for example "
    "that only those who permit it are shared, or that another basis is recorded."
)


@check("HOUSE-23", Agreement, prepare=permissions_under.know)
def not_permitted(agreement: Agreement) -> Iterator[Result]:
    """The number changes daily, so it stands in the detail, and the fact stays the same fact."""
    if not is_asked(agreement):
        yield Result.not_asked("the recipient decides nothing itself")
    else:
        yield from _nobody_recorded(agreement)
    for permission in permissions_under.of(agreement):
        if not permission.is_whole:
            yield _result(permission)


def _nobody_recorded(agreement: Agreement) -> Iterator[Result]:
    if not agreement.datasets.all():
        yield Result.not_asked("no datasets are chosen")
    for dataset in agreement.datasets.all():
        if not dataset.cohort:
            yield Result.not_asked(f"it is not recorded who is in “{dataset}”, so whether they permit it is unknown")


def _result(permission: Permission) -> Result:
    names = " and ".join(use.name for use in permission.needs)
    separately = [use.name for use in permission.needs if use.asked_separately]
    asked = f"Asked separately: {', '.join(separately)}." if separately else ""
    return Result(
        fact=f"Not everybody in “{permission.dataset}” permits {names}: {permission.words} do.",
        fingerprint=f"{permission.dataset.pk} {' '.join(use.key for use in permission.needs)}",
        detail=" ".join([*permission.wider_words, asked]).strip(),
        clears=CLEARS,
        sources=(
            Source(f"Cohort {permission.cohort}", permission.cohort.get_absolute_url()),
            Source(f"Dataset {permission.dataset}", permission.dataset.get_absolute_url()),
        ),
    )
