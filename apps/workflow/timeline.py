"""The history of a governed record as somebody may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType

from apps.ledger.timeline import Event, timeline
from apps.workflow.models import Decision, GovernedModel, Review

if TYPE_CHECKING:
    from apps.accounts.models import User


def events_of(record: GovernedModel, user: User) -> list[Event]:
    """What happened to the record, newest first, with refused attempts, without what this reader must not know."""
    hide, hide_reasons = record.hidden_fields(user), record.hides_remarks_from(user)
    events = [
        event
        for told in (record, *record.joined_records())
        for event in (*timeline(told, hide=hide, hide_reasons=hide_reasons), *refused_attempts(told, user))
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def refused_attempts(record: GovernedModel, user: User) -> list[Event]:
    """Steps of the record and votes in its reviews that were refused."""
    if record.hides_remarks_from(user):
        return []
    of_reviews = Decision.objects.filter(
        content_type=ContentType.objects.get_for_model(Review), object_id__in=Review.objects.about(record).values("pk")
    )
    refused = (Decision.objects.about(record) | of_reviews).exclude(refusal="")
    return [
        Event(
            decision.at, decision.by_name, f"tried to {_words(decision.transition)}, and was refused", decision.refusal
        )
        for decision in refused
    ]


def _words(transition: str) -> str:
    return transition.removeprefix("vote_").replace("_", " ")
