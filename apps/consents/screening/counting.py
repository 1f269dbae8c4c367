"""How many members of a cohort stand where, and who is to be left out: counted by the database, where the sets lie."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.consents.ledger.rows import answers_where, fetch
from apps.consents.models import NEVER_ASKED, SAID_NO, AnsweredUse, Cohort, DataSubject, Outcome, Screening
from apps.consents.sets import bitmaps
from apps.consents.sets.bitmaps import Members, Row, numbers_in
from apps.consents.sets.due import Due
from apps.consents.sets.hierarchy import UseHierarchy
from apps.consents.sets.resolving import Resolution
from apps.core import clock
from apps.taxonomy.models import DataUse

KEYS = {int(outcome): outcome.key for outcome in Outcome}
# Up to this share of all people, their answers are looked up one by one.
FEW = 20

MEMBERS = "SELECT chunk, bits FROM consents_cohortchunk WHERE cohort_id = %(cohort)s"
KEPT = "SELECT use_id, outcome, chunk, bits FROM consents_permissionchunk WHERE use_id = ANY(%(uses)s)"
RESOLVED = f"SELECT use_id, outcome, chunk, bits FROM {bitmaps.SENT}"
NO = ", ".join(str(int(outcome)) for outcome in SAID_NO)
# Who passes, by the basis of the screening.
PASSING: dict[str, str] = {
    Screening.Basis.OPT_IN: f"""
        SELECT chunk, m.bits & permitting.bits AS bits FROM members m JOIN (
            SELECT chunk, bit_and(bits) AS bits FROM standing WHERE outcome = {Outcome.PERMITTED}
             GROUP BY chunk HAVING count(*) = %(needed)s) permitting USING (chunk)
    """,
    Screening.Basis.OPT_OUT: f"""
        SELECT chunk, coalesce(m.bits & ~ saying_no.bits, m.bits) AS bits FROM members m LEFT JOIN (
            SELECT chunk, bit_or(bits) AS bits FROM standing
             WHERE outcome IN ({NO}) GROUP BY chunk) saying_no USING (chunk)
    """,
}
SETS = "WITH members AS ({members}), standing AS ({standing}), passing AS ({passing})"
COUNT = "SELECT sum(bit_count(bits)) FROM passing"
LEFT_OUT = """
    SELECT chunk, bits FROM (SELECT chunk, coalesce(m.bits # p.bits, m.bits) AS bits
                               FROM members m LEFT JOIN passing p USING (chunk)) others
     WHERE bit_count(bits) > 0
"""
# One statement, so that all of it speaks of the same moment. A row without a use is of who passes, with the digest of
# the others; the rest is of the outcomes of each use.
DETAIL = f"""
    SELECT NULL, NULL, ({COUNT}), (
            SELECT encode(sha256(coalesce(string_agg({bitmaps.PIECE}, ''::bytea ORDER BY chunk), '')), 'hex')
              FROM ({LEFT_OUT}) left_out)
     UNION ALL
    SELECT use_id, outcome, sum(bit_count(m.bits & s.bits)), NULL
      FROM members m JOIN standing s USING (chunk) GROUP BY use_id, outcome
"""


@dataclass(frozen=True)
class Counted:
    """How many members there are, and how many of them pass."""

    members: int
    permitted: int


@dataclass(frozen=True)
class Detailed(Counted):
    """The same with all members by use and outcome, and a digest of the set of those who do not pass."""

    counts: dict[str, dict[str, int]]
    exclusions_digest: str


def count(screening: Screening, due: Due | None = None) -> Counted:
    """What the screening asks. Raises ValidationError for uses that the portal does not know.

    Whoever counts many times as of the same moment says what is due by then.
    """
    with _query(screening, _uses(screening), COUNT, due) as (query, params):
        [(passing,)] = fetch(query, **params)
    return Counted(screening.cohort.size, int(passing or 0))


def count_in_detail(screening: Screening, due: Due | None = None) -> Detailed:
    """The same, and where everybody stands. Takes some times as long."""
    uses = _uses(screening)
    names = {pk: key for key, pk in uses.items()}
    counts = {key: dict.fromkeys(KEYS.values(), 0) for key in uses}
    permitted, exclusions_digest = 0, ""
    with _query(screening, uses, DETAIL, due) as (query, params):
        for use, outcome, people, digest in fetch(query, **params):
            if use is None:
                permitted, exclusions_digest = int(people or 0), digest
            else:
                counts[names[use]][KEYS[outcome]] = int(people)
    for of_use in counts.values():
        of_use[NEVER_ASKED] = screening.cohort.size - sum(of_use.values())
    return Detailed(screening.cohort.size, permitted, counts, exclusions_digest)


def left_out(screening: Screening) -> Members:
    """Those who do not pass; chunks in which everybody does are not in it."""
    with _query(screening, _uses(screening), LEFT_OUT) as (query, params):
        return dict(sorted(bitmaps.read_people(query, params)))


def members_of(cohort: Cohort) -> Members:
    return dict(bitmaps.read_people(MEMBERS, {"cohort": cohort.pk}))


def _uses(screening: Screening) -> dict[str, int]:
    """The key and the number of each use that is needed."""
    if not screening.needs:
        raise ValidationError({"needs": "Name at least one use."})
    known = {key: use.pk for key, use in DataUse.objects.by_key().items()}
    if unknown := [key for key in screening.needs if key not in known]:
        raise ValidationError({"needs": f"The portal knows no use with the key {unknown[0]}."})
    return {key: known[key] for key in screening.needs}


@contextmanager
def _query(
    screening: Screening, uses: Mapping[str, int], query: str, due: Due | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The query, with the sets that it asks before it: for past dates from the answers.

    For now those that are kept, with what is due by now.
    """
    kept = not screening.from_ledger
    params: dict[str, Any] = {"uses": list(uses.values()), "needed": len(uses), "cohort": screening.cohort.pk}
    standing = RESOLVED
    if kept:
        standing, late = (due or Due.by(clock.now())).corrected(KEPT, uses.values())
        params |= late
    named = SETS.format(members=MEMBERS, standing=standing, passing=PASSING[screening.basis])
    with nullcontext() if kept else transaction.atomic():
        if not kept:
            bitmaps.send(_resolved(screening, uses.values()))
        yield f"{named} {query}", params


def _resolved(screening: Screening, uses: Collection[int]) -> list[Row]:
    """Where people stood, by the answers given up to one moment as far as they were recorded up to the other."""
    plan = UseHierarchy.load().plan(uses, AnsweredUse.objects.values_list("pk", flat=True))
    condition = "e.use_id = ANY(%(uses)s) AND e.occurred_at <= %(occurred_by)s AND e.recorded_at <= %(known_by)s"
    params = {"uses": plan.sources, "occurred_by": screening.occurred_by, "known_by": screening.known_by}
    if screening.cohort.size * FEW < (DataSubject.objects.order_by("-pk").values_list("pk", flat=True).first() or 0):
        condition += " AND e.subject_id = ANY(%(people)s)"
        params["people"] = list(numbers_in(members_of(screening.cohort)))
    resolution = Resolution(plan.groups, clock.microseconds(screening.occurred_by), begun=True)
    resolution.read(answers_where(condition, params))
    return [
        (use, outcome, chunk, people)
        for chunk, of_chunk in resolution.chunks.items()
        for group, found in zip(plan.uses, of_chunk.sets, strict=True)
        for use in group
        for outcome, people in found.items()
    ]
