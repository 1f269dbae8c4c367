"""What nobody changes alone."""

import pytest
from django.core.exceptions import PermissionDenied

from apps.core import clock
from apps.core.exceptions import Conflict
from apps.findings.models import Requirement
from apps.notifications.work import tasks_of
from apps.workflow.models import Proposal
from tests.api_cast import api_of
from tests.factories import make_role

WHY = {"why": "Counsel reads it again."}


@pytest.fixture
def rule(db):
    return Requirement.objects.get(code="OKC-4")


@pytest.fixture
def proposal(rule, legal):
    rule.suspend(by=legal, note="Under discussion", until=clock.today())
    return Proposal.objects.about(rule).get()


def rule_page(rule, **changes):
    names = ("title", "sentence", "source", "applies_when", "severity", "stops", "threshold", "revision")
    return {**{name: getattr(rule, name) for name in names}, **changes}


class TestSecondPerson:
    def test_suspends_on_the_page_what_the_first_asked_for_there(self, rule, legal, privacy, sign_in):
        sent = {"note": "Under discussion", "until": clock.today()}
        sign_in(legal).post(f"/rules/{rule.pk}/do/suspend/", sent)
        assert Requirement.objects.get(pk=rule.pk).is_adopted
        (task,) = [task for task in tasks_of(privacy) if task.what == "Confirm or decline"]
        assert b"Suspend waits for privacy" in sign_in(privacy).get(f"/rules/{rule.pk}/").content
        sign_in(privacy).post(f"{task.url}do/confirm/")
        assert not Requirement.objects.get(pk=rule.pk).is_adopted
        assert [task for task in tasks_of(privacy) if task.what == "Confirm or decline"] == []

    @pytest.mark.parametrize("name", ["legal", "second_lawyer", "dpo", "auditor", "administrator", "requester"])
    def test_is_of_the_other_side(self, proposal, cast, name):
        with pytest.raises(PermissionDenied):
            proposal.confirm(by=cast[name])

    def test_is_another_person_even_with_both_roles(self, proposal, legal):
        with pytest.raises(PermissionDenied):
            proposal.confirm(by=make_role(legal, "Privacy"))

    def test_leaves_it_by_declining(self, proposal, rule, privacy):
        proposal.decline(by=privacy, note="It is needed.")
        assert Requirement.objects.get(pk=rule.pk).is_adopted

    def test_confirms_nothing_that_was_changed_meanwhile(self, proposal, rule, legal, privacy):
        rule.refresh_from_db()
        rule.on_behalf(legal, "edit").save()
        with pytest.raises(Conflict, match="ask for it anew"):
            proposal.confirm(by=privacy)

    def test_is_not_asked_twice_at_once(self, proposal, rule, legal):
        with pytest.raises(Conflict, match="waits to be confirmed"):
            rule.suspend(by=legal, note="Again", until=clock.today())


class TestEditOfARule:
    WEAKER = (
        {"severity": "low"},
        {"stops": []},
        {"threshold": "4"},
        {"sentence": "Nobody need look."},
        {"applies_when": "Never."},
    )

    @pytest.mark.parametrize("change", WEAKER, ids=lambda change: next(iter(change)))
    def test_that_weakens_it_waits_for_privacy(self, rule, legal, privacy, change):
        answer = api_of(legal).patch(f"rules/{rule.pk}/", {**change, **WHY})
        name, value = next(iter(change.items()))
        assert answer.status_code == 200
        assert answer.json()[name] != value
        assert api_of(privacy).post(f"proposals/{answer.json()['waiting'][0]}/transitions/confirm/").status_code == 200
        after = api_of(legal).get(f"rules/{rule.pk}/").json()[name]
        assert after == (f"{value}.000" if name == "threshold" else value)

    def test_that_weakens_it_says_why(self, rule, legal):
        answer = api_of(legal).patch(f"rules/{rule.pk}/", {"severity": "low"})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["why"])

    @pytest.mark.parametrize("change", [{"threshold": "0.5"}, {"stops": ["approve", "activate"]}])
    def test_that_makes_it_stricter_is_made_at_once(self, rule, legal, change):
        assert api_of(legal).patch(f"rules/{rule.pk}/", change).status_code == 200
        assert not Proposal.objects.exists()
        assert Requirement.objects.get(pk=rule.pk).revision == rule.revision + 1

    def test_is_shown_beside_what_it_was_on_the_page(self, rule, legal, sign_in):
        page = sign_in(legal).post(f"/rules/{rule.pk}/edit/", rule_page(rule, severity="low", **WHY), follow=True)
        assert "waits for privacy" in page.content.decode()
        assert "<td>Critical</td><td>Low</td>" in page.content.decode()
