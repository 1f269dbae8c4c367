from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The indexes that lists are read in the order of. People go on working while they are made.
    atomic = False

    dependencies = [
        ('notifications', '0004_attachments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(fields=['-created_at', '-id'], name='messages_in_order'),
        ),
    ]
