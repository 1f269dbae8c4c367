from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The indexes that lists are read in the order of. People go on working while they are made.
    atomic = False

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('workflow', '0007_read_mentions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='review',
            index=models.Index(fields=['due_on', 'id'], name='reviews_in_order'),
        ),
    ]
