import apps.consents.models.bits
import apps.core.clock
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import simple_history.models
from django.conf import settings
from django.db import migrations, models


from apps.consents.migrations._functions import AFTER


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('disclosures', '0001_initial'),
        ('taxonomy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
            ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='AnsweredUse',
            fields=[
                ('use', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='taxonomy.datause')),
                ('applied_until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CoveragePoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('permitted', models.PositiveIntegerField()),
            ],
            options={
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='DataSubject',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('key_digest', models.BinaryField(max_length=16, null=True, unique=True)),
                ('key_version', models.SmallIntegerField(editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='FilledUse',
            fields=[
                ('use', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='taxonomy.datause')),
            ],
        ),
        migrations.CreateModel(
            name='HistoricalCohort',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(db_index=True, max_length=200)),
                ('size', models.PositiveIntegerField(editable=False, verbose_name='people')),
                ('digest', models.CharField(editable=False, help_text='SHA-256 of the set: equal for the same people, in whatever order.', max_length=64)),
                ('file_sha256', models.CharField(blank=True, editable=False, max_length=64, verbose_name='SHA-256 of the file')),
                ('new_subjects', models.PositiveIntegerField(default=0, editable=False, verbose_name='people not known before')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical cohort',
                'verbose_name_plural': 'historical cohorts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalConsentImport',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('kind', models.CharField(choices=[('file', 'File'), ('api', 'API'), ('link', 'Withdrawal link'), ('page', 'Look-up')], editable=False, max_length=5)),
                ('file_name', models.CharField(blank=True, editable=False, max_length=200)),
                ('file_sha256', models.CharField(blank=True, editable=False, max_length=64, verbose_name='SHA-256 of the file')),
                ('rows', models.PositiveIntegerField(editable=False)),
                ('rejected', models.PositiveIntegerField(default=0, editable=False, verbose_name='rejected rows')),
                ('new_subjects', models.PositiveIntegerField(default=0, editable=False, verbose_name='people not known before')),
                ('counts', models.JSONField(default=dict, editable=False, help_text='{use: {state: rows}}')),
                ('block_rows', models.PositiveIntegerField(editable=False, verbose_name='rows in a block')),
                ('blocks', models.JSONField(default=list, editable=False, help_text='The SHA-256 of each block of rows, in order.')),
                ('recorded_at', models.DateTimeField(db_index=True, editable=False)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical consent import',
                'verbose_name_plural': 'historical consent imports',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalScreening',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('basis', models.CharField(choices=[('opt_in', 'People must have said yes'), ('opt_out', 'People must not have said no')], editable=False, max_length=10)),
                ('needs', models.JSONField(editable=False, help_text='The keys of all uses that must be permitted.')),
                ('occurred_by', models.DateTimeField(editable=False, help_text='Answers given up to this moment count,')),
                ('known_by', models.DateTimeField(editable=False, help_text='as far as they were recorded up to this one.')),
                ('from_ledger', models.BooleanField(editable=False, help_text='Counted from the answers themselves, for past dates.')),
                ('members', models.PositiveIntegerField(editable=False)),
                ('permitted', models.PositiveIntegerField(editable=False, validators=[django.core.validators.MaxValueValidator(2147483647)])),
                ('counts', models.JSONField(editable=False, help_text='{use: {outcome: members}}, with never_asked.')),
                ('cohort_digest', models.CharField(editable=False, max_length=64)),
                ('exclusions_digest', models.CharField(editable=False, help_text='SHA-256 of the set of members that are to be left out.', max_length=64)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical screening',
                'verbose_name_plural': 'historical screenings',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSubjectKey',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('version', models.PositiveSmallIntegerField(db_index=True, editable=False)),
                ('fingerprint', models.CharField(editable=False, help_text='What tells a wrong secret, as SHA-256.', max_length=64)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical subject key',
                'verbose_name_plural': 'historical subject keys',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSubjectLookup',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('at', models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name='when')),
                ('reason', models.TextField(help_text='Why you need to know, such as the number of a request.', max_length=500)),
                ('forgotten_at', models.DateTimeField(editable=False, null=True, verbose_name='person forgotten')),
                ('forgotten_because', models.TextField(blank=True, editable=False, max_length=500, verbose_name='why the person was forgotten')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical look-up of a person',
                'verbose_name_plural': 'historical look-ups of people',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalWithdrawalLink',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('opaque', models.CharField(db_index=True, editable=False, max_length=43)),
                ('expires_at', models.DateTimeField(editable=False, verbose_name='valid until')),
                ('used_at', models.DateTimeField(editable=False, null=True, verbose_name='first used')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical withdrawal link',
                'verbose_name_plural': 'historical withdrawal links',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=200)),
                ('spool', models.CharField(blank=True, help_text='The name under which an upload waits.', max_length=200)),
                ('options', models.JSONField(default=dict)),
                ('phase', models.CharField(default='Waiting', max_length=60)),
                ('rows', models.PositiveIntegerField(default=0, help_text='Read so far.')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('problems', models.JSONField(default=list)),
                ('problem_count', models.PositiveIntegerField(default=0)),
                ('read_as', models.CharField(blank=True, default='', help_text='How the file was read, such as semicolon-separated, UTF-16.', max_length=60)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='PermissionChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.PositiveSmallIntegerField(choices=[(1, 'Permitted'), (2, 'Withdrawn'), (3, 'Refused'), (4, 'Opted out'), (5, 'Objected'), (6, 'Expired')])),
                ('chunk', models.PositiveIntegerField()),
                ('bits', apps.consents.models.bits.PeopleField()),
            ],
        ),
        migrations.CreateModel(
            name='PermissionDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Screening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('basis', models.CharField(choices=[('opt_in', 'People must have said yes'), ('opt_out', 'People must not have said no')], editable=False, max_length=10)),
                ('needs', models.JSONField(editable=False, help_text='The keys of all uses that must be permitted.')),
                ('occurred_by', models.DateTimeField(editable=False, help_text='Answers given up to this moment count,')),
                ('known_by', models.DateTimeField(editable=False, help_text='as far as they were recorded up to this one.')),
                ('from_ledger', models.BooleanField(editable=False, help_text='Counted from the answers themselves, for past dates.')),
                ('members', models.PositiveIntegerField(editable=False)),
                ('permitted', models.PositiveIntegerField(editable=False, validators=[django.core.validators.MaxValueValidator(2147483647)])),
                ('counts', models.JSONField(editable=False, help_text='{use: {outcome: members}}, with never_asked.')),
                ('cohort_digest', models.CharField(editable=False, max_length=64)),
                ('exclusions_digest', models.CharField(editable=False, help_text='SHA-256 of the set of members that are to be left out.', max_length=64)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='SubjectKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('version', models.PositiveSmallIntegerField(editable=False, unique=True)),
                ('fingerprint', models.CharField(editable=False, help_text='What tells a wrong secret, as SHA-256.', max_length=64)),
            ],
            options={
                'ordering': ['version'],
            },
        ),
        migrations.CreateModel(
            name='SubjectLookup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('at', models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name='when')),
                ('reason', models.TextField(help_text='Why you need to know, such as the number of a request.', max_length=500)),
                ('forgotten_at', models.DateTimeField(editable=False, null=True, verbose_name='person forgotten')),
                ('forgotten_because', models.TextField(blank=True, editable=False, max_length=500, verbose_name='why the person was forgotten')),
            ],
            options={
                'verbose_name': 'look-up of a person',
                'verbose_name_plural': 'look-ups of people',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='WithdrawalLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('opaque', models.CharField(editable=False, max_length=43, unique=True)),
                ('expires_at', models.DateTimeField(editable=False, verbose_name='valid until')),
                ('used_at', models.DateTimeField(editable=False, null=True, verbose_name='first used')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Cohort',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(max_length=200, unique=True)),
                ('size', models.PositiveIntegerField(editable=False, verbose_name='people')),
                ('digest', models.CharField(editable=False, help_text='SHA-256 of the set: equal for the same people, in whatever order.', max_length=64)),
                ('file_sha256', models.CharField(blank=True, editable=False, max_length=64, verbose_name='SHA-256 of the file')),
                ('new_subjects', models.PositiveIntegerField(default=0, editable=False, verbose_name='people not known before')),
                ('by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='CohortChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chunk', models.PositiveIntegerField()),
                ('bits', apps.consents.models.bits.PeopleField()),
                ('cohort', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='chunks', to='consents.cohort')),
            ],
        ),
        migrations.CreateModel(
            name='ConsentImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('kind', models.CharField(choices=[('file', 'File'), ('api', 'API'), ('link', 'Withdrawal link'), ('page', 'Look-up')], editable=False, max_length=5)),
                ('file_name', models.CharField(blank=True, editable=False, max_length=200)),
                ('file_sha256', models.CharField(blank=True, editable=False, max_length=64, verbose_name='SHA-256 of the file')),
                ('rows', models.PositiveIntegerField(editable=False)),
                ('rejected', models.PositiveIntegerField(default=0, editable=False, verbose_name='rejected rows')),
                ('new_subjects', models.PositiveIntegerField(default=0, editable=False, verbose_name='people not known before')),
                ('counts', models.JSONField(default=dict, editable=False, help_text='{use: {state: rows}}')),
                ('block_rows', models.PositiveIntegerField(editable=False, verbose_name='rows in a block')),
                ('blocks', models.JSONField(default=list, editable=False, help_text='The SHA-256 of each block of rows, in order.')),
                ('recorded_at', models.DateTimeField(db_index=True, editable=False)),
                ('by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ConsentEvent',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(default=apps.core.clock.now)),
                ('expires_at', models.DateTimeField(null=True)),
                ('line', models.IntegerField(help_text='In the file; 1 for a single answer.')),
                ('state', models.SmallIntegerField(choices=[(1, 'Requested'), (2, 'Deferred'), (3, 'Given'), (4, 'Renewed'), (5, 'Unknown'), (6, 'Invalidated'), (7, 'Expired'), (8, 'Refused'), (9, 'Revoked'), (10, 'Withdrawn'), (11, 'Opted out'), (12, 'Objected')])),
                ('mechanism', models.CharField(blank=True, help_text='How it was given, such as web form or paper.', max_length=60)),
                ('language', models.CharField(blank=True, max_length=15)),
                ('source', models.CharField(blank=True, help_text='The system that recorded it.', max_length=100)),
                ('notice_version', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disclosures.noticeversion')),
                ('use', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='taxonomy.datause')),
                ('consent_import', models.ForeignKey(db_column='import_id', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='consents.consentimport')),
                ('subject', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='consents.datasubject')),
            ],
            options={
                'ordering': ['-occurred_at', '-id'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datasubject',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='fd9a0b170f7d967dfa1205148b66ae08be37cfec', operation='DELETE', pgid='pgtrigger_never_deleted_e9b80', table='consents_datasubject', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datasubject',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='e021b8dd6c53cbd7f12f78e257a2e1467cbb3101', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_41021', table='consents_datasubject', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datasubject',
            trigger=pgtrigger.compiler.Trigger(name='number_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id"))', execute='ledger_keep()', func='RETURN NULL;', hash='d875ad706955a4b5a0d602cf8e766471b7f529ce', operation='UPDATE', pgid='pgtrigger_number_stays_928e4', table='consents_datasubject', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='historicalcohort',
            name='by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalcohort',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalconsentimport',
            name='by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalconsentimport',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalscreening',
            name='by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalscreening',
            name='cohort',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='consents.cohort'),
        ),
        migrations.AddField(
            model_name='historicalscreening',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsubjectkey',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsubjectlookup',
            name='by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsubjectlookup',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalsubjectlookup',
            name='subject',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='consents.datasubject', verbose_name='person'),
        ),
        migrations.AddField(
            model_name='historicalwithdrawallink',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalwithdrawallink',
            name='subject',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='consents.datasubject', verbose_name='person'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='importrun',
            name='made',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='consents.consentimport'),
        ),
        migrations.AddField(
            model_name='permissionchunk',
            name='use',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='taxonomy.datause'),
        ),
        migrations.AddField(
            model_name='permissiondue',
            name='subject',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consents.datasubject'),
        ),
        migrations.AddField(
            model_name='permissiondue',
            name='use',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='taxonomy.datause'),
        ),
        migrations.AddField(
            model_name='screening',
            name='by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='screening',
            name='cohort',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='screenings', to='consents.cohort'),
        ),
        migrations.AddField(
            model_name='coveragepoint',
            name='screening',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points', to='consents.screening'),
        ),
        migrations.AddField(
            model_name='subjectlookup',
            name='by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='subjectlookup',
            name='subject',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consents.datasubject', verbose_name='person'),
        ),
        migrations.AddField(
            model_name='historicalwithdrawallink',
            name='lookup',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='consents.subjectlookup', verbose_name='made after'),
        ),
        migrations.AddField(
            model_name='withdrawallink',
            name='lookup',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='consents.subjectlookup', verbose_name='made after'),
        ),
        migrations.AddField(
            model_name='withdrawallink',
            name='subject',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consents.datasubject', verbose_name='person'),
        ),
        migrations.AddIndex(
            model_name='cohortchunk',
            index=models.Index(fields=['cohort'], name='consents_co_cohort__664e61_idx'),
        ),
        migrations.AddConstraint(
            model_name='cohortchunk',
            constraint=models.UniqueConstraint(fields=('chunk', 'cohort'), name='cohort_chunk_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cohortchunk',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='cb162c8e61927315a079e69fc627133142bb5319', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0a8c6', table='consents_cohortchunk', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cohortchunk',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='78da748c8821c1b605bb55a76be628e9db1a32c3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_06e3c', table='consents_cohortchunk', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='consentimport',
            index=models.Index(fields=['updated_at'], name='consent_import_finished'),
        ),
        migrations.AddConstraint(
            model_name='consentimport',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'file')), fields=('file_sha256',), name='consent_file_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consentevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='ff74a595b41d19738782538c2c92112b92483c93', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5e629', table='consents_consentevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consentevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='02680d435b859e192deecc821d0d931dc2b34937', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ac9c8', table='consents_consentevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcohort',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='3b48f0cdf4161b26331766bb724c2e7131cebeaf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7d110', table='consents_historicalcohort', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcohort',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='25534af74cba5a05b8e723a54815241326f797e7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_b81f9', table='consents_historicalcohort', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcohort',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='2263f0b1d7230763ee30b1c02461e05fa6122952', operation='INSERT', pgid='pgtrigger_ledger_append_6c400', table='consents_historicalcohort', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalconsentimport',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='36378baf0f64c6e4cd47ee44e35a64e3cb510d29', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f1e42', table='consents_historicalconsentimport', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalconsentimport',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='ec044562f0e7477169eb588d16d15662bb0bc1f0', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_2092d', table='consents_historicalconsentimport', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalconsentimport',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='fdaf515409c880ea12f129f5fbe87316b021e10b', operation='INSERT', pgid='pgtrigger_ledger_append_22ee3', table='consents_historicalconsentimport', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalscreening',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='8c1d11ced18d96df12fe966ecd5cab26af81b001', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e154a', table='consents_historicalscreening', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalscreening',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='3f629e74d858c08da065af0f9dab51d93138976a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_b5617', table='consents_historicalscreening', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalscreening',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='ac3ef63f46a7f18531cec4b8186fc423f1ce0d86', operation='INSERT', pgid='pgtrigger_ledger_append_a5d77', table='consents_historicalscreening', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjectkey',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='25dba27b065912d00a1ef2f34fce7fe7a7c3619e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b814c', table='consents_historicalsubjectkey', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjectkey',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='32d81f7f431f893ba5ab67fcafda4c30a7a184ae', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_4c703', table='consents_historicalsubjectkey', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjectkey',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='03451c18b2a3b55e4501d7941fcb6c4e0a70d330', operation='INSERT', pgid='pgtrigger_ledger_append_23c3e', table='consents_historicalsubjectkey', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjectlookup',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='dae25cd1944776b215567d27953f80a17f57e5f9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9176c', table='consents_historicalsubjectlookup', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjectlookup',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='ade56f9f3a491fb5826e01fb121a174d1ce77a36', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_e05c4', table='consents_historicalsubjectlookup', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjectlookup',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='1fc12af47a388dbfc87d3dbb7115e1e161d782a9', operation='INSERT', pgid='pgtrigger_ledger_append_053ed', table='consents_historicalsubjectlookup', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='permissionchunk',
            constraint=models.UniqueConstraint(fields=('use', 'chunk', 'outcome'), name='permission_chunk_once'),
        ),
        migrations.AddConstraint(
            model_name='permissiondue',
            constraint=models.UniqueConstraint(fields=('at', 'subject', 'use'), name='permission_due_once'),
        ),
        migrations.AddConstraint(
            model_name='screening',
            constraint=models.CheckConstraint(condition=models.Q(('permitted__lte', models.F('members'))), name='permitted_are_members'),
        ),
        migrations.AddConstraint(
            model_name='coveragepoint',
            constraint=models.UniqueConstraint(fields=('screening', 'at'), name='coverage_point_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='coveragepoint',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='d6f83ca8e8a2278de0bbb20ba7bb6d2e2925f055', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_24b44', table='consents_coveragepoint', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='coveragepoint',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='d8a8c31e9844c38934df9a258bcad6476e33d4f2', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_bb86d', table='consents_coveragepoint', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalwithdrawallink',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='c60944da078b60addd03cff0e3ef72e67d660067', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_282db', table='consents_historicalwithdrawallink', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalwithdrawallink',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='2bd173f716b8c9d2fb8d111f4335eac81f33f032', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_0ea23', table='consents_historicalwithdrawallink', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalwithdrawallink',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='d0ad39df7c2421b3f4af107b486fd6f39d7f68a0', operation='INSERT', pgid='pgtrigger_ledger_append_6626e', table='consents_historicalwithdrawallink', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in AFTER),
    ]
