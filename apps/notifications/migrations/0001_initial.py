import apps.core.clock
import apps.notifications.models
import django.core.validators
import django.db.models.deletion
import django_celery_beat.models
import django_celery_beat.validators
import pgtrigger.compiler
import pgtrigger.migrations
import simple_history.models
import timezone_field.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
            ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='NightlyRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(default=apps.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('counts', models.JSONField(default=dict, help_text='What each part did, in numbers.')),
                ('problems', models.JSONField(db_default=[], default=list, help_text='What it left undone, by kind and number of the record.')),
            ],
            options={
                'ordering': ['-started_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalCrontabSchedule',
            fields=[
                ('id', models.IntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('minute', models.CharField(default='*', help_text='Cron Minutes to Run. Use "*" for "all". (Example: "0,30")', max_length=240, validators=[django_celery_beat.validators.minute_validator], verbose_name='Minute(s)')),
                ('hour', models.CharField(default='*', help_text='Cron Hours to Run. Use "*" for "all". (Example: "8,20")', max_length=96, validators=[django_celery_beat.validators.hour_validator], verbose_name='Hour(s)')),
                ('day_of_month', models.CharField(default='*', help_text='Cron Days Of The Month to Run. Use "*" for "all". (Example: "1,15")', max_length=124, validators=[django_celery_beat.validators.day_of_month_validator], verbose_name='Day(s) Of The Month')),
                ('month_of_year', models.CharField(default='*', help_text='Cron Months (1-12) Of The Year to Run. Use "*" for "all". (Example: "1,12")', max_length=64, validators=[django_celery_beat.validators.month_of_year_validator], verbose_name='Month(s) Of The Year')),
                ('day_of_week', models.CharField(default='*', help_text='Cron Days Of The Week to Run. Use "*" for "all", Sunday is 0 or 7, Monday is 1. (Example: "0,5")', max_length=64, validators=[django_celery_beat.validators.day_of_week_validator], verbose_name='Day(s) Of The Week')),
                ('timezone', timezone_field.fields.TimeZoneField(default=django_celery_beat.models.crontab_schedule_celery_timezone, help_text='Timezone to Run the Cron Schedule on. Default is UTC.', use_pytz=False, verbose_name='Cron Timezone')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical crontab',
                'verbose_name_plural': 'historical crontabs',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalIntervalSchedule',
            fields=[
                ('id', models.IntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('every', models.IntegerField(help_text='Number of interval periods to wait before running the task again', validators=[django.core.validators.MinValueValidator(1)], verbose_name='Number of Periods')),
                ('period', models.CharField(choices=[('days', 'Days'), ('hours', 'Hours'), ('minutes', 'Minutes'), ('seconds', 'Seconds'), ('microseconds', 'Microseconds')], help_text='The type of period between task runs (Example: days)', max_length=24, verbose_name='Interval Period')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical interval',
                'verbose_name_plural': 'historical intervals',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalPeriodicTask',
            fields=[
                ('id', models.IntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, help_text='Short Description For This Task', max_length=200, verbose_name='Name')),
                ('task', models.CharField(help_text='The Name of the Celery Task that Should be Run.  (Example: "proj.tasks.import_contacts")', max_length=200, verbose_name='Task Name')),
                ('args', models.TextField(blank=True, default='[]', help_text='JSON encoded positional arguments (Example: ["arg1", "arg2"])', verbose_name='Positional Arguments')),
                ('kwargs', models.TextField(blank=True, default='{}', help_text='JSON encoded keyword arguments (Example: {"argument": "value"})', verbose_name='Keyword Arguments')),
                ('queue', models.CharField(blank=True, default=None, help_text='Queue defined in CELERY_TASK_QUEUES. Leave None for default queuing.', max_length=200, null=True, verbose_name='Queue Override')),
                ('exchange', models.CharField(blank=True, default=None, help_text='Override Exchange for low-level AMQP routing', max_length=200, null=True, verbose_name='Exchange')),
                ('routing_key', models.CharField(blank=True, default=None, help_text='Override Routing Key for low-level AMQP routing', max_length=200, null=True, verbose_name='Routing Key')),
                ('headers', models.TextField(blank=True, default='{}', help_text='JSON encoded message headers for the AMQP message.', verbose_name='AMQP Message Headers')),
                ('priority', models.PositiveIntegerField(blank=True, default=None, help_text='Priority Number between 0 and 255. Supported by: RabbitMQ, Redis (priority reversed, 0 is highest).', null=True, validators=[django.core.validators.MaxValueValidator(255)], verbose_name='Priority')),
                ('expires', models.DateTimeField(blank=True, help_text='Datetime after which the schedule will no longer trigger the task to run', null=True, verbose_name='Expires Datetime')),
                ('expire_seconds', models.PositiveIntegerField(blank=True, help_text='Timedelta with seconds which the schedule will no longer trigger the task to run', null=True, verbose_name='Expires timedelta with seconds')),
                ('one_off', models.BooleanField(default=False, help_text='If True, the schedule will only run the task a single time', verbose_name='One-off Task')),
                ('start_time', models.DateTimeField(blank=True, help_text='Datetime when the schedule should begin triggering the task to run', null=True, verbose_name='Start Datetime')),
                ('enabled', models.BooleanField(default=True, help_text='Set to False to disable the schedule', verbose_name='Enabled')),
                ('description', models.TextField(blank=True, help_text='Detailed description about the details of this Periodic Task', verbose_name='Description')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('clocked', models.ForeignKey(blank=True, db_constraint=False, help_text='Clocked Schedule to run the task on.  Set only one schedule type, leave the others null.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='django_celery_beat.clockedschedule', verbose_name='Clocked Schedule')),
                ('crontab', models.ForeignKey(blank=True, db_constraint=False, help_text='Crontab Schedule to run the task on.  Set only one schedule type, leave the others null.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='django_celery_beat.crontabschedule', verbose_name='Crontab Schedule')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('interval', models.ForeignKey(blank=True, db_constraint=False, help_text='Interval Schedule to run the task on.  Set only one schedule type, leave the others null.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='django_celery_beat.intervalschedule', verbose_name='Interval Schedule')),
                ('solar', models.ForeignKey(blank=True, db_constraint=False, help_text='Solar Schedule to run the task on.  Set only one schedule type, leave the others null.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='django_celery_beat.solarschedule', verbose_name='Solar Schedule')),
            ],
            options={
                'verbose_name': 'historical periodic task',
                'verbose_name_plural': 'historical periodic tasks',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('digest', 'What waits for you')], max_length=20)),
                ('dedupe_key', models.CharField(editable=False, max_length=100, unique=True)),
                ('message_id', models.CharField(default=apps.notifications.models.new_message_id, editable=False, max_length=200, unique=True)),
                ('subject', models.CharField(max_length=150)),
                ('lines', models.JSONField(default=list, help_text='The sentences, each with group, text and path.')),
                ('attachments', models.JSONField(default=list, help_text='Signed checkpoints to be kept outside: name and note.')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('sent_at', models.DateTimeField(editable=False, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('retry_at', models.DateTimeField(default=apps.core.clock.now, editable=False, help_text='Empty: never again.', null=True)),
                ('last_error', models.CharField(blank=True, editable=False, help_text='The kind of error only.', max_length=100)),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcrontabschedule',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='2536883a6532dfd6a86551b2773b115f57cfe1a4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c0ff0', table='notifications_historicalcrontabschedule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcrontabschedule',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='155dc73d11a0a7ebe7c89a53706046e140f1e7b3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_e9b52', table='notifications_historicalcrontabschedule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalcrontabschedule',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='3520599f5e18094111529fdf50cdb8c9b267f298', operation='INSERT', pgid='pgtrigger_ledger_append_ecbaf', table='notifications_historicalcrontabschedule', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalintervalschedule',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='31ff125be591bd837577108fe39448256771d1d8', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a53dd', table='notifications_historicalintervalschedule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalintervalschedule',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='0925411ef2b119a32eccab9fff990ba8a7b9561e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1cfc6', table='notifications_historicalintervalschedule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalintervalschedule',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='54c8eff77cfe7add711d28ae9d5ca44fdebe929b', operation='INSERT', pgid='pgtrigger_ledger_append_7b064', table='notifications_historicalintervalschedule', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalperiodictask',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='0dea1a86c35ec11bce89c7cbb5f7bcf6882d1eed', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c3d9a', table='notifications_historicalperiodictask', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalperiodictask',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='b52ebf92d02a6ec42addaf65a165a38a1c2f16ea', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_0479a', table='notifications_historicalperiodictask', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalperiodictask',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='a8cdea8a5e279e7f9c1efdd0f07ec9f2c9055ba8', operation='INSERT', pgid='pgtrigger_ledger_append_88f9e', table='notifications_historicalperiodictask', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('sent_at', None)), fields=['retry_at'], name='unsent_messages'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['-created_at', '-id'], name='messages_in_order'),
        ),
    ]
