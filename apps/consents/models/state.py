"""What somebody may have said about a use, and what follows from it."""

from __future__ import annotations

from django.db import models


class State(models.IntegerChoices):
    """The states of W3C DPV and two of our own.

    Of two answers of the same moment the one with the higher number decides: a negative one before a positive one.
    """

    REQUESTED = 1, "Requested"
    DEFERRED = 2, "Deferred"
    GIVEN = 3, "Given"
    RENEWED = 4, "Renewed"
    UNKNOWN = 5, "Unknown"
    INVALIDATED = 6, "Invalidated"
    EXPIRED = 7, "Expired"
    REFUSED = 8, "Refused"
    REVOKED = 9, "Revoked"
    WITHDRAWN = 10, "Withdrawn"
    OPTED_OUT = 11, "Opted out"
    OBJECTED = 12, "Objected"

    @property
    def key(self) -> str:
        """How files and the API write it."""
        return self.name.lower()

    @property
    def is_answer(self) -> bool:
        """Being asked, or putting the answer off, changes nothing."""
        return self not in (State.REQUESTED, State.DEFERRED)

    @property
    def is_positive(self) -> bool:
        return self in (State.GIVEN, State.RENEWED)


STATES = {state.key: state for state in State}


class Outcome(models.IntegerChoices):
    """Where the deciding answer puts somebody for a use. Who never answered is in none of these sets."""

    PERMITTED = 1, "Permitted"
    WITHDRAWN = 2, "Withdrawn"
    REFUSED = 3, "Refused"
    OPTED_OUT = 4, "Opted out"
    OBJECTED = 5, "Objected"
    EXPIRED = 6, "Expired"

    @property
    def key(self) -> str:
        return self.name.lower()


# Where somebody said no. An answer that lapsed is none.
SAID_NO = (Outcome.WITHDRAWN, Outcome.REFUSED, Outcome.OPTED_OUT, Outcome.OBJECTED)
# Stands in counts beside the outcomes.
NEVER_ASKED = "never_asked"

# Withdrawn holds all that was given once, or may have been, and does not hold any more.
OUTCOME_OF = {
    State.GIVEN: Outcome.PERMITTED,
    State.RENEWED: Outcome.PERMITTED,
    State.UNKNOWN: Outcome.WITHDRAWN,
    State.INVALIDATED: Outcome.WITHDRAWN,
    State.EXPIRED: Outcome.EXPIRED,
    State.REFUSED: Outcome.REFUSED,
    State.REVOKED: Outcome.WITHDRAWN,
    State.WITHDRAWN: Outcome.WITHDRAWN,
    State.OPTED_OUT: Outcome.OPTED_OUT,
    State.OBJECTED: Outcome.OBJECTED,
}
