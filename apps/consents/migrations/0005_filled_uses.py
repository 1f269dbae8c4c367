import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consents", "0004_strings_of_bits"), ("taxonomy", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="FilledUse",
            fields=[
                (
                    "use",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="taxonomy.datause",
                    ),
                ),
            ],
        ),
        # The sets of all uses that are known by now have been kept from the first answer on.
        migrations.RunSQL("INSERT INTO consents_filleduse (use_id) SELECT id FROM taxonomy_datause"),
    ]
