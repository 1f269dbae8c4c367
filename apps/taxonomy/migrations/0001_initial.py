import apps.core.clock
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
            ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='Combination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('sentence', models.TextField(help_text='Why these are sensitive together.')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='DataCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('origin', models.CharField(max_length=40)),
                ('sensitive', models.BooleanField(default=False)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='taxonomy.datacategory')),
            ],
            options={
                'verbose_name_plural': 'data categories',
                'ordering': ['key'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DataUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('origin', models.CharField(max_length=40)),
                ('asked_separately', models.BooleanField(default=False, help_text='Needs a yes of its own; a permission for something wider does not reach it.')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='taxonomy.datause')),
            ],
            options={
                'ordering': ['key'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HistoricalCombination',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(db_index=True, max_length=120)),
                ('sentence', models.TextField(help_text='Why these are sensitive together.')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical combination',
                'verbose_name_plural': 'historical combinations',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalCombinationPart',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('side', models.PositiveSmallIntegerField()),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='taxonomy.datacategory')),
                ('combination', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='taxonomy.combination')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical combination part',
                'verbose_name_plural': 'historical combination parts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalDataCategory',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('key', models.CharField(db_index=True, max_length=120)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('origin', models.CharField(max_length=40)),
                ('sensitive', models.BooleanField(default=False)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='taxonomy.datacategory')),
            ],
            options={
                'verbose_name': 'historical data category',
                'verbose_name_plural': 'historical data categories',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalDataUse',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('key', models.CharField(db_index=True, max_length=120)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('origin', models.CharField(max_length=40)),
                ('asked_separately', models.BooleanField(default=False, help_text='Needs a yes of its own; a permission for something wider does not reach it.')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='taxonomy.datause')),
            ],
            options={
                'verbose_name': 'historical data use',
                'verbose_name_plural': 'historical data uses',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='SubjectType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('origin', models.CharField(max_length=40)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='taxonomy.subjecttype')),
            ],
            options={
                'ordering': ['key'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HistoricalSubjectType',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('key', models.CharField(db_index=True, max_length=120)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('origin', models.CharField(max_length=40)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='taxonomy.subjecttype')),
            ],
            options={
                'verbose_name': 'historical subject type',
                'verbose_name_plural': 'historical subject types',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='CombinationPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('side', models.PositiveSmallIntegerField()),
                ('combination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='taxonomy.combination')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='taxonomy.datacategory')),
            ],
            options={
                'ordering': ['side', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('combination', 'side', 'category'), name='combination_part_once')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcombination',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='c6dba8312c0531552558fad07a150146cb88752b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2425d', table='taxonomy_historicalcombination', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcombination',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='3529e2dae89a1d88908869a6210d6400518ae6d6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ceb0c', table='taxonomy_historicalcombination', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcombination',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='8faa8e8e657fa4072602cf411d54cf07f52919bb', operation='INSERT', pgid='pgtrigger_ledger_append_823fb', table='taxonomy_historicalcombination', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcombinationpart',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='dc39d7cda660b249ad2dbb2090ddeeea181d30b5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9a531', table='taxonomy_historicalcombinationpart', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcombinationpart',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='d3b3a46803618566e19330fbac8f54324b98e5bf', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_59ed1', table='taxonomy_historicalcombinationpart', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcombinationpart',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='7f89bbb74c883a6121acbcfef72290c3d0f59614', operation='INSERT', pgid='pgtrigger_ledger_append_55f48', table='taxonomy_historicalcombinationpart', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaldatacategory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='2552a81e2a15acae9a79ecbea0b5edaf07660604', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e7ad6', table='taxonomy_historicaldatacategory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaldatacategory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='3ad5eb9c0df38f8e63982148bcbef2e3b3d8073c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_67452', table='taxonomy_historicaldatacategory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaldatacategory',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='14ed94e30465adda97339bfe2759ec52a7a10236', operation='INSERT', pgid='pgtrigger_ledger_append_d2798', table='taxonomy_historicaldatacategory', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaldatause',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='6db681df88cc2b563b9b992626fb6596f6054e7a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c0ea0', table='taxonomy_historicaldatause', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaldatause',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='d7ab6f4809fe7ad55431075c2f991b404f8c29e7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_5a8dd', table='taxonomy_historicaldatause', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaldatause',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='f6af05461eda935d7cae6665c2bab0748eef35cb', operation='INSERT', pgid='pgtrigger_ledger_append_47249', table='taxonomy_historicaldatause', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjecttype',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='4a553df817751166e087a218dad6283a70b95fef', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8a73c', table='taxonomy_historicalsubjecttype', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjecttype',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='6663766439fe649e723b35103c633964e87bf2c8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_0e241', table='taxonomy_historicalsubjecttype', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalsubjecttype',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='2023615af90731d18ee96e71d9fce8240f2cedf9', operation='INSERT', pgid='pgtrigger_ledger_append_29bb1', table='taxonomy_historicalsubjecttype', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
    ]
