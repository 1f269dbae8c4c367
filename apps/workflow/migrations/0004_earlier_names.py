"""A redaction destroys the salts of a field under the names that it had before, too."""

from django.db import migrations

# As in 0003, but for the names: older entries commit to the column as it was called then.
REDACT_FIELD = """
CREATE OR REPLACE FUNCTION ledger_redact_field(place public.ledger_redactablefield, row_id bigint, record_id bigint,
                                    tombstone text, actor text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_entry e
                    WHERE e.table_name = place.table_name AND e.row_id = $2 AND e.kind = 'row') THEN
        RAISE EXCEPTION 'Row % of % is not on the ledger yet.', row_id, place.table_name;
    END IF;
    EXECUTE format('UPDATE public.%I SET %I = $1 WHERE %I = $2', place.table_name, place.field, place.key)
      USING tombstone, row_id;
    IF place.record_table <> '' AND NOT place.is_copy THEN
        EXECUTE format('SELECT max(%I) FROM public.%I WHERE %I = $1', place.key, place.table_name, place.record_key)
           INTO newest USING record_id;
        IF newest = row_id THEN
            EXECUTE format('UPDATE public.%I SET %I = $1 WHERE %I = $2', place.record_table, place.field, place.record_key)
              USING tombstone, record_id;
        END IF;
    END IF;
    WITH RECURSIVE called (name) AS (
        SELECT place.field::text
        UNION
        SELECT e.fields -> 'renamed' ->> c.name FROM called c
          JOIN public.ledger_entry e ON e.table_name = '' AND e.kind = 'schema'
           AND e.fields ->> 'table' = place.table_name AND e.fields -> 'renamed' ? c.name
    )
    UPDATE public.ledger_salt s SET salts = s.salts - ARRAY(SELECT name FROM called) FROM public.ledger_entry e
     WHERE e.sequence = s.entry_id AND e.table_name = place.table_name AND e.row_id = $2;
    PERFORM public.ledger_add_entry('redaction', place.table_name, row_id, actor,
                                    jsonb_build_object(place.field, tombstone));
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0003_redaction_targets"), ("ledger", "0009_state")]

    operations = [migrations.RunSQL(REDACT_FIELD, migrations.RunSQL.noop)]
