"""What the verification of the ledger asks about answers and cohorts, whose rows stand on the chain by digests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby, pairwise
from typing import NamedTuple

from apps.consents.ledger.rows import BLOCK_ROWS, BREAK
from apps.consents.models import ConsentEvent
from apps.consents.models.bits import CHUNK_BYTES
from apps.consents.sets.rebuilding import rebuild_permissions
from apps.core import clock
from apps.core.isolation import isolated
from apps.ledger.models import Verification
from apps.ledger.verify import Chain, Discrepancy, Reader, asks, leaves_out, works_out
from apps.ledger.verify.hashing import seconds
from apps.ledger.verify.reading import Cell

leaves_out(
    "The digests of people's keys, except whether each is there, destroyed on record, and made with the newest secret. "
    "They do not stand on the ledger, so that a person can be forgotten. A digest that was exchanged for another, so "
    "that answers seem to be those of somebody else, is not noticed.",
)
leaves_out(
    "Who permits what, as sets that follow from the answers. The answers are compared; the sets themselves, and the "
    "moments at which they change, are worked out anew for a seventh of the people each day, and for all by the "
    "command rebuild_permissions --verify.",
    "consents_permissionchunk",
    "consents_permissiondue",
    "consents_answereduse",
    "consents_filleduse",
)
leaves_out(
    "The work on a file of answers, and the days of the curve beside a screening. The import and the screening "
    "themselves are compared.",
    "consents_importrun",
    "consents_coveragepoint",
)

IMPORTS_AT_ONCE = 5000
DERIVED = ("consents_permissionchunk", "consents_permissiondue")
NIGHTS = 7  # in which the sets of everybody are compared once
FIRST, LAST = -(2**31), 2**31 - 1
PLACES = (1 << ConsentEvent.PLACES) - 1

# The first history row of an import says what was imported; a later one could only say what somebody made of it.
WANTED = """
    SELECT id, blocks, file_name FROM ONLY public.consents_historicalconsentimport
     WHERE history_type = '+' AND id BETWEEN {low} AND {high}
"""
EVENTS = """
    SELECT id, import_id, subject_id, use_id, state, occurred_at, expires_at, line, recorded_at, notice_version_id,
           mechanism, language, source
      FROM ONLY public.consents_consentevent WHERE id BETWEEN {low} AND {high} ORDER BY id
"""
COHORTS = """
    SELECT h.id, h.digest, c.cohort_id, c.chunk, c.bits
      FROM (SELECT * FROM ONLY public.consents_historicalcohort WHERE history_type = '+') h
      FULL JOIN ONLY public.consents_cohortchunk c ON c.cohort_id = h.id
     ORDER BY coalesce(h.id, c.cohort_id), c.chunk
"""
PEOPLE = "SELECT id, key_digest, key_version FROM ONLY public.consents_datasubject"
FORGOTTEN = """
    SELECT DISTINCT subject_id FROM ONLY public.consents_historicalsubjectlookup
     WHERE subject_id IS NOT NULL AND forgotten_at IS NOT NULL AND forgotten_because <> ''
"""
BROUGHT = """
    SELECT (SELECT coalesce(sum(new_subjects), 0) FROM ONLY public.consents_historicalconsentimport
             WHERE history_type = '+')
         + (SELECT coalesce(sum(new_subjects), 0) FROM ONLY public.consents_historicalcohort WHERE history_type = '+')
