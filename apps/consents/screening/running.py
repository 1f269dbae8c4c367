"""Screenings, kept as evidence: how many members of a cohort permit a sharing, and who does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from apps.consents.ledger.rows import fetch, stream
from apps.consents.models import CHUNK, AnsweredUse, Cohort, DataSubject, Screening
from apps.consents.models.bits import place_of
from apps.consents.screening.counting import FEW, count_in_detail, left_out
from apps.consents.sets.bitmaps import Members, digest_of, numbers_in
from apps.consents.sets.due import Due
from apps.core import clock
from apps.core.exceptions import Conflict

if TYPE_CHECKING:
    from apps.accounts.models import User

DIGESTS = "SELECT concat(id, '|', encode(key_digest, 'hex')) FROM consents_datasubject"
DIGESTS_OF_CHUNK = f"{DIGESTS} WHERE id BETWEEN %(low)s AND %(low)s + 65535 ORDER BY id"
DIGESTS_OF_FEW = f"{DIGESTS} WHERE id = ANY(%(people)s) ORDER BY id"
WITH_PERSON = """
    SELECT cohort_id FROM consents_cohortchunk WHERE chunk = %(chunk)s AND get_bit(bits, %(place)s) = 1 ORDER BY 1
"""


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
    # After the clock went back, the sets stand later than now.
    from_ledger = bool(occurred_by or known_by) or AnsweredUse.objects.filter(applied_until__gt=now).exists()
    due = None if from_ledger else Due.by(now)
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
    counted = count_in_detail(screening, due)
    screening.members, screening.permitted = counted.members, counted.permitted
    screening.counts, screening.exclusions_digest = counted.counts, counted.exclusions_digest
    screening.on_behalf(by, "screen").save()
    return screening


def exclusions(screening: Screening) -> Iterator[tuple[int, str]]:
    """Number and digest of each member to be left out, as the screening found it; forgotten people have no digest.

    Raises Conflict when the answers say something else by now: an import that was on its way at the moment of the
    screening has arrived, or the taxonomy reads differently.
    """
    screening.from_ledger = True
    found = left_out(screening)
    if digest_of(found) != screening.exclusions_digest:
        raise Conflict(
            "The answers up to the moments of this screening say something else by now, because an import was on its "
            "way then, or the terms were changed. Screen the cohort again and take the list of that screening."
        )
    return _digests(found)


def _digests(found: Members) -> Iterator[tuple[int, str]]:
    for chunk, people in found.items():
        few = people.bit_count() * FEW < CHUNK
        params = {"people": list(numbers_in({chunk: people})) if few else [], "low": chunk * CHUNK}
        for row in stream(DIGESTS_OF_FEW if few else DIGESTS_OF_CHUNK, params):
            number, digest = row.split(b"|")
            if people >> int(number) % CHUNK & 1:
                yield int(number), digest.decode()


def cohorts_with(subject: DataSubject) -> list[int]:
    """The cohorts that this person is in. Tests one bit of each."""
    chunk, place = place_of(subject.pk)
    return [pk for (pk,) in fetch(WITH_PERSON, chunk=chunk, place=place)]
