import apps.core.clock
import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


from apps.ledger.migrations._chain import AFTER, BEFORE


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in BEFORE),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('sequence', models.BigIntegerField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('row', 'Row added'), ('redaction', 'Field redacted'), ('schema', 'Columns recorded'), ('names', 'Names recorded'), ('loaded', 'Records of another time loaded')], max_length=10)),
                ('table_name', models.CharField(max_length=63)),
                ('row_id', models.BigIntegerField()),
                ('actor', models.CharField(help_text="'user ID' or 'system'; never a name.", max_length=30)),
                ('at', models.DateTimeField()),
                ('fields', models.JSONField(help_text='{column: SHA-256 of salt, column name and value, hex}; plain words in a note on the ledger.')),
                ('previous_hash', models.BinaryField(max_length=32)),
                ('hash', models.BinaryField(max_length=32)),
            ],
            options={
                'verbose_name_plural': 'entries',
                'ordering': ['-sequence'],
            },
        ),
        migrations.CreateModel(
            name='RedactableField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table_name', models.CharField(help_text='Whose rows stand on the chain.', max_length=63)),
                ('field', models.CharField(max_length=63)),
                ('key', models.CharField(help_text='The column with the number of the row.', max_length=63)),
                ('record', models.CharField(help_text='The model, as room.model.', max_length=100)),
                ('record_key', models.CharField(help_text='The column with the number of the record.', max_length=63)),
                ('record_table', models.CharField(blank=True, help_text='Where the record stands beside its history.', max_length=63)),
                ('is_copy', models.BooleanField(default=False, help_text='Holds what was written elsewhere, and is not asked for.')),
            ],
        ),
        migrations.CreateModel(
            name='StoredResponse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Who sent it; a room above this one knows users.')),
                ('path', models.CharField(max_length=500)),
                ('key', models.CharField(max_length=255)),
                ('body', models.CharField(help_text='SHA-256 of the body.', max_length=64)),
                ('status', models.PositiveSmallIntegerField(default=0)),
                ('answer', models.TextField(blank=True, help_text='As JSON; empty when it is the record as it now is.')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=150), help_text='Those of the sender at that time.', null=True, size=None)),
                ('record', models.BigIntegerField(help_text='The key of the record that was answered with.', null=True)),
                ('created_at', models.DateTimeField(db_index=True, default=apps.core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by_name', models.CharField(help_text='Who started it.', max_length=150)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('progress', models.PositiveSmallIntegerField(default=0, help_text='In percent.')),
                ('entries', models.BigIntegerField(default=0)),
                ('redactions', models.BigIntegerField(default=0)),
                ('head', models.CharField(blank=True, help_text='Hash of the last entry, hex.', max_length=64)),
                ('problems', models.JSONField(default=list, help_text='The first row of each kind that does not fit.')),
                ('checkpoint', models.CharField(blank=True, help_text='The file it was compared with.', max_length=100)),
                ('checkpoint_problem', models.TextField(blank=True)),
                ('compared', models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder, help_text='The checkpoints that do not fit, and the newest of each holder that does.')),
                ('checked', models.JSONField(default=list, help_text='What was compared, in words.')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Anchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.BigIntegerField(help_text='So many entries are covered.')),
                ('root', models.CharField(help_text='Hash over all of them, hex.', max_length=64)),
                ('kind', models.CharField(choices=[('mail', 'Mail'), ('folder', 'Folder'), ('timestamp', 'Time stamp')], max_length=10)),
                ('holder', models.CharField(help_text="'user ID', a folder or an address; never a name.", max_length=200)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('problem', models.TextField(blank=True, help_text='Why it could not be left there.')),
                ('note', models.TextField(blank=True, help_text='The signed note, where a token speaks of it.')),
                ('token', models.BinaryField(help_text='The answer of a time-stamping authority.', null=True)),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['kind', 'holder', '-id'], name='newest_anchors')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='anchor',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='3b0b2bc958d97fcfb7344ae8dfa1d69635aef7a6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_124ab', table='ledger_anchor', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='anchor',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='deffb238bd1c2d419450bcbb4ccb5457adccf7ea', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_f42ef', table='ledger_anchor', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='Salt',
            fields=[
                ('entry', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='ledger.entry')),
                ('salts', models.JSONField()),
            ],
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['table_name', 'row_id'], name='ledger_entr_table_n_df400b_idx'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entry',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='482af4356e448d2c350a7d23e5d665c8c516723d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_af900', table='ledger_entry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entry',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='95377cd8409f7dbc75b4c83a8cd5844ee34f044c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_43bbd', table='ledger_entry', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='redactablefield',
            constraint=models.UniqueConstraint(fields=('table_name', 'field'), name='redactable_field_once'),
        ),
        migrations.AddConstraint(
            model_name='storedresponse',
            constraint=models.UniqueConstraint(fields=('user_id', 'path', 'key'), name='one_answer_for_a_key'),
        ),
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in AFTER),
    ]
