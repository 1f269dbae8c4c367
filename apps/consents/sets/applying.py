"""What time changes: answers that begin to count, and answers that lapse. A task puts them into the sets.

Whoever asks in between reads what is due beside the sets, see `due.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from apps.consents.ledger.locks import CLOCK, lock, lock_chunks
from apps.consents.ledger.rows import BEGUN, answers_where, fetch, run
from apps.consents.models import AnsweredUse
from apps.consents.sets import bitmaps
from apps.consents.sets.hierarchy import Plan, UseHierarchy
from apps.consents.sets.resolving import Resolution
from apps.core import clock

CHUNKS_AT_ONCE = 8

LOOK = """
    SELECT EXISTS (SELECT FROM consents_permissiondue WHERE at <= %(now)s),
           (SELECT max(applied_until) FROM consents_answereduse)
"""
CHUNKS_DUE = """
    SELECT DISTINCT subject_id >> 16 FROM consents_permissiondue WHERE at <= %(now)s ORDER BY 1 LIMIT %(most)s
"""
TAKE = """
    DELETE FROM consents_permissiondue WHERE at <= %(now)s AND subject_id >> 16 = ANY(%(chunks)s)
    RETURNING subject_id, use_id
"""
MARK = "UPDATE consents_answereduse SET applied_until = %(now)s WHERE applied_until < %(now)s"


def apply_due(now: datetime) -> bool:
    """Let everything that is due by now count. Whether the sets then stand as of now; not when the clock went back."""
    is_due, applied = fetch(LOOK, now=now)[0]
    if is_due:
        clock.require_right()
    while is_due:
        with transaction.atomic():
            lock(CLOCK)
            chunks = [chunk for (chunk,) in fetch(CHUNKS_DUE, now=now, most=CHUNKS_AT_ONCE)]
            apply_due_in_chunks(chunks, now)
        is_due = bool(chunks)
    return applied is None or applied <= now


def apply_due_in_chunks(chunks: Collection[int], now: datetime) -> None:
    """The same for some chunks. Locks them until the transaction ends."""
    lock_chunks(chunks)
    taken = fetch(TAKE, now=now, chunks=list(chunks))
    if not taken:
        return
    hierarchy = UseHierarchy.load()
    answered = AnsweredUse.objects.values_list("pk", flat=True)
    plan = hierarchy.plan(hierarchy.reached_from({use for _, use in taken}), answered)
    bitmaps.apply(resolve_people({person for person, _ in taken}, plan, now), plan)
    run(MARK, now=now)


def resolve_people(people: Collection[int], plan: Plan, moment: datetime) -> Resolution:
    """Where these people's answers put them. Nobody adds to them while the locks of their chunks are held."""
    resolution = Resolution(plan.groups, clock.microseconds(moment), begun=True)
    condition = f"{BEGUN} AND e.use_id = ANY(%(uses)s) AND e.subject_id = ANY(%(people)s)"
    resolution.read(answers_where(condition, {"uses": plan.sources, "people": list(people), "moment": moment}))
    return resolution
