"""What the verification of the ledger asks about answers and cohorts, whose rows stand on the chain by digests."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from psycopg import sql

from apps.consents.rows import BLOCK_ROWS, ROW
from apps.consents.sets import PIECE
from apps.ledger.verify import Question, asks

IMPORTS_AT_ONCE = 5000
FIRST, LAST = -(2**31), 2**31 - 1

# The first history row of an import says what was imported; a later one could only say what somebody made of it.
BLOCKS = """
    SELECT NULL::bigint, 'consents_consentevent', coalesce(found.first_row, (wanted.number << 32) + 1),
           format('rows %%s to %%s of import %%s%%s are not those that were imported',
                  block * {size} + 1, (block + 1) * {size}, number, ' (' || nullif(wanted.file_name, '') || ')')
      FROM (SELECT h.id AS number, b.place - 1 AS block, b.digest, h.file_name
              FROM consents_historicalconsentimport h, jsonb_array_elements_text(h.blocks)
                   WITH ORDINALITY AS b (digest, place)
             WHERE h.history_type = '+' AND h.id BETWEEN %(low)s AND %(high)s) wanted
      FULL JOIN (SELECT e.id >> 32 AS number, ((e.id & 4294967295) - 1) / {size} AS block, min(e.id) AS first_row,
                        encode(sha256(convert_to(string_agg({row}, chr(30) ORDER BY e.id), 'UTF8')), 'hex') AS digest,
                        bool_and(e.import_id = e.id >> 32) AS is_its_own
                   FROM consents_consentevent e
                  WHERE e.id BETWEEN %(low)s::bigint << 32 AND (%(high)s::bigint << 32) + 4294967295
                  GROUP BY 1, 2) found USING (number, block)
     WHERE found.digest IS DISTINCT FROM wanted.digest OR NOT found.is_its_own
     ORDER BY number, block LIMIT 1
"""

COHORTS = """
    SELECT NULL::bigint, 'consents_cohortchunk', number,
           format('the members of cohort %%s are not those that were recorded', number)
      FROM (SELECT id AS number, digest FROM consents_historicalcohort
             WHERE history_type = '+' AND id BETWEEN %(low)s AND %(high)s) wanted
      FULL JOIN (SELECT cohort_id AS number,
                        encode(sha256(string_agg({piece}, ''::bytea ORDER BY chunk)), 'hex') AS digest
                   FROM consents_cohortchunk WHERE cohort_id BETWEEN %(low)s AND %(high)s GROUP BY 1) found
           USING (number)
     WHERE found.digest IS DISTINCT FROM wanted.digest ORDER BY number LIMIT 1
"""


@asks
def questions(cursor: Any) -> list[Question]:
    blocks = sql.SQL(BLOCKS).format(size=sql.Literal(BLOCK_ROWS), row=sql.SQL(ROW))
    return [
        Question(blocks, _steps(cursor, "consents_consentimport")),
        Question(sql.SQL(COHORTS).format(piece=sql.SQL(PIECE)), [{"low": FIRST, "high": LAST}]),
    ]


def _steps(cursor: Any, table: str) -> list[dict[str, int]]:
    """Ranges of numbers that hold them all, however far a row that was put in lies off."""
    cursor.execute(sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table)))
    bounds = [FIRST, *range(IMPORTS_AT_ONCE, cursor.fetchone()[0] + 1, IMPORTS_AT_ONCE), LAST + 1]
    return [{"low": low, "high": high - 1} for low, high in pairwise(bounds)]
