from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The indexes that lists are read in the order of. People go on working while they are made.
    atomic = False

    dependencies = [
        ('vendors', '0006_same_records'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='organisation',
            index=models.Index(condition=models.Q(('same_as', None)), fields=['name', 'id'], name='organisations_in_order'),
        ),
        AddIndexConcurrently(
            model_name='organisation',
            index=models.Index(condition=models.Q(('same_as', None)), fields=['status'], name='organisations_counted'),
        ),
        AddIndexConcurrently(
            model_name='person',
            index=models.Index(condition=models.Q(('same_as', None)), fields=['name', 'id'], name='people_in_order'),
        ),
    ]
