"""One transition with its history, decision and ledger entries, and the verification of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg import sql

from apps.accounts.models import User
from apps.core import clock
from apps.findings.models import Requirement
from apps.ledger.models import Entry, chained_models
from apps.ledger.verify import verify
from apps.portal.bench.figures import Figure, alternate, milliseconds

TRANSITION_GOAL, VERIFY_GOAL = 3, 2
NOTE = "Measured."

# What verification cannot do without: each field of each row hashed again and compared with its commitment.
HASH_AGAIN = """
    SELECT count(*)
      FROM ledger_entry e
      JOIN ledger_salt s ON s.entry_id = e.sequence
      JOIN {table_name} t ON t.{key} = e.row_id
     CROSS JOIN LATERAL (SELECT to_jsonb(t) AS fields OFFSET 0) r
     CROSS JOIN LATERAL jsonb_each_text(e.fields) f
     WHERE e.table_name = {table}
       AND f.value <> ledger_commitment(decode(s.salts ->> f.key, 'hex'), f.key, r.fields -> f.key)
"""


class Rule:
    """A rule that is adopted and suspended in turn: a governed record without checks."""

    def __init__(self, by: User) -> None:
        self.rule, self.by = Requirement.objects.all()[0], by

    def take_step(self) -> None:
        step = self.rule.suspend if self.rule.is_adopted else self.rule.adopt
        step(by=self.by, note=NOTE)

    def save_plainly(self) -> None:
        """What the steps change, as a save with nothing but its history."""
        if self.rule.is_adopted:
            self.rule.status, self.rule.adopted_by_name, self.rule.adopted_on = Requirement.Status.PROPOSED, "", None
        else:
            self.rule.status = Requirement.Status.ADOPTED
            self.rule.adopted_by_name, self.rule.adopted_on = str(self.by), clock.today()
        self.rule.on_behalf(self.by, NOTE).save()


@contextmanager
def without_triggers(model: type) -> Iterator[None]:
    """A table without triggers of ours. Its foreign keys are still checked."""
