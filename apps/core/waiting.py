"""What waits for whom, why, since when and until when: one list for the home page, the badge, the mails and the API.

Each room registers makers of the lines about its own records, in a module `waiting.py` that is found by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model

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


TaskMaker = Callable[[Any], Iterable[Task]]
_makers: list[TaskMaker] = []


def waits_for(maker: TaskMaker) -> TaskMaker:
    """Register a function of a user that gives what waits for them. It asks a constant number of queries."""
    _makers.append(maker)
    return maker


def made_for(user: Any) -> list[Task]:
    """What all makers say waits for this user, the most urgent first."""
    return sorted((task for make in _makers for task in make(user)), key=lambda task: task.urgency)


def numbered(record: Model) -> str:
    """A record without its name: "agreement no. 12"."""
    return by_number(type(record), record.pk)


def sentence(words: str) -> str:
    """With a capital first letter, and all else as it is."""
    return words[:1].upper() + words[1:]
