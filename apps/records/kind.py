"""What the portal has to know about a kind of record: pages, lists, search, API and admin site all read it here.

Data only. Who sees a record, who may do what, what checks ask and what steps do stay with the model and its rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.http import HttpResponseBase
from django.urls import reverse

from apps.accounts.models import User
from apps.core.forms import RecordForm
from apps.ledger.models import RecordedModel

RecordT = TypeVar("RecordT", bound=RecordedModel)
View = Callable[..., HttpResponseBase]


class Look(StrEnum):
    """How the button of a step looks; every other one is plain."""

    EXPECTED = "expected"
    DANGEROUS = "dangerous"


@dataclass(frozen=True)
class Column:
    """A column of a list. Those that are only `exported` stand in the files, not on the page."""

    name: str
    label: str = ""
    exported: bool = False


@dataclass(frozen=True)
class Door:
    """A page with a form. `label` is the button that leads to the one that makes a record, and its heading."""

    label: str = ""
    lead: str = ""
    next_steps: str = ""
    submit_label: str = "Save"


# The gravest finding about each record, as far as the reader may know.
WORST = Column("worst", "Worst finding")


def exported(*columns: str | tuple[str, str]) -> tuple[Column, ...]:
    """Columns of the files alone, each by its name, or by its name and label."""
    pairs = ((column, "") if isinstance(column, str) else column for column in columns)
    return tuple(Column(name, label, exported=True) for name, label in pairs)


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind(Generic[RecordT]):
    """One kind of record. Write `Kind[Dataset](…)`, so that the type checker reads every part.

    `pages`, `table` and `filterset` put something of the room's own in place of what is derived.
    """

    model: type[RecordT]
    path: str  # of its list, below which its pages lie
    label: str  # of many
    purpose: str = ""
    empty: str = ""  # what its list says while there is none to see
    # What a list shows; what it, the API and the admin site filter by; where all of them and the search look for words.
    columns: tuple[str | Column, ...] = ()
    filters: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    # What the search says under the name, and other records that this and the columns name.
    line: Callable[[RecordT], str] | None = None
    related: tuple[str, ...] = ()
    form: type[RecordForm[RecordT]] | None = None
    create: Door | None = None
    edit: Door | None = None
    template: str = ""
    context: Callable[[RecordT, User], Mapping[str, Any]] | None = None
    steps: Mapping[str, Look] = field(default_factory=dict)
    tones: Mapping[str, str] = field(default_factory=dict)  # of its statuses
    home: bool = False  # whether the home page lists one's own
    pages: Mapping[str, View] = field(default_factory=dict)
    table: type[Any] | None = None
    filterset: type[Any] | None = None

    @property
    def name(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def key(self) -> str:
        """As addresses name it, such as that of the search."""
        return self.path.rpartition("/")[2]

    def permission(self, verb: str) -> str:
        return f"{self.model._meta.app_label}.{verb}_{self.name}"

    def page(self, page: str) -> str:
        """The name of one of its pages."""
        return f"{self.model._meta.app_label}:{self.name}_{page}"

    @property
    def list_url(self) -> str:
        return reverse(self.page("list"))

    def new(self, user: User) -> RecordT:
        """An unsaved one. Whoever makes it keeps it, as far as the form asks nothing else."""
        asked = self.form.base_fields if self.form else {}
        return self.model(**{name: user for name in self.model.keepers if name not in asked})
