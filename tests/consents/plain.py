"""What the sets must say, in the plainest words: one person and one use after the other, over a list of answers."""

from dataclasses import dataclass
from datetime import datetime

from apps.consents.models import OUTCOME_OF, State

# Of two answers of the same moment, the one further right decides.
WEAKEST_FIRST = [
    *(State.GIVEN, State.RENEWED),
    *(State.UNKNOWN, State.INVALIDATED, State.EXPIRED, State.REFUSED, State.REVOKED, State.WITHDRAWN),
    *(State.OPTED_OUT, State.OBJECTED),
]


@dataclass(frozen=True)
class Said:
    person: str
    use: str
    state: State
    occurred: datetime
    expires: datetime | None
    recorded: datetime


def stands(said, person, use, asked_separately, *, occurred_by, known_by):
    """The outcome that decides for this person and use, or None."""
    counting = [
        (answer.occurred, WEAKEST_FIRST.index(_as_of(answer, occurred_by)))
        for answer in said
        if answer.person == person
        and answer.occurred <= occurred_by
        and answer.recorded <= known_by
        and answer.state not in (State.REQUESTED, State.DEFERRED)
        and _reaches(answer, use, asked_separately)
    ]
    return OUTCOME_OF[WEAKEST_FIRST[max(counting)[1]]] if counting else None


def _as_of(answer, moment):
    lapsed = answer.expires is not None and answer.expires <= moment
    return State.EXPIRED if lapsed and _is_yes(answer) else answer.state


def _is_yes(answer):
    return answer.state in (State.GIVEN, State.RENEWED)


def _reaches(answer, use, asked_separately):
    if use == answer.use:
        return True
    if not use.startswith(f"{answer.use}."):
        return False
    steps = use.removeprefix(f"{answer.use}.").split(".")
    below = [f"{answer.use}.{'.'.join(steps[: n + 1])}" for n in range(len(steps))]
    return not _is_yes(answer) or not any(key in asked_separately for key in below)
