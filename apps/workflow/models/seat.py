"""The seats of a review: one for each required role, and who can fill it today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from apps.accounts.models import Role, RoleGrant, User
from apps.workflow.models.vote import Vote, digest_of

if TYPE_CHECKING:
    from apps.workflow.models.review import ReviewedModel

GRANTED_LATER = "The role was granted after this request was submitted."


# How a reason that names somebody goes on, and how it begins when it is said to them.
_TO_THEM = {
    " may not ": "You may not ",
    " is or was ": "You are or were ",
    " looks after ": "You look after ",
    " owns this ": "You own this ",
    " wrote this ": "You wrote this ",
}


def said_to_them(reason: str) -> str:
    """The reason why somebody may not take part, said to this person."""
    for verb, you in _TO_THEM.items():
        _name, found, rest = reason.partition(verb)
        if found:
            return f"{you}{rest}".replace(" and does not decide", " and do not decide")
    return reason


@dataclass(frozen=True)
class Electorate:
    """Who holds which role and who voted in a review, as known today, and so who can fill its seats."""

    subject: ReviewedModel
    submitted_at: datetime
    grants: list[RoleGrant]
    votes: list[Vote]  # each person's newest for each role

    def seat(self, role: Role) -> Seat:
        reasons = {grant.user: self._unfit(grant) for grant in self.grants if grant.role.name == role}
        return Seat(
            role=role,
            able=[user for user, reason in reasons.items() if not reason],
            unable={user: reason for user, reason in reasons.items() if reason},
            by_independent=role != Role.INDEPENDENT and bool(reasons) and all(reasons.values()),
            votes=[vote for vote in self.votes if vote.role == role],
            known=self,
        )

    def _unfit(self, grant: RoleGrant) -> str:
        """Why whoever holds this role cannot decide, as a sentence; empty when they can."""
        if grant.user_id in self.barred:
            return self.barred[grant.user_id]
        return "" if self._was_held(grant) else GRANTED_LATER

    def _was_held(self, grant: RoleGrant) -> bool:
        """Whether the role was in effect when the request was submitted."""
        return grant.effective_at is not None and grant.effective_at <= self.submitted_at

    @cached_property
    def barred(self) -> dict[int, str]:
        return self.subject.barred_people()

    @cached_property
    def independents(self) -> set[int]:
        """Who decides for a role in which nobody can: who was independent when the request was submitted."""
        return {grant.user_id for grant in self.grants if grant.role.name == Role.INDEPENDENT and self._was_held(grant)}

    @cached_property
    def roles_voted(self) -> dict[int, str]:
        return {vote.by_id: vote.role for vote in self.votes}

    @cached_property
    def facts(self) -> str:
        """Asked when the first vote is compared with them, since it runs the checks."""
        return digest_of(self.subject.review_facts())


@dataclass(frozen=True)
class Seat:
    """One required role in a review."""

    role: Role
    able: list[User]
    unable: dict[User, str]
    by_independent: bool
    votes: list[Vote]
    known: Electorate

    @cached_property
    def counting(self) -> list[Vote]:
        """The votes that hold on today's facts."""
        known = self.known
        return [vote for vote in self.votes if vote.by_id not in known.barred and vote.facts == known.facts]

    def why_not(self, user: User) -> str:
        """Why this user cannot vote for this role, as a sentence; empty when they can."""
        if user.pk in self.known.barred:
            return said_to_them(self.known.barred[user.pk])
        stands_in = self.by_independent and user.pk in self.known.independents
        if user not in self.able and not stands_in:
            return said_to_them(self.unable.get(user, "")) or f"You do not hold the role {self.role}."
        if self.known.roles_voted.get(user.pk, self.role) != self.role:
            return "You have voted for another role in this review. Nobody votes for two."
        return ""

    @property
    def stands_in(self) -> bool:
        """Whether an independent reviewer can decide here in place of those who cannot."""
        return self.by_independent and bool(self.known.independents - self.known.barred.keys())

    @property
    def advice(self) -> str:
        """What can be done where nobody of the role can decide; empty where somebody can."""
        if self.able:
            return ""
        again = "the requester withdraws the request and submits it again, which keeps the thread"
        is_late = GRANTED_LATER in self.unable.values()
        if self.stands_in:
            first = f"Nobody who holds the role {self.role} can decide here. An independent reviewer does"
            return f"{first}, or {again}." if is_late else f"{first}."
        if is_late:
            return f"Nobody can decide for the role {self.role} now: it was granted later. So {again}."
        granted = "An administrator grants it to somebody who may take part"
        return f"Nobody can decide for the role {self.role} now. {granted}; then {again}."

    @property
    def is_stuck(self) -> bool:
        return not self.able and not self.stands_in

    def waits_for(self, user: User) -> bool:
        """Whether this user can fill the seat, and nobody has. A vote for which the facts changed still counts here."""
        return not self.is_cast and all(vote.by_id != user.pk for vote in self.votes) and not self.why_not(user)

    @property
    def is_cast(self) -> bool:
        """Whether somebody who may take part has voted for approval; the facts may have changed since."""
        approving = (vote for vote in self.votes if vote.verdict in Vote.APPROVING)
        return any(vote.by.is_active and vote.by_id not in self.known.barred for vote in approving)

    def asks_again(self, user: User) -> bool:
        """Whether a vote of this user has to be confirmed, because the facts changed after it."""
        mine = [vote for vote in self.votes if vote.by_id == user.pk]
        return bool(mine) and not self.why_not(user) and not any(vote in self.counting for vote in mine)

    @property
    def is_carried(self) -> bool:
        verdicts = [vote.verdict for vote in self.counting if vote.verdict != Vote.Verdict.ABSTAIN]
        return bool(verdicts) and all(verdict in Vote.APPROVING for verdict in verdicts)

    @property
    def state(self) -> str:
        if self.is_carried:
            return "approved"
        if self.votes and not self.counting:
            return "to be confirmed"
        return "not decided"

    @property
    def tone(self) -> str:
        return {"approved": "green", "to be confirmed": "yellow"}.get(self.state, "grey")
