"""How many members of a cohort permit a sharing, and who does not.

For now the sets say it, for past dates the answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import connection

from apps.consents import sets
from apps.consents.folding import Fold, microseconds
from apps.consents.models import CHUNK, AnsweredUse, Cohort, Outcome, Screening, Subject
from apps.consents.reach import Reach
from apps.consents.rows import answers_where, stream
from apps.consents.settling import settle
from apps.core import clock
from apps.taxonomy.models import DataUse

if TYPE_CHECKING:
    from apps.accounts.models import User

NEVER_ASKED = "never_asked"
KEYS = {int(outcome): outcome.key for outcome in Outcome}
SAY_NO = (Outcome.OPTED_OUT, Outcome.OBJECTED)
# Up to this share of all people, their answers are looked up one by one.
FEW = 20

MEMBERS = """
    SELECT coalesce(string_agg(int4send(chunk) || bits, ''::bytea ORDER BY chunk), '') FROM consents_cohortchunk
     WHERE cohort_id = %(cohort)s
"""
FIELD_BYTES = 6  # before the one field of a row of COPY
DIGESTS = "SELECT concat(id, '|', encode(key_digest, 'hex')) FROM consents_subject"
DIGESTS_OF_STRETCH = f"{DIGESTS} WHERE id BETWEEN %(low)s AND %(low)s + 65535 ORDER BY id"
DIGESTS_OF_FEW = f"{DIGESTS} WHERE id = ANY(%(people)s) ORDER BY id"

Members = dict[int, int]  # {stretch: people}
Standing = Mapping[int, Mapping[int, Mapping[int, int]]]  # {stretch: {use: {outcome: people}}}


@dataclass
class Counted:
    """Members by use and outcome, and the members to be left out."""

    members: int
    permitted: int
    counts: dict[str, dict[str, int]]
    excluded: Members


def screen(
    cohort: Cohort,
    needs: Sequence[str],
    basis: str,
    *,
    by: User | None,
    occurred_by: datetime | None = None,
    known_by: datetime | None = None,
) -> Screening:
    """Count, and keep the result as evidence. Without dates, it is about now."""
    now = clock.now()
    from_ledger = bool(occurred_by or known_by) or not settle(now)
    screening = Screening(
        cohort=cohort,
        basis=basis,
        needs=sorted(set(needs)),
        occurred_by=occurred_by or now,
        known_by=known_by or now,
        from_ledger=from_ledger,
        cohort_digest=cohort.digest,
        by=by,
    )
    counted = count(screening, members_of(cohort))
    screening.members, screening.permitted = counted.members, counted.permitted
    screening.counts, screening.exclusions_digest = counted.counts, digest_of(counted.excluded)
    screening.on_behalf(by, "screen").save()
    return screening


def count(screening: Screening, members: Members) -> Counted:
    """What the screening asks, of these members."""
    if not screening.needs:
        raise ValidationError({"needs": "Name at least one use."})
    known = dict(DataUse.objects.keyed(*screening.needs).values_list("key", "pk"))
    if unknown := [key for key in screening.needs if key not in known]:
        raise ValidationError({"needs": f"The portal knows no use with the key {unknown[0]}."})
    uses = {key: known[key] for key in screening.needs}
    if screening.from_ledger:
        standing = _from_ledger(list(uses.values()), members, screening.occurred_by, screening.known_by)
    else:
        standing = sets.read(list(uses.values()), list(members))
    return _count(members, standing, uses, screening.basis)


def _count(members: Members, standing: Standing, uses: Mapping[str, int], basis: str) -> Counted:
    """The outcomes of a use exclude each other, so who is in none of them need not be looked for."""
    total = size_of(members)
    counts = {key: dict.fromkeys(KEYS.values(), 0) for key in uses}
    excluded: Members = {}
    for chunk, people in members.items():
        left = people
        for key, use in uses.items():
            found = {outcome: answered & people for outcome, answered in standing.get(chunk, {}).get(use, {}).items()}
            for outcome, inside in found.items():
                counts[key][KEYS[outcome]] += inside.bit_count()
            left &= _allowed(found, basis)
        if left != people:
            excluded[chunk] = people ^ left
    for counted in counts.values():
        counted[NEVER_ASKED] = total - sum(counted.values())
    return Counted(total, total - size_of(excluded), counts, excluded)


def _allowed(found: Mapping[int, int], basis: str) -> int:
    """Whom the basis lets pass, as a set to intersect with."""
    if basis == Screening.Basis.OPT_IN:
        return found.get(Outcome.PERMITTED, 0)
    return ~reduce(lambda people, outcome: people | found.get(outcome, 0), SAY_NO, 0)


def _from_ledger(
    uses: Sequence[int], members: Members, occurred_by: datetime, known_by: datetime
) -> dict[int, dict[int, dict[int, int]]]:
    """Where people stood, by the answers given up to one moment as far as they were recorded up to the other."""
    plan = Reach.load().plan(uses, AnsweredUse.objects.values_list("pk", flat=True))
    condition = "e.use_id = ANY(%(uses)s) AND e.occurred_at <= %(occurred_by)s AND e.recorded_at <= %(known_by)s"
    params = {"uses": plan.sources, "occurred_by": occurred_by, "known_by": known_by}
    if size_of(members) * FEW < (Subject.objects.order_by("-pk").values_list("pk", flat=True).first() or 0):
        condition += " AND e.subject_id = ANY(%(people)s)"
        params["people"] = list(numbers_in(members))
    fold = Fold(plan.groups, microseconds(occurred_by), begun=True)
    fold.read(answers_where(condition, params))
    return {
        chunk: {use: found for group, found in zip(plan.uses, stretch.sets, strict=True) for use in group}
        for chunk, stretch in fold.stretches.items()
    }


def exclusions(screening: Screening) -> Iterator[tuple[int, str]]:
    """Number and digest of each member to be left out, as the screening found it; forgotten people have no digest."""
    screening.from_ledger = True
    excluded = count(screening, members_of(screening.cohort)).excluded
    for chunk, people in excluded.items():
        few = people.bit_count() * FEW < CHUNK
        params = {"people": list(numbers_in({chunk: people})) if few else [], "low": chunk * CHUNK}
        for row in stream(DIGESTS_OF_FEW if few else DIGESTS_OF_STRETCH, params):
            number, digest = row.split(b"|")
            if people >> int(number) % CHUNK & 1:
                yield int(number), digest.decode()


def members_of(cohort: Cohort) -> Members:
    [row] = stream(MEMBERS, {"cohort": cohort.pk}, binary=True)
    return dict(sets.pieces(row[FIELD_BYTES:]))


def digest_of(members: Members) -> str:
    """The same for the same people, in whatever order they were named."""
    made = sha256()
    for chunk in sorted(members):
        if members[chunk]:
            made.update(chunk.to_bytes(4) + sets.to_bytes(members[chunk]))
    return made.hexdigest()


def size_of(members: Members) -> int:
    return sum(people.bit_count() for people in members.values())


def numbers_in(members: Members) -> Iterator[int]:
    """People's numbers, in ascending order."""
    for chunk in sorted(members):
        digits = bin(members[chunk])[:1:-1]
        place = digits.find("1")
        while place >= 0:
            yield chunk * CHUNK + place
            place = digits.find("1", place + 1)


def cohorts_with(subject: Subject) -> list[int]:
    """The cohorts that this person is in. Tests one bit of each, without reading the rest."""
    chunk, place = divmod(subject.pk, CHUNK)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cohort_id FROM consents_cohortchunk WHERE chunk = %s "
            "AND get_byte(substring(bits FROM %s FOR 1), 0) & %s <> 0 ORDER BY 1",
            [chunk, place // 8 + 1, 1 << place % 8],
        )
        return [pk for (pk,) in cursor]
