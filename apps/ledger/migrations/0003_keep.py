"""The database function behind rows that are never removed and facts that are never edited."""

from django.db import migrations

# Any session may say that it does maintenance; only the owner of the table is believed. A redaction acts as the owner.
KEEP = """
CREATE FUNCTION ledger_keep() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('ledger.maintenance', true) = 'on'
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
    END IF;
    RAISE EXCEPTION 'What is recorded in % is neither removed nor edited.', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_initial")]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
