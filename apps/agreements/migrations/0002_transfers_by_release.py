from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # while the index is made, reports are written as ever

    dependencies = [("agreements", "0001_initial")]

    operations = [
        AddIndexConcurrently("transfer", models.Index(fields=["released_at"], name="transfers_by_release")),
    ]
