"""How the demo is told: each story whole or not at all, on days of its own, by people who may do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from apps.accounts.models import Role, User
from apps.core import clock
from apps.ledger.models import RecordedModel
from apps.ledger.state import begin_loading, end_loading
from apps.workflow.models import Ask, Review, ReviewedModel, Vote

RecordedT = TypeVar("RecordedT", bound=RecordedModel)

# The people of the demo by login, the part of their address before the @.
Cast = dict[str, User]


DEMO = "the demo case"


@dataclass
class Teller:
    """One loading of the demo. `loaded` names the stories that were not in the database yet."""

    now: datetime = field(default_factory=clock.now)
    loaded: list[str] = field(default_factory=list)

    @contextmanager
    def story(self, title: str) -> Iterator[None]:
        if not self.loaded:
            begin_loading(DEMO)
        with transaction.atomic():
            yield
        self.loaded.append(title)

    def end(self) -> None:
        if self.loaded:
            end_loading(DEMO)

    @contextmanager
    def ago(self, days: int, *, hour: int = 10) -> Iterator[None]:
        """Let what follows happen on that day before today."""
        past = clock.local(self.now) - timedelta(days=days)
        with clock.travel_to(past.replace(hour=hour, minute=0, second=0, microsecond=0)):
            yield

    def day(self, days: int) -> date:
        """The day so many days from today; negative in the past."""
        return clock.day_of(self.now) + timedelta(days=days)


def known(model: type[RecordedT], **key: Any) -> RecordedT | None:
    """The record that was made with this key, whatever people have called it since."""
    made = model.history.filter(**key).order_by("history_id").first()
    return None if made is None else model._default_manager.get(pk=made.id)


def record(obj: RecordedT, *, by: User | None, reason: str = "create") -> RecordedT:
    obj.full_clean()
    obj.on_behalf(by, reason).save()
    return obj


def review_of(subject: ReviewedModel) -> Review:
    review = subject.review
    assert review is not None, f"{subject} was not submitted"
    return review


def approve(
    subject: ReviewedModel, *, legal: User, privacy: User, reasons: tuple[str, str], conditions: Sequence[Ask] = ()
) -> None:
    """The votes of legal and privacy. The conditions are those of legal."""
    verdict = Vote.Verdict.APPROVE_WITH_CONDITIONS if conditions else Vote.Verdict.APPROVE
    review_of(subject).vote(by=legal, role=Role.LEGAL, verdict=verdict, reason=reasons[0], conditions=conditions)
    review_of(subject).vote(by=privacy, role=Role.PRIVACY, verdict=Vote.Verdict.APPROVE, reason=reasons[1])
    subject.refresh_from_db()
