"""What the owner of the database can do to the chain: make all of it anew, or cut its tail off."""

from django.db import connection

from tests.ledger.conftest import triggers_off

# Every hash anew after a change of the first entry, so that the chain itself is sound.
REWRITE = """
    WITH RECURSIVE chain AS (
        SELECT e.sequence, e.actor, ''::bytea AS previous, ledger_entry_hash(e.sequence, e.kind, e.table_name, e.row_id,
               'user 1', e.at, e.fields, ''::bytea) AS hash FROM ledger_entry e WHERE e.sequence = 1
        UNION ALL
        SELECT e.sequence, e.actor, c.hash, ledger_entry_hash(e.sequence, e.kind, e.table_name, e.row_id,
               e.actor, e.at, e.fields, c.hash) FROM ledger_entry e JOIN chain c ON e.sequence = c.sequence + 1
    )
    UPDATE ledger_entry e SET previous_hash = c.previous, hash = c.hash,
           actor = CASE e.sequence WHEN 1 THEN 'user 1' ELSE e.actor END
      FROM chain c WHERE c.sequence = e.sequence
"""
# The same from an entry in the middle on, so that the ledger begins as before.
REWRITE_LATER = (
    REWRITE.replace("e.previous_hash, ", "")
    .replace("''::bytea AS previous", "e.previous_hash AS previous")
    .replace(
        "e.fields, ''::bytea) AS hash FROM ledger_entry e WHERE e.sequence = 1",
        "e.fields, e.previous_hash) AS hash FROM ledger_entry e WHERE e.sequence = 2",
    )
    .replace("CASE e.sequence WHEN 1", "CASE e.sequence WHEN 2")
)


def rewrite(statement=REWRITE):
    with triggers_off() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0


def cut_tail(entries=1):
    with triggers_off() as cursor:
        cursor.execute(
            "DELETE FROM ledger_entry WHERE sequence > (SELECT max(sequence) - %s FROM ledger_entry)", [entries]
        )


def head():
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(sequence) FROM ledger_entry")
        return cursor.fetchone()[0]
