"""The history of a record as events: who, when, why, and each field before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import models

from apps.core import clock
from apps.core.reading import each_once_while_reading
from apps.ledger.models import Entry, RecordedModel

LEFT_OUT = frozenset({"id", "revision", "created_at", "updated_at"})
AT_ONE_GO = timedelta(seconds=2)
SAID = {"+": "created this record", "~": "changed this record", "-": "removed this record"}


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Event:
    at: datetime
    who: str
    what: str
    reason: str = ""
    changes: tuple[Change, ...] = ()
    entry: int | None = None


def timeline(
    record: RecordedModel, *, hide: Collection[str] = (), hide_reasons: bool = False, since: datetime | None = None
) -> list[Event]:
    """Newest first, all or what happened since. `hide` names fields that this reader must not see; `hide_reasons`
    leaves out what people wrote."""
    [events] = _own_events([record], _rows_of([record]), hide)
    for manager in getattr(record, "history_links", ()):
        events += _link_events(record, manager)
    for manager in () if hide_reasons else getattr(record, "history_parts", ()):
        events += _part_events(_parts(getattr(record, manager), record))
    merged = _newest_first(event for event in events if since is None or event.at >= since)
    return [replace(event, reason="") for event in merged] if hide_reasons else merged


def changed_since(record: RecordedModel, shown: Mapping[str, Any], user: Any) -> list[Event]:
    """What happened to the record after the version that somebody was shown, as far as this user may read it.

    Parts and lists of a record are saved after the revision that counts them, so all of them is younger than it.
    """
    anew, revision = record.asked_anew(shown), str(shown.get("revision", ""))
    next_one = None
    if revision.isdecimal() and int(revision) < record.revision:
        next_one = record.history.filter(revision__gt=int(revision)).order_by("history_id").first()
    if next_one is None:
        return anew
    hide, hide_reasons = record.hidden_fields(user), record.hides_remarks_from(user)
    return [*anew, *timeline(record, hide=hide, hide_reasons=hide_reasons, since=next_one.history_date)]


def _rows_of(records: Sequence[RecordedModel]) -> list[list[Any]]:
    """The history rows of each of these records of one model, oldest first, in one query."""
    rows: dict[int, list[Any]] = {record.pk: [] for record in records}
    history = type(records[0]).history.filter(id__in=rows).select_related("history_user")
    for row in history.order_by("history_id"):
        rows[row.id].append(row)
    return list(rows.values())


def _own_events(
    records: Sequence[RecordedModel], rows: list[list[Any]], hide: Collection[str] = ()
) -> Iterator[list[Event]]:
    """What happened to the fields of each of these records of one model, in as many queries as for one."""
    every, sample = [row for some in rows for row in some], records[0]
    fields = [f for f in type(sample)._meta.concrete_fields if _is_shown(f, sample) and f.name not in hide]
    names, entries = _names(fields, every), _entries(every)
    for some in rows:
        events = []
        for before, row in pairwise([None, *some]):
            changes = tuple(_changes(fields, before, row, names)) if before is not None else ()
            if before is None or changes or row.history_type != "~":
                events.append(_event(row, SAID[row.history_type], changes, entries))
        yield events


def _newest_first(events: Iterable[Event]) -> list[Event]:
    """What one person did at one go, such as choosing five categories, is one event."""
    merged: list[Event] = []
    for event in sorted(events, key=lambda event: event.at, reverse=True):
        last = merged[-1] if merged else None
        if last and (last.who, last.reason) == (event.who, event.reason) and last.at - event.at < AT_ONE_GO:
            said = event.what if event.what == SAID["+"] else SAID["~"]
            merged[-1] = replace(event, what=said, changes=event.changes + last.changes)
        else:
            merged.append(event)
    return merged


def _is_shown(field: models.Field[Any, Any], record: RecordedModel) -> bool:
    hidden = (*getattr(record, "unrecorded", ()), *getattr(record, "secret_fields", ()))
    return hasattr(record.history.model, field.attname) and field.name not in LEFT_OUT and field.name not in hidden


def _event(row: Any, what: str, changes: tuple[Change, ...], entries: dict[int, int]) -> Event:
    return Event(
        at=row.history_date,
        who=str(row.history_user) if row.history_user else "System",
        what=what,
        reason=row.history_change_reason or "",
        changes=changes,
        entry=entries.get(row.history_id),
    )


def _parts(manager: Any, record: RecordedModel) -> list[RecordedModel]:
    """The parts of a record, and those that were removed as they were at last."""
    removed = manager.model.history.filter(**{manager.field.name: record.pk}, history_type="-")
    return [*manager.all(), *(row.instance for row in removed)]


def _part_events(parts: Sequence[RecordedModel]) -> list[Event]:
    """The history of each part under its name, with what it said at first."""
    if not parts:
        return []
    events, rows = [], _rows_of(parts)
    for part, (made, *_), own in zip(parts, rows, _own_events(parts, rows), strict=True):
        first = tuple(
            Change(label_of(field), "", _shown(field, getattr(made, field.attname), {}))
            for field in type(part)._meta.concrete_fields
            if not field.is_relation and _is_shown(field, part) and getattr(made, field.attname)
        )
        for event in _newest_first(own):
            if event.what == SAID["-"]:
                events.append(replace(event, what=f"removed “{part}”"))
                continue
            changes = event.changes or first
            events.append(replace(event, what=SAID["~"], changes=tuple(_named(part, change) for change in changes)))
    return events


def _named(part: RecordedModel, change: Change) -> Change:
    return replace(change, label=f"{part}: {change.label.lower()}")


def _link_events(record: RecordedModel, manager_name: str) -> list[Event]:
    """What was added to and taken from a list of the record, such as the datasets of an agreement."""
    manager = getattr(record, manager_name)
    link: type[RecordedModel] = manager.model
    owner = manager.field.name
    other = next(f for f in link._meta.concrete_fields if f.is_relation and f.name != owner)
    rows = list(link.history.filter(**{owner: record.pk}).select_related("history_user").order_by("history_id"))
    names, entries = _names([other], rows), _entries(rows)
    label = str(other.verbose_name).capitalize()
    events = []
    for row in rows:
        name = _shown(other, getattr(row, other.attname), names)
        change = Change(label, "", name) if row.history_type == "+" else Change(label, name, "")
        said = "added" if row.history_type == "+" else "took away"
        events.append(_event(row, f"{said} {name}", (change,), entries))
    return events


def _changes(fields: list[Any], before: Any, after: Any, names: dict[tuple[Any, Any], str]) -> list[Change]:
    pairs = [(field, getattr(before, field.attname), getattr(after, field.attname)) for field in fields]
    return [
        Change(label_of(field), _shown(field, old, names), _shown(field, new, names))
        for field, old, new in pairs
        if old != new
    ]


def label_of(field: Any) -> str:
    text = str(field.verbose_name)
    return text[:1].upper() + text[1:]


def _shown(field: Any, value: Any, names: dict[tuple[Any, Any], str]) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if field.is_relation:
        return names.get((field.related_model, value), f"record {value}")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{clock.local(value):%-d %b %Y, %H:%M}"
    if isinstance(value, date):
        return f"{value:%-d %b %Y}"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(dict(field.flatchoices).get(value, value))


def _names(fields: list[Any], rows: list[Any]) -> dict[tuple[Any, Any], str]:
    """The names of all records that these history rows point at: one query for each kind of record."""
    wanted: dict[Any, set[Any]] = defaultdict(set)
    for field in fields:
        if field.is_relation:
            wanted[field.related_model] |= {getattr(row, field.attname) for row in rows} - {None}
    return {(model, pk): name for model, pks in wanted.items() for pk, name in _names_of(model, pks).items()}


def _names_of(model: type[models.Model], pks: Iterable[Any]) -> dict[Any, str]:
    def find(keys: list[Any]) -> dict[Any, str]:
        records = model._base_manager.in_bulk(keys)
        return {pk: str(records[pk]) if pk in records else f"record {pk}" for pk in keys}

    return each_once_while_reading(("names", model), pks, find)


def _entries(rows: list[Any]) -> dict[int, int]:
    """{history id: number of its ledger entry}."""
    if not rows:
        return {}
    entries = Entry.objects.filter(
        table_name=rows[0]._meta.db_table, row_id__in=[row.history_id for row in rows], kind=Entry.Kind.ROW
    )
    return dict(entries.values_list("row_id", "sequence"))
