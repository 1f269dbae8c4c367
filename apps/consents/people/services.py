"""What is done with one person: looked up with a reason, withdrawn for, forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction

from apps.consents.ledger.recording import record_event, subject_of, withdraw
from apps.consents.models import ConsentImport, DataSubject, Outcome, State, SubjectLookup, WithdrawalLink
from apps.consents.people.forgetting import forget_subject
from apps.consents.sets.outcomes import outcomes_of
from apps.core import clock
from apps.taxonomy.models import DataUse

if TYPE_CHECKING:
    from apps.accounts.models import User


def look_up(key: str, *, reason: str, by: User) -> SubjectLookup:
    """Look up a person. That somebody did is on record whether anybody was found or not; the key is not."""
    with transaction.atomic():
        lookup = SubjectLookup(by=by, reason=reason, subject=subject_of(key))
        lookup.on_behalf(by, "Look up").save()
    return lookup


def withdraw_reported(
    subject: DataSubject, uses: Iterable[DataUse], *, said_on: date, mechanism: str, by: User
) -> list[DataUse]:
    """Record that a person withdrew, on their word: from now on, or from the end of the day on which they said so.

    The uses that they permit all the same, because they said yes again after that day.
    """
    now = clock.now()
    occurred_at = now if said_on >= clock.today() else clock.last_of(said_on)
    withdrawn = list(uses)
    with transaction.atomic():
        for use in withdrawn:
            record_event(
                subject,
                use,
                State.WITHDRAWN,
                by=by,
                kind=ConsentImport.Kind.PAGE,
                occurred_at=occurred_at,
                mechanism=mechanism,
            )
    stands = outcomes_of(subject)
    return [use for use in withdrawn if stands.get(use.pk) is Outcome.PERMITTED]


def withdraw_by_link(link: WithdrawalLink, uses: Iterable[DataUse]) -> None:
    """Withdraw what the person chose. What they do not permit any more stays as it is."""
    stands = outcomes_of(link.subject)
    with transaction.atomic():
        for use in uses:
            if stands.get(use.pk) is Outcome.PERMITTED:
                withdraw(link.subject, use)
        link.mark_used()


def forget(lookup: SubjectLookup, subject: DataSubject, *, reason: str, by: User) -> None:
    """Forget the person who was looked up. Who did it and why stays with the look-up."""
    with transaction.atomic():
        lookup.forgotten_at, lookup.forgotten_because = clock.now(), reason
        lookup.on_behalf(by, "Forget the person").save()
        forget_subject(lookup)
    subject.key_digest = None
