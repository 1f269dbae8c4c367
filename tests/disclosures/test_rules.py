"""Who may do what with notices, their versions and claims, offers and statements."""

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.disclosures.models import NoticeVersion, PublicStatement
from tests.disclosures.conftest import ONLY
from tests.factories import make_claim, make_stake, make_statement

# The second lawyer owns the notice, wrote the version and entered the claim; the requester wrote the statement.
# notice: add, change; version: add, change, submit, revise, publish; claim: add, check, remove; offer: change;
# statement: add, change, submit, make, record as made
MATRIX = {
    "second_lawyer": ((1, 1), (1, 1, 1, 1, 1), (1, 0, 1), 1, (1, 0, 0, 1, 1)),
    "legal":         ((1, 1), (1, 0, 0, 0, 1), (1, 1, 1), 1, (1, 0, 0, 1, 1)),
    "privacy":       ((1, 1), (1, 0, 0, 0, 1), (1, 1, 1), 1, (1, 0, 0, 1, 1)),
    "requester":     ((0, 0), (0, 0, 0, 0, 0), (0, 0, 0), 0, (1, 1, 1, 0, 0)),
    "engineer":      ((0, 0), (0, 0, 0, 0, 0), (0, 0, 0), 0, (1, 0, 0, 0, 0)),
    "stranger":      ((0, 0), (0, 0, 0, 0, 0), (0, 0, 0), 0, (1, 0, 0, 0, 0)),
    "independent":   ((0, 0), (0, 0, 0, 0, 0), (0, 0, 0), 0, (1, 0, 0, 0, 0)),
    "dpo":           ((0, 0), (0, 0, 0, 0, 0), (0, 0, 0), 0, (1, 0, 0, 0, 0)),
    "executive":     ((0, 0), (0, 0, 0, 0, 0), (0, 0, 0), 0, (1, 0, 0, 0, 0)),
    "administrator": ((0, 0), (0, 0, 0, 0, 0), (0, 0, 0), 0, (1, 0, 0, 0, 0)),
    "auditor":       ((0, 0), (0, 0, 0, 0, 0), (0, 0, 0), 0, (0, 0, 0, 0, 0)),
}  # fmt: skip


@pytest.fixture
def statement(requester, cloudy):
    return make_statement(requester, cloudy)


def may(user, verbs, record, kind):
    return tuple(int(user.has_perm(f"disclosures.{verb}_{kind}", record)) for verb in verbs)


@pytest.mark.parametrize("name", MATRIX)
def test_permission_matrix(cast, notice, draft, statement, name):
    user, claim = cast[name], make_claim(draft, "affiliate", ONLY)
    assert (
        may(user, ("add", "change"), notice, "notice")[:1] + may(user, ("change",), notice, "notice"),
        (
            *may(user, ("add",), notice, "noticeversion"),
            *may(user, ("change", "submit", "revise", "publish"), draft, "noticeversion"),
        ),
        (
            *may(user, ("add",), draft, "claim"),
            *may(user, ("check",), claim, "claim"),
            *may(user, ("remove",), draft, "claim"),
        ),
        *may(user, ("change",), None, "optoutoffer"),
        may(user, ("add", "change", "submit", "make", "record_as_made"), statement, "publicstatement"),
    ) == MATRIX[name]


def test_an_auditor_changes_nothing_even_as_the_owner(notice, draft, statement, auditor):
    notice.owner = draft.author = statement.author = auditor
    draft.notice = notice
    assert not auditor.has_perm("disclosures.change_notice", notice)
    assert not any(may(auditor, ("change", "submit", "revise", "publish"), draft, "noticeversion"))
    assert not any(may(auditor, ("change", "submit", "revise"), statement, "publicstatement"))


def test_whoever_profits_neither_clears_nor_makes_a_statement(statement, second_lawyer, cloudy):
    make_stake(second_lawyer, cloudy)
    statement = PublicStatement.objects.get()
    assert may(second_lawyer, ("approve", "make", "record_as_made"), statement, "publicstatement") == (0, 0, 0)


def test_what_people_are_told_is_known_to_everybody_signed_in(draft, stranger):
    assert draft in NoticeVersion.objects.visible_to(stranger)
    assert not NoticeVersion.objects.visible_to(AnonymousUser()).exists()


def test_a_superuser_is_nobody_in_particular(notice, draft, superuser):
    assert not superuser.has_perm("disclosures.change_notice", notice)
    assert not any(may(superuser, ("change", "submit", "publish"), draft, "noticeversion"))