"""
SECRET = "SELECT max(version) FROM ONLY public.consents_historicalsubjectkey"


class Found(NamedTuple):
    """A block of rows as it lies there: of which import, the how-maniest, and whether the rows name that import."""

    number: int
    block: int
    first_row: int
    digest: str
    is_its_own: bool


@asks
def answers(reader: Reader, chain: Chain) -> Iterator[Discrepancy]:
    """The first block of rows that is not the one that was imported."""
    newest = reader.number("SELECT max(id) FROM ONLY public.consents_consentimport")
    for low, high in pairwise([FIRST, *range(IMPORTS_AT_ONCE, newest + 1, IMPORTS_AT_ONCE), LAST + 1]):
        wanted, names = _wanted(reader, low, high - 1)
        wrong: list[tuple[int, int, int]] = []
        for found in _blocks(reader, low, high - 1):
            digest = wanted.pop((found.number, found.block), None)
            if digest != found.digest or not found.is_its_own:
                wrong.append((found.number, found.block, found.first_row))
        wrong += [(number, block, (number << ConsentEvent.PLACES) + 1) for number, block in wanted]
        if wrong:
            number, block, row = min(wrong)
            rows = (
                f"rows {block * BLOCK_ROWS + 1} to {(block + 1) * BLOCK_ROWS} of import {number}{names.get(number, '')}"
            )
            yield Discrepancy(None, "consents_consentevent", row, f"{rows} are not those that were imported")
            return


def _wanted(reader: Reader, low: int, high: int) -> tuple[dict[tuple[int, int], str], dict[int, str]]:
    """The digests of these imports by number and block, and how each is called."""
    digests, names = {}, {}
    for number, blocks, name in reader.rows(WANTED.format(low=low, high=high)):
        names[int(number or 0)] = f" ({name.decode()})" if name else ""
        for block, digest in enumerate(json.loads(blocks or b"[]")):
            digests[int(number or 0), block] = digest
    return digests, names


def _blocks(reader: Reader, low: int, high: int) -> Iterator[Found]:
    bounds = {"low": low << ConsentEvent.PLACES, "high": (high << ConsentEvent.PLACES) + PLACES}
    rows = ((int(row[0] or 0), row) for row in reader.rows(EVENTS.format(**bounds)))
    for (number, block), group in groupby(rows, lambda row: (row[0] >> ConsentEvent.PLACES, _block_of(row[0]))):
        digest, first, is_its_own = sha256(), 0, True
        for key, row in group:
            digest.update((BREAK if first else b"") + _as_imported(row))
            first = first or key
            is_its_own &= row[1] == b"%d" % number
        yield Found(number, block, first, digest.hexdigest(), is_its_own)


def _block_of(key: int) -> int:
    place = key & PLACES
    return (place - 1) // BLOCK_ROWS if place else 0


def _as_imported(row: list[Cell]) -> bytes:
    """The row as `apps.consents.ledger.rows.ROW` has it, made here from plain cells."""
    key, _, subject, use, state, occurred, expires, line, recorded, notice, mechanism, language, source = row
    cells = (
        subject, use, state, occurred and seconds(occurred), expires and seconds(expires), key, line,
        recorded and seconds(recorded), notice, mechanism, language, source,
    )  # fmt: skip
    return b"|".join(cell or b"" for cell in cells)


@asks
def cohorts(reader: Reader, chain: Chain) -> Iterator[Discrepancy]:
    """The first cohort whose members are not those that were recorded."""
    for number, rows in groupby(reader.rows(COHORTS), lambda row: int(row[0] or row[2] or 0)):
        digest, wanted = sha256(), b""
        for _, said, _, chunk, bits in rows:
            wanted = said or b""
            if chunk is not None and bits is not None:
                digest.update(int(chunk).to_bytes(4) + int(bits, 2).to_bytes(CHUNK_BYTES))
        if digest.hexdigest().encode() != wanted:
            what = f"the members of cohort {number} are not those that were recorded"
            yield Discrepancy(None, "consents_cohortchunk", number, what)
            return


@asks
def people(reader: Reader, chain: Chain) -> Iterator[Discrepancy]:
    """How many people there are, and the first of each kind whose digest is not as the records say."""
    forgotten = {int(row[0] or 0) for row in reader.rows(FORGOTTEN)}
    secret, count = b"%d" % reader.number(SECRET), 0
    said: dict[str, int] = {}
    for key, digest, version in reader.rows(PEOPLE):
        count += 1
        person = int(key or 0)
        if what := _wrong_with(digest, person in forgotten, version == secret):
            said[what] = min(person, said.get(what, person))
    for what, person in said.items():
        yield Discrepancy(None, "consents_datasubject", person, what)
    if count != (brought := reader.number(BROUGHT)):
        what = f"it holds {count} people, and the imports and cohorts on record brought {brought}"
        yield Discrepancy(None, "consents_datasubject", 0, what)


def _wrong_with(digest: Cell, is_forgotten: bool, is_of_newest_secret: bool) -> str:
    if digest is None:
        return (
            "" if is_forgotten else "the digest of the key is gone, and no look-up says that the person was forgotten"
        )
    if is_forgotten:
        return "the person was forgotten, and has a digest again"
    return "" if is_of_newest_secret else "the digest was not made with the newest secret on record"


@works_out
def permission_sets() -> Iterator[Discrepancy]:
    """The first set that is not what the answers say, of the chunks of people whose turn it is."""
    with isolated("Comparing the sets of people with their answers"):
        parts = 1 if _named_last() else NIGHTS
        found = rebuild_permissions(verify=True, part=clock.today().toordinal() % parts, parts=parts)
        if found.differences:
            first, *more = found.differences
            others = f", and {len(more)} more sets differ" if more else ""
            yield Discrepancy(None, "consents_permissionchunk", 0, f"{first}{others}")
        if found.moments_missing:
            what = f"{found.moments_missing} moments at which an answer begins to count or ends are missing"
            yield Discrepancy(None, "consents_permissiondue", 0, what)


def _named_last() -> bool:
    """Whether the last verification found sets that differ: then all are looked at until they are right."""
    last = Verification.objects.exclude(finished_at=None).first()
    return last is not None and any(problem["table"] in DERIVED for problem in last.problems)
