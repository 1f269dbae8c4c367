"""Sets of people are kept as they are: what is not compressed can be read in part, and need not be unpacked."""

from django.db import migrations

TABLES = ("consents_permissionchunk", "consents_cohortchunk")


class Migration(migrations.Migration):
    dependencies = [("consents", "0001_initial")]

    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} ALTER COLUMN bits SET STORAGE EXTERNAL", migrations.RunSQL.noop)
        for table in TABLES
    ]
