"""Votes, the decision sheet of a case and Home, each against the statements that it makes, executed as they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import Role, User
from apps.agreements.models import Agreement
from apps.findings.models import Requirement
from apps.portal.bench.asking import Recorded, Visitor, execute, recorded
from apps.portal.bench.figures import Figure, alternate
from apps.portal.bench.ledger import take_step
from apps.portal.bench.records import Records, add_user
from apps.workflow.models import Review, Vote

OPEN_REVIEWS = 20
SEATS = (Role.LEGAL, Role.PRIVACY, Role.INDEPENDENT)
VOTE_GOAL, PAGE_GOAL = 4, 4


class Reviews:
    """Agreements that legal, privacy and an independent reviewer decide about."""

    def __init__(self, records: Records, repeats: int) -> None:
        self.records, self.repeats = records, repeats
        self.sponsor = add_user("sponsor", Role.EXECUTIVE)
        self.voters = {role: add_user(f"votes for {role.lower()}", role) for role in SEATS}
        for rule in Requirement.objects.filter(status=Requirement.Status.ADOPTED):
            take_step(rule, records.lawyer)  # suspended, so that none objects to what is made up here
        self.reviews = [self._open(number) for number in range(OPEN_REVIEWS)]

    def first_vote(self) -> Figure:
        return self._vote("One vote, the first of three", 0)

    def last_vote(self) -> Figure:
        return self._vote("One vote, the last of three", len(SEATS) - 1)

    def sheet(self) -> Figure:
        subject = self.reviews[-1].object_id
        return self._page("Decision sheet of a case", f"/agreements/{subject}/")

    def home(self) -> Figure:
        return self._page(f"Home with {OPEN_REVIEWS} open reviews", "/")

    def _open(self, number: int) -> Review:
        agreement = self.records.agreement(number, self.records.some_vendor())
        agreement.title, agreement.sponsor = f"Reviewed {number:02}", self.sponsor
        agreement.status = Agreement.Status.IN_REVIEW
        agreement.save()
        self.records.link(agreement)
        review = Review.open(agreement, by=self.records.engineer)
        review.required_roles = [role.value for role in SEATS]
        review.on_behalf(None, "benchmark").save()
        return review

    def _vote(self, name: str, earlier: int) -> Figure:
        """Taken back each time, once the triggers of its rows have run, as are the bare writes beside it."""
        review = self.reviews[0]
        for role in SEATS[:earlier]:
            if not review.votes.filter(role=role).exists():
                self._cast(review.pk, role)
        cast = partial(self._cast, review.pk, SEATS[earlier])
        writes = recorded(lambda: taken_back(cast)).writes
        value, baseline = alternate(
            lambda: taken_back(cast), lambda: taken_back(partial(execute, writes)), self.repeats
        )
        return Figure(name, value, baseline, VOTE_GOAL, extra={"writes": len(writes)})

    def _cast(self, pk: int, role: Role) -> None:
        by = User.objects.get(pk=self.voters[role].pk)
        Review.objects.get(pk=pk).vote(by=by, role=role, verdict=Vote.Verdict.APPROVE, reason="Measured.")

    def _page(self, name: str, url: str) -> Figure:
        ask = partial(Visitor(self.voters[Role.LEGAL]).get, url)
        ask()  # what is only asked once does not count
        found: Recorded = recorded(ask)
        value, baseline = alternate(ask, found.execute_again, self.repeats)
        return Figure(name, value, baseline, PAGE_GOAL, extra={"queries": len(found.statements)})


def taken_back(work: Callable[[], Any]) -> None:
    """Do it and let the ledger note it, as at the end of the transaction, then roll everything back."""
    with transaction.atomic():
        work()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
