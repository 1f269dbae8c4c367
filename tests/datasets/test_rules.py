"""Who may do what with a dataset."""

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.datasets.models import Dataset

VERBS = ("change", "submit", "revise", "retire", "approve", "reject")

#                  add   change submit revise retire   (approve and reject are made by votes of reviewers)
MATRIX = {
    "engineer":      (1, 1, 1, 1, 1, 0, 0),   # the owner
    "requester":     (0, 1, 1, 1, 1, 0, 0),   # the steward
    "stranger":      (0, 0, 0, 0, 0, 0, 0),
    "legal":         (0, 0, 0, 0, 1, 1, 1),
    "privacy":       (0, 0, 0, 0, 1, 1, 1),
    "independent":   (0, 0, 0, 0, 0, 1, 1),
    "dpo":           (0, 0, 0, 0, 0, 0, 0),
    "executive":     (0, 0, 0, 0, 0, 0, 0),
    "auditor":       (0, 0, 0, 0, 0, 0, 0),
    "administrator": (0, 0, 0, 0, 0, 0, 0),
}  # fmt: skip


@pytest.fixture
def stewarded(tickets, requester):
    tickets.steward = requester
    tickets.save()
    return tickets


@pytest.mark.parametrize("name", MATRIX)
def test_permission_matrix(stewarded, cast, name):
    user = cast[name]
    may = (user.has_perm("datasets.add_dataset"), *(user.has_perm(f"datasets.{v}_dataset", stewarded) for v in VERBS))
    assert tuple(map(int, may)) == MATRIX[name]


def test_an_auditor_changes_nothing_even_as_the_owner(tickets, auditor):
    tickets.owner = auditor
    assert not any(auditor.has_perm(f"datasets.{verb}_dataset", tickets) for verb in VERBS)


def test_a_superuser_is_nobody_in_particular(tickets, superuser):
    assert not any(superuser.has_perm(f"datasets.{verb}_dataset", tickets) for verb in (*VERBS, "add"))


def test_datasets_are_known_to_everybody_signed_in(tickets, stranger):
    assert tickets in Dataset.objects.visible_to(stranger)
    assert not Dataset.objects.visible_to(AnonymousUser()).exists()
