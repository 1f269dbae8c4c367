"""Rows that can only be added change in one way: a text that may be redacted becomes a tombstone, as the owner does it.

No setting of a session opens them.
"""

from django.db import migrations, models

ONLY_REDACTS = r"""
CREATE FUNCTION ledger_only_redacts(changed_table text, old_row jsonb, new_row jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_and(n.value #>> '{}' ~ '^\[redacted [0-9]+\]$' AND EXISTS (
               SELECT FROM public.ledger_redactablefield f
                WHERE changed_table IN (f.table_name, f.record_table) AND f.field = n.key)), false)
      FROM jsonb_each(new_row) n WHERE n.value IS DISTINCT FROM old_row -> n.key
$$;
REVOKE EXECUTE ON FUNCTION ledger_only_redacts(text, jsonb, jsonb) FROM PUBLIC;
"""

# Only the owner gets as far as the second question, and only `ledger_redact` works as the owner for others.
GUARD = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        IF public.ledger_only_redacts(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '{refusal}', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
"""

REFUSE = GUARD.format(name="ledger_refuse_change", refusal="Rows of % can only be added, not changed or removed.")
KEEP = GUARD.format(name="ledger_keep", refusal="What is recorded in % is neither removed nor edited.")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_answers_to_whom")]

    operations = [
        migrations.CreateModel(
            name="RedactableField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table_name", models.CharField(help_text="Whose rows stand on the chain.", max_length=63)),
                ("field", models.CharField(max_length=63)),
                ("key", models.CharField(help_text="The column with the number of the row.", max_length=63)),
                ("record", models.CharField(help_text="The model, such as vendors.person.", max_length=100)),
                ("record_key", models.CharField(help_text="The column with the number of the record.", max_length=63)),
                (
                    "record_table",
                    models.CharField(
                        blank=True, help_text="Where the record stands beside its history.", max_length=63
                    ),
                ),
                (
                    "is_copy",
                    models.BooleanField(
                        default=False, help_text="Holds what was written elsewhere, and is not asked for."
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("table_name", "field"), name="redactable_field_once")
                ],
            },
        ),
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in (ONLY_REDACTS, REFUSE, KEEP)),
    ]
