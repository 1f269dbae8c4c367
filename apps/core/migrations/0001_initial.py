from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='SharedValue',
            fields=[
                ('key', models.CharField(help_text='A digest, since keys may hold addresses.', max_length=64, primary_key=True, serialize=False)),
                ('value', models.TextField(help_text='As JSON.')),
                ('ends_at', models.DateTimeField(db_index=True, null=True)),
            ],
        ),
    ]
