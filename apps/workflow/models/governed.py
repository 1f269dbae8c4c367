from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db import transaction as db
from django.dispatch import Signal
from django.urls import reverse

from apps.core import clock
from apps.core.exceptions import Blocked, Conflict
from apps.ledger.models import RecordedModel
from apps.workflow.models.about import Subject
from apps.workflow.models.decision import Decision

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.workflow.models.comment import Comment

# Sent inside the transaction with `instance` and `decision`; receivers only queue work.
transitioned = Signal()

# What stays on the record where the words of the refusal would name somebody who stays confidential.
NAMELESS_REFUSAL = "Whoever tried may not take this step. The name stays confidential."


@dataclass(frozen=True)
class Transition:
    """A step of a life cycle.

    `system` steps are made by time, `by_review` steps by the votes of a review; `reason` is what people are asked
    to write when they must say why; `label` is the text of its button, and `needs` what must be at hand to take it.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    system: bool = False
    by_review: bool = False
    reason: str = ""
    label: str = ""
    needs: str = ""
    targets: tuple[tuple[str, str], ...] = ()
    two_people: bool = False

    def target_from(self, status: str) -> str:
        return dict(self.targets).get(status, self.target)

    def permission(self, model: type[models.Model]) -> str:
        return f"{model._meta.app_label}.{self.name}_{model._meta.model_name}"

    def is_allowed(self, user: User | None, obj: GovernedModel) -> bool:
        """Whether the rules let this user make it. None is the system, which makes system steps only."""
        if user is None or self.system:
            return user is None and self.system
        return user.has_perm(self.permission(type(obj)), obj)


def transition(
    *sources: str,
    to: str,
    system: bool = False,
    by_review: bool = False,
    reason: str = "",
    label: str = "",
    needs: str = "",
    targets: Mapping[str, str] | None = None,
    two_people: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Turn a method of a governed model into a state transition.

    The method body holds only what is special to the step. Locking, the checks of status, permission and
    rules, saving, the decision record and the signal are the same for all. A refusal by rules or for want of
    permission stays on the record: it is written after the rollback.
    """

    def decorate(body: Callable[..., None]) -> Callable[..., None]:
        name = body.__name__
        text = label or name.replace("_", " ").capitalize()
        step = Transition(
            name, sources, to, system, by_review, reason, text, needs, tuple((targets or {}).items()), two_people
        )

        @wraps(body)
        def make(self: GovernedModel, *, by: User | None, note: str = "", **details: Any) -> None:
            if by is None:
                clock.require_right()
            try:
                if self.is_stale:  # who may not take the step is told so, whatever they were shown
                    self.require_permission(step, by)
                self.require_shown()
                self.before_step(step, by)
                with db.atomic():
                    self.lock()
                    self.require_status(step)
                    self.require_permission(step, self.asker(by))
                    if step.reason and not note.strip():
                        raise ValidationError({"note": step.reason})
                    if self.asks_second(step, by, note, details):
                        return
                    self.guard(step)
                    self.require_ready(step)
                    body(self, by=by, note=note, **details)
                    self._move(step, by=by, note=note)
            except (Blocked, PermissionDenied) as refusal:
                self.refresh_from_db(fields=["status"])
                self.record_refusal(step.name, step.target_from(self.status), by=by, note=note, refusal=refusal)
                raise

        make.transition = step  # type: ignore[attr-defined]
        return make

    return decorate


