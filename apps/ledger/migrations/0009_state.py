"""Entries about the ledger itself, and times that never fall.

`ledger_link` alone adds to the chain: rows and redactions come to it with commitments, see `ledger_add_entry`; the
ledger's own notes with plain words, see `apps.ledger.state`.
"""

from django.db import migrations, models

# The advisory lock makes the chain's writers queue at commit only, however long their transactions were. A clock that
# was set back between two entries leaves the time of the first one standing.
LINK = """
CREATE FUNCTION ledger_link(new_kind text, new_table text, new_row_id bigint, new_actor text, new_fields jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last_sequence bigint;
    last_hash bytea;
    last_at timestamptz;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger chain'));
    SELECT e.sequence, e.hash, e.at INTO last_sequence, last_hash, last_at
      FROM public.ledger_entry e ORDER BY e.sequence DESC LIMIT 1;
    last_sequence := coalesce(last_sequence, 0);
    last_hash := coalesce(last_hash, '');
    moment := greatest(clock_timestamp(), last_at);
    INSERT INTO public.ledger_entry (sequence, kind, table_name, row_id, actor, at, fields, previous_hash, hash)
    VALUES (last_sequence + 1, new_kind, new_table, new_row_id, new_actor, moment, new_fields, last_hash,
            public.ledger_entry_hash(last_sequence + 1, new_kind, new_table, new_row_id, new_actor, moment, new_fields,
                                     last_hash));
    RETURN last_sequence + 1;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger_link(text, text, bigint, text, jsonb) FROM PUBLIC;
"""

ADD_ENTRY = """
CREATE OR REPLACE FUNCTION ledger_add_entry(
    new_kind text, new_table text, new_row_id bigint, new_actor text, row_fields jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    commitments jsonb;
    salts jsonb;
BEGIN
    SELECT jsonb_object_agg(f.key, ledger_commitment(f.salt, f.key, f.value)),
           jsonb_object_agg(f.key, encode(f.salt, 'hex'))
      INTO commitments, salts
      FROM (SELECT key, value, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt
              FROM jsonb_each(row_fields) OFFSET 0) f;
    INSERT INTO public.ledger_salt (entry_id, salts)
    VALUES (public.ledger_link(new_kind, new_table, new_row_id, new_actor, commitments), salts);
END
$$;
"""

KINDS = [
    ("row", "Row added"),
    ("redaction", "Field redacted"),
    ("schema", "Columns recorded"),
    ("names", "Names recorded"),
    ("loaded", "Records of another time loaded"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_only_tombstones")]

    operations = [
        migrations.RunSQL(LINK, migrations.RunSQL.noop),
        migrations.RunSQL(ADD_ENTRY, migrations.RunSQL.noop),
        migrations.AlterField("entry", "kind", models.CharField(choices=KINDS, max_length=10)),
        migrations.AlterField(
            "entry",
            "fields",
            models.JSONField(
                help_text="{column: SHA-256 of salt, column name and value, hex}; plain words in a note on the ledger."
            ),
        ),
    ]
