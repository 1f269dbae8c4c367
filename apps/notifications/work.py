"""What waits for somebody, and what is theirs: said alike on the home page, in mails and in the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet, Value
from django.urls import reverse

from apps.accounts.models import User
from apps.core.reading import reading
from apps.core.waiting import MOST_OF_A_KIND, Task, Waiting, what_waits_for
from apps.findings.models import Finding, Severity
from apps.ledger.models import party_keys
from apps.records.registry import kinds
from apps.vendors.models import Organisation
from apps.workflow.models import Review, ReviewedModel, Subject
from apps.workflow.models.about import keys_of_subjects, known_records, load_subjects

MOST_SHOWN = 8  # of each kind of one's own records


def tasks_of(user: User) -> list[Task]:
    """Everything that waits for this user, the most urgent first, alike on Home, in the badge, in mails and in the API.

    Nobody gets a line about a record whose remarks are hidden from them.
    """
    with reading():
        found = _rows_of_each(what_waits_for(user))
        tasks = [task for waiting, rows in found.items() if rows for task in waiting.say(user, rows)]
        shown = [one for one in tasks if not isinstance(one.about, Subject) or not one.about.hides_remarks_from(user)]
        return sorted(shown, key=lambda task: task.urgency)


def _rows_of_each(waiting: Sequence[Waiting]) -> dict[Waiting, list[Any]]:
    """The rows of each kind, and what is asked about all of them.

    A query gives the keys of all, then one a model gives its rows: remarks first, then records, those that wait
    together with those that remarks are about.
    """
    rows = {kind: list(kind.told) for kind in waiting if kind.rows is None}
    asked = [(kind, kind.rows) for kind in waiting if kind.rows is not None]
    found = keys_of_each([rows[:MOST_OF_A_KIND] for _, rows in asked])
    keys = {kind: pks for (kind, _), pks in zip(asked, found, strict=True)}
    rows |= _load([kind for kind in keys if not kind.of_records], keys, {})
    remarks = [kind.remark_of(row) for kind, those in rows.items() for row in those]
    about = [remark for remark in remarks if hasattr(remark, "content_type_id")]
    rows |= _load([kind for kind in keys if kind.of_records], keys, keys_of_subjects(about))
    load_subjects(about)
    records = [getattr(kind.remark_of(row), "subject", kind.remark_of(row)) for kind in rows for row in rows[kind]]
    _know_readers([record for record in records if isinstance(record, Subject)])
    Review.prefetch_seats([remark for remark in remarks if isinstance(remark, Review)])
    return rows


def _load(waiting: Sequence[Waiting], keys: dict[Waiting, list[int]], also: dict[Any, set[int]]) -> dict[Waiting, Any]:
    """The rows of these kinds by one query for each model, and with them these records."""
    wanted: dict[Any, set[int]] = defaultdict(set, also)
    for kind in waiting:
        wanted[kind.model].update(keys[kind])
    loaded = {}
    for model, pks in wanted.items():
        those = [kind for kind in waiting if kind.model == model]
        names = {name for kind in those for name in kind.names}
        left_out = {name for kind in those for name in kind.left_out}
        loaded[model] = known_records(model, pks, names, left_out)
    return {kind: [loaded[kind.model][pk] for pk in keys[kind] if pk in loaded[kind.model]] for kind in waiting}


def _know_readers(records: Sequence[Any]) -> None:
    """Load at once from whom they are hidden and who takes part in them; paths to all organisations together."""
    by_model: dict[Any, list[Any]] = defaultdict(list)
    for record in records:
        by_model[type(record)].append(record)
    named = [
        getattr(record, name) for model, those in by_model.items() for name in party_keys(model) for record in those
    ]
    Organisation.prefetch_conflicts([one for one in (*records, *named) if isinstance(one, Organisation)])
    for model, those in by_model.items():
        model.prefetch_readers(those)
        if issubclass(model, ReviewedModel):
            model.prefetch_barred(those)


def keys_of_each(querysets: Sequence[QuerySet[Any]]) -> list[list[int]]:
    """The keys of the rows of each of these, in one query."""
    keys: list[list[int]] = [[] for _ in querysets]
    first, *others = (rows.values_list(Value(place), "pk") for place, rows in enumerate(querysets))
    for place, pk in first.union(*others, all=True):
        keys[place].append(pk)
    return keys


def records_of(user: User) -> list[tuple[str, str, QuerySet[Any]]]:
    """Records that this user asks for or looks after, as (kind, url of the list, records)."""
    return [
        (kind.label, kind.list_url, kind.model._default_manager.kept_by(user))
        for kind in sorted(kinds(), key=lambda kind: kind.label)
        if kind.home
    ]


def mine(user: User) -> list[tuple[str, str, list[Any]]]:
    """The newest of them, for the home page. Kinds of which there are none cost no query of their own."""
    those = records_of(user)
    keys = keys_of_each([records[:MOST_SHOWN] for _, _, records in those])
    known = [known_records(records.model, pks) for (_, _, records), pks in zip(those, keys, strict=True)]
    return [
        (kind, url, [rows[pk] for pk in pks if pk in rows])
        for (kind, url, _), pks, rows in zip(those, keys, known, strict=True)
        if pks
    ]


def findings_by_severity(user: User) -> list[dict[str, Any]]:
    counted = Finding.objects.open_by_severity(user)
    most = max(counted.values(), default=0) or 1
    return [
        {
            "severity": severity.value,
            "label": severity.label,
            "count": counted.get(severity.value, 0),
            "percent": round(100 * counted.get(severity.value, 0) / most),
            "url": f"{reverse('findings:finding_list')}?severity={severity.value}&status=not_closed",
        }
        for severity in Severity
    ]
