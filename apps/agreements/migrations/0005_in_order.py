from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The indexes that lists are read in the order of. People go on working while they are made.
    atomic = False

    dependencies = [
        ('agreements', '0004_reports_in_words'),
        ('datasets', '0004_cohort'),
        ('taxonomy', '0001_initial'),
        ('vendors', '0007_in_order'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='agreement',
            index=models.Index(fields=['-created_at', '-id'], name='agreements_in_order'),
        ),
        AddIndexConcurrently(
            model_name='transfer',
            index=models.Index(fields=['-transferred_on', '-id'], name='transfers_in_order'),
        ),
    ]
