"""Who may do what with a version of a dataset, and who knows that it exists."""

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.datasets.models import DatasetVersion

VERBS = ("change", "submit", "revise", "release", "quarantine", "lift_quarantine", "retire", "approve", "reject")

#                  add chan subm revi rele quar lift reti appr reje   (the last two are made by votes of reviewers)
MATRIX = {
    "engineer":      (1, 1, 1, 1, 1, 1, 0, 1, 0, 0),   # the owner of the dataset
    "requester":     (1, 1, 1, 1, 1, 1, 0, 1, 0, 0),   # its steward
    "stranger":      (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "legal":         (0, 0, 0, 0, 0, 1, 1, 1, 1, 1),
    "privacy":       (0, 0, 0, 0, 0, 1, 1, 1, 1, 1),
    "independent":   (0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    "dpo":           (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "executive":     (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "auditor":       (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "administrator": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
}  # fmt: skip


def may(user, version):
    verbs = (user.has_perm(f"datasets.{verb}_datasetversion", version) for verb in VERBS)
    return tuple(map(int, (user.has_perm("datasets.add_datasetversion", version.dataset), *verbs)))


@pytest.mark.parametrize("name", MATRIX)
def test_permission_matrix(version, tickets, requester, cast, name):
    tickets.steward = requester
    tickets.save()
    version.refresh_from_db()
    assert may(cast[name], version) == MATRIX[name]


def test_an_engineer_registers_versions_of_the_datasets_of_others_and_keeps_none(version, tickets, engineer, legal):
    tickets.owner = legal
    tickets.save()
    version.refresh_from_db()
    assert may(engineer, version) == (1, *[0] * len(VERBS))


def test_an_auditor_changes_nothing_even_as_the_owner(version, tickets, auditor):
    tickets.owner = auditor
    tickets.save()
    version.refresh_from_db()
    assert not any(may(auditor, version))


def test_versions_are_known_to_everybody_signed_in(version, stranger):
    assert version in DatasetVersion.objects.visible_to(stranger)
    assert not DatasetVersion.objects.visible_to(AnonymousUser()).exists()
