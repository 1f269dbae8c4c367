"""What time changes: answers that begin to count, and answers that lapse. A task puts them into the sets.

Whoever asks in between reads what is due beside the sets, see `due.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from apps.consents import sets
from apps.consents.folding import Fold
from apps.consents.locks import CLOCK, lock, lock_stretches
from apps.consents.models import AnsweredUse
from apps.consents.reach import Plan, Reach
from apps.consents.rows import BEGUN, answers_where, fetch, run
from apps.core import clock

STRETCHES_AT_ONCE = 8

LOOK = """
    SELECT EXISTS (SELECT FROM consents_permissiondue WHERE at <= %(now)s),
           (SELECT max(settled_until) FROM consents_answereduse)
"""
STRETCHES_DUE = """
    SELECT DISTINCT subject_id >> 16 FROM consents_permissiondue WHERE at <= %(now)s ORDER BY 1 LIMIT %(most)s
"""
TAKE = """
    DELETE FROM consents_permissiondue WHERE at <= %(now)s AND subject_id >> 16 = ANY(%(stretches)s)
    RETURNING subject_id, use_id
"""
MARK = "UPDATE consents_answereduse SET settled_until = %(now)s WHERE settled_until < %(now)s"


def settle(now: datetime) -> bool:
    """Let everything that is due by now count. Whether the sets then stand as of now; not when the clock went back."""
    is_due, settled = fetch(LOOK, now=now)[0]
    if is_due:
        clock.require_right()
    while is_due:
        with transaction.atomic():
            lock(CLOCK)
            stretches = [chunk for (chunk,) in fetch(STRETCHES_DUE, now=now, most=STRETCHES_AT_ONCE)]
            settle_stretches(stretches, now)
        is_due = bool(stretches)
    return settled is None or settled <= now


def settle_stretches(stretches: Collection[int], now: datetime) -> None:
    """The same for some stretches. Locks them until the transaction ends."""
    lock_stretches(stretches)
    taken = fetch(TAKE, now=now, stretches=list(stretches))
    if not taken:
        return
    reach = Reach.load()
    answered = AnsweredUse.objects.values_list("pk", flat=True)
    plan = reach.plan(reach.reached_from({use for _, use in taken}), answered)
    sets.apply(fold_people({person for person, _ in taken}, plan, now), plan)
    run(MARK, now=now)


def fold_people(people: Collection[int], plan: Plan, moment: datetime) -> Fold:
    """Where these people's answers put them. Nobody adds to them while the locks of their stretches are held."""
    fold = Fold(plan.groups, clock.microseconds(moment), begun=True)
    condition = f"{BEGUN} AND e.use_id = ANY(%(uses)s) AND e.subject_id = ANY(%(people)s)"
    fold.read(answers_where(condition, {"uses": plan.sources, "people": list(people), "moment": moment}))
    return fold
