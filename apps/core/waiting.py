"""What waits for whom, why, since when and until when: one list for the home page, the badge, the mails and the API.

Each room registers which of its own records may wait, in a module `waiting.py` that is found by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet

from apps.core import clock
from apps.core.isolation import by_number

# Of each kind that is looked through, the most urgent first; what is done makes room for the rest.
MOST_OF_A_KIND = 100


@dataclass(frozen=True)
class Task:
    """One thing that waits for somebody.

    `what` is asked, by `by`, for the reason `why`, about the record `about`, which is named by `title` where it has
    no better name than its own. `mail` says it without any name or title: what it holds in {} is the record's number.
    `done_url` is where a button says that nothing has to be done any more, where no step of the record does.
    """

    what: str
    mail: str
    url: str
    since: date
    about: Any = None
    title: str = ""
    by: str = "the portal"
    due_on: date | None = None
    why: str = ""
    done_url: str = ""

    @classmethod
    def of(cls, record: Any, what: str, mail: str, *, by: str = "the portal", due_on: date | None = None) -> Task:
        """What is done on the record's own page, and waits since the record was last changed."""
        url, since = record.get_absolute_url(), clock.day_of(record.updated_at)
        return cls(what=what, mail=mail, about=record, url=url, since=since, by=by, due_on=due_on)

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < clock.today()

    @property
    def name(self) -> str:
        return self.title or str(self.about)

    @property
    def number(self) -> str:
        """The record by its number, as its own page shows it."""
        return "" if self.about is None else sentence(numbered(self.about))

    @property
    def in_mails(self) -> str:
        return sentence(self.mail.format("" if self.about is None else numbered(self.about)))

    @property
    def urgency(self) -> tuple[date, date]:
        return self.due_on or date.max, self.since


@dataclass(frozen=True, eq=False)
class Waiting:
    """Rows of one model of which some wait for somebody, the most urgent first, and what is said about those that do.

    The rows of all rooms are loaded together, with what these `names` lead to and without the long fields `left_out`.
    `about` leads from a row to the remark about a record, where it is not the row itself. What is no row of a model
    is `told` as it is.
    """

    say: Callable[[Any, Sequence[Any]], Iterable[Task]]
    rows: QuerySet[Any] | None = None
    names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    about: str = ""
    told: Sequence[Any] = ()

    @property
    def model(self) -> type[Model] | None:
        return None if self.rows is None else self.rows.model

    @property
    def of_records(self) -> bool:
        """Whether these are records, and no remarks about any."""
        return bool(getattr(self.model, "is_subject", False))

    def remark_of(self, row: Any) -> Any:
        return attrgetter(self.about)(row) if self.about else row


WaitingMaker = Callable[[Any], Iterable[Waiting]]
_makers: list[WaitingMaker] = []


def waits_for(maker: WaitingMaker) -> WaitingMaker:
    """Register a function of a user that says which rows may wait for them. It asks nothing of a single row."""
    _makers.append(maker)
    return maker


def what_waits_for(user: Any) -> list[Waiting]:
    return [waiting for make in _makers for waiting in make(user)]


def numbered(record: Model) -> str:
    """A record without its name: "agreement no. 12"."""
    return by_number(type(record), record.pk)


def sentence(words: str) -> str:
    """With a capital first letter, and all else as it is."""
    return words[:1].upper() + words[1:]