class GovernedModel(Subject, RecordedModel):
    """Base of everything with a life cycle: a status, transitions and decisions. Only transitions change the status."""

    status: Any
    get_status_display: Callable[[], str]
    transitions: ClassVar[dict[str, Transition]] = {}
    # Statuses in which people may edit the record.
    editable_in: ClassVar[tuple[str, ...]] = ()
    # The record that two people found to be the same as this one, and that stays.
    leads_to: Any = None
    # Foreign keys of which every page of the record names the other end.
    named_on_pages: ClassVar[tuple[str, ...]] = ()
    # Whether this is inside `held`.
    is_held: bool = False

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = [member.transition for member in vars(cls).values() if hasattr(member, "transition")]
        cls.transitions = {**cls.transitions, **{step.name: step for step in own}}

    @property
    def is_editable(self) -> bool:
        return self.status in self.editable_in

    def require_editable(self) -> None:
        if not self.is_editable:
            state = self.get_status_display().lower()
            raise Conflict(f"{self} cannot be edited while it is {state}. Revise it first, if that is possible.")

    def get_absolute_url(self) -> str:
        return self._page("detail")

    def get_edit_url(self) -> str:
        """The page on which people fill in what the record holds."""
        return self._page("edit")

    def _page(self, page: str) -> str:
        return reverse(f"{self._meta.app_label}:{self._meta.model_name}_{page}", args=[self.pk])

    @contextmanager
    def held(self) -> Iterator[None]:
        """After `lock`: the steps taken inside the block neither lock the record nor ask about it again."""
        self.is_held = True
        try:
            yield
        finally:
            self.is_held = False

    def lock(self) -> None:
        if not self.is_held:
            super().lock()

    def transitions_for(self, user: User) -> list[Transition]:
        """The steps open to this user now, in the order the model declares them."""
        return [
            step
            for step in self.transitions.values()
            if self.status in step.sources
            and not step.by_review
            and self.offers(step, user)
            and step.is_allowed(user, self)
        ]

    def offers(self, step: Transition, user: User) -> bool:
        """Whether a page should offer the step to this user; taking it may be refused for more reasons."""
        return True

    def missing_for(self, step: Transition) -> dict[str, str]:
        """What is not filled in and has to be before the step: {field of the record: what to do}."""
        return {}

    def why_not_now(self, step: Transition) -> str:
        """Why the step cannot be taken now by anybody, as a sentence that a page shows beside its button; else empty.

        It asks the record alone. Rules that object are asked by `guard`.
        """
        return ""

    def asked_by(self, step: Transition) -> Comment | None:
        """What somebody wrote that the step answers."""
        return None

    def require_ready(self, step: Transition) -> None:
        if missing := self.missing_for(step):
            raise ValidationError(missing)
        if why := self.why_not_now(step):
            raise Conflict(why)

    def take_stock(self) -> None:
        """Called before the transaction of a step or a vote. Upper rooms write down what their checks find."""

    def before_step(self, step: Transition, by: User | None) -> None:
        """Called before the step's transaction. What takes stock refuses here first, as it will under the lock."""

    def asker(self, by: User | None) -> User | None:
        """Whose permission a step needs: of what a second person confirms, the first one's."""
        return by

    def asks_second(self, step: Transition, by: User | None, note: str, details: dict[str, Any]) -> bool:
        """Under the lock: whether the step was only proposed now and waits for a second person, see ConfirmedModel."""
        return False

    def guard(self, step: Transition) -> None:
        """Called under the lock. Upper rooms raise Blocked when adopted rules object to the step."""

    def after_step(self, step: Transition, *, by: User | None, note: str) -> None:
        """Called in the step's transaction after the status was saved, for what the step means elsewhere."""

    def joined_records(self) -> list[Any]:
        """Other records of the same thing, whose past is told with this one's."""
        return []

    def author_of(self, user: User) -> User | None:
        """As whom this user writes about the record; None where the name stays confidential."""
        return user

    def hidden_fields(self, user: User) -> tuple[str, ...]:
        """Fields that this user does not read in the history."""
        return () if self.tells_amounts_to(user) else self.confidential_fields

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Conflict("What has a life cycle is never deleted: its decisions stay on the record.")

    def require_status(self, step: Transition) -> None:
        if self.status not in step.sources:
            state = self.get_status_display().lower()
            raise Conflict(f"{step.label} is not possible for {self} while it is {state}.")

    def require_permission(self, step: Transition, by: User | None) -> None:
        if not step.is_allowed(by, self):
            raise PermissionDenied(f"{by or 'The system'} may not take the step “{step.label}” for {self}.")

    def record_refusal(self, name: str, target: str, *, by: User | None, note: str, refusal: Exception) -> None:
        author = by and self.author_of(by)
        words = str(refusal) if author == by else NAMELESS_REFUSAL
        Decision.record(self, name, (self.status, target), by=author, note=note, refusal=words)

    def _move(self, step: Transition, *, by: User | None, note: str) -> None:
        before, self.status = self.status, step.target_from(self.status)
        self.on_behalf(by, note or step.label).save()
        decision = Decision.record(self, step.name, (before, self.status), by=by, note=note)
        self.after_step(step, by=by, note=note)
        transitioned.send(sender=type(self), instance=self, decision=decision)
