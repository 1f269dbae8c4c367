"""Who may do what with an agreement."""

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.agreements.models import Agreement
from tests.factories import make_agreement, make_stake

VERBS = ("submit", "revise", "sign", "activate", "suspend", "resume", "terminate", "expire", "justify", "change")

#                  submit revise sign activate suspend resume terminate expire justify change
MATRIX = {
    "requester":     (1, 1, 0, 0, 0, 0, 0, 0, 0, 1),
    "engineer":      (1, 1, 0, 0, 0, 0, 0, 0, 0, 1),   # the sponsor
    "stranger":      (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "legal":         (0, 1, 1, 1, 1, 1, 1, 0, 0, 0),
    "privacy":       (0, 0, 0, 0, 1, 0, 0, 0, 0, 0),
    "dpo":           (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "independent":   (0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
    "executive":     (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "auditor":       (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "administrator": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
}  # fmt: skip

# Who sees a request of the requester, sponsored by the engineer, and one of the stranger about the engineer's data.
SEES = {
    "requester": (True, False),
    "engineer": (True, True),
    "stranger": (False, True),
    "founder": (False, False),
    "administrator": (False, False),
    "legal": (True, True),
    "privacy": (True, True),
    "dpo": (True, True),
    "independent": (True, True),
    "executive": (True, True),
    "auditor": (True, True),
}


def may(user, agreement):
    return tuple(int(user.has_perm(f"agreements.{verb}_agreement", agreement)) for verb in VERBS)


@pytest.mark.parametrize("name", MATRIX)
def test_permission_matrix(support, cast, name):
    assert may(cast[name], support) == MATRIX[name]


@pytest.mark.parametrize("name", MATRIX)
def test_who_profits_handles_nothing(support, cast, name):
    """Nor do they ask: a colleague without an interest may name them as sponsor, and then the checks speak of it."""
    make_stake(cast[name], support.counterparty)
    assert may(cast[name], Agreement.objects.get()) == (0,) * len(VERBS)


def test_superuser_is_nobody_in_particular(support, superuser):
    assert may(superuser, support) == (0,) * len(VERBS)


def test_an_auditor_changes_nothing_even_as_the_sponsor(support, auditor):
    support.sponsor = auditor
    support.save()
    assert may(auditor, support) == (0,) * len(VERBS)


@pytest.mark.parametrize("name", SEES)
def test_who_sees_it(support, cast, tickets, cloudy, name):
    other = make_agreement(cast["stranger"], cloudy, [tickets], title="Other")
    seen = Agreement.objects.visible_to(cast[name])
    assert (support in seen, other in seen) == SEES[name]


def test_nobody_sees_it_who_is_not_signed_in(support):
    assert not Agreement.objects.visible_to(AnonymousUser()).exists()


@pytest.mark.parametrize("name", ["requester", "auditor", "stranger"])
def test_who_may_ask(cast, name):
    assert cast[name].has_perm("agreements.add_agreement") == (name != "auditor")
