"""However tabs, edits and interests follow one another: a vote counts only for what its page showed."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.agreements.models import Agreement
from apps.core import clock
from apps.findings.models import Requirement
from apps.workflow.models import Vote
from tests.api_cast import api_of
from tests.factories import make_stake

TABS = (0, 1)
DOINGS = st.one_of(
    st.tuples(st.sampled_from(["open", "open", "approve", "approve"]), st.sampled_from(TABS)),
    st.tuples(st.sampled_from(["ask for more", "ask for the same", "profit", "stop profiting"]), st.just(0)),
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(doings=st.lists(DOINGS, min_size=2, max_size=9))
def test_nobody_decides_about_what_they_did_not_see_or_profit_from(doings, support, cloudy, requester, legal):
    with transaction.atomic():
        world = World(Agreement.objects.get(pk=support.pk), cloudy, requester, legal)
        for doing, tab in doings:
            votes = Vote.objects.count()
            sent = world.do(doing, tab)
            if Vote.objects.count() > votes:
                assert doing == "approve"
                assert sent == world.content, "the vote is about what its tab did not show"
                assert not world.profits
        transaction.set_rollback(True)


class World:
    """A lawyer with two tabs, somebody who asks, and what each tab showed."""

    def __init__(self, request, vendor, requester, legal):
        self.request, self.vendor, self.requester, self.legal = request, vendor, requester, legal
        self.shown, self.stakes, self.client = {}, [], Client()
        self.client.force_login(legal)
        request.submit(by=requester)

    @property
    def content(self):
        return self.request.review_content()

    @property
    def profits(self):
        return any(stake.ends_on is None for stake in self.stakes)

    def do(self, doing, tab):
        """What the tab showed, when it decides."""
        if doing == "open":
            page = self.client.get(f"{self.request.get_absolute_url()}review/").text
            hidden = {
                name: found[1]
                for name in ("number", "digest", "facts", "role")
                if (found := re.search(rf'name="{name}" value="([^"]+)"', page))
            }
            self.shown[tab] = (hidden, self.content)
        elif doing == "approve" and tab in self.shown:
            hidden, content = self.shown[tab]
            self.client.post(f"{self.request.get_absolute_url()}review/vote/", {**hidden, "verdict": "approve"})
            return content
        elif doing.startswith("ask for"):
            self._ask_again(more=doing == "ask for more")
        elif doing == "profit":
            self.stakes.append(make_stake(self.legal, self.vendor))
        elif doing == "stop profiting":
            for stake in self.stakes:
                stake.ends_on = clock.today() - timedelta(days=1)
                stake.save()
        return None

    def _ask_again(self, *, more):
        self.request.refresh_from_db()
        self.request.revise(by=self.requester, note="Again")
        if more:
            self.request.purpose += " And more."
            self.request.save()
        self.request.submit(by=self.requester)


def test_a_vote_about_what_is_shown_counts_and_an_older_tab_does_not(support, cloudy, requester, legal):
    world = World(support, cloudy, requester, legal)
    for doing, tab in [("open", 0), ("open", 1), ("approve", 0), ("ask for the same", 0), ("approve", 1)]:
        world.do(doing, tab)
    assert [vote.review.number for vote in Vote.objects.all()] == [1]


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_vote_is_about_what_the_checks_had_found(door, support, cloudy, requester, legal):
    """What stops nothing may still change a mind."""
    world = World(support, cloudy, requester, legal)
    world.do("open", 0)
    hidden, _ = world.shown[0]
    # The rules only ask, and the approval of the vendor runs out.
    for rule in Requirement.objects.filter(status="adopted"):
        rule.status = "proposed"
        rule.save()
    cloudy.approved_until = clock.today() - timedelta(days=1)
    cloudy.save()
    if door == "page":
        answer = world.client.post(f"{support.get_absolute_url()}review/vote/", {**hidden, "verdict": "approve"})
        assert "found something else than what you were shown" in answer.text
    else:
        sent = {"verdict": "approve", "role": "Legal", "digest": hidden["digest"], "facts": hidden["facts"]}
        answer = api_of(legal).post(f"reviews/{support.review.pk}/votes/", sent)
        assert "found something else" in answer.json()["changed"][0]["what"]
    assert answer.status_code == 409
    assert not Vote.objects.exists()
    assert (
        api_of(legal).post(f"reviews/{support.review.pk}/votes/", {"verdict": "abstain", "role": "Legal"}).status_code
        == 200
    )
