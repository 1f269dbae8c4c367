import apps.core.clock
import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
            ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('full_name', models.CharField(max_length=150, verbose_name='name')),
                ('is_active', models.BooleanField(default=True)),
                ('is_service', models.BooleanField(default=False, verbose_name='service account')),
                ('is_staff', models.BooleanField(default=False)),
                ('is_superuser', models.BooleanField(default=False)),
                ('invited_at', models.DateTimeField(editable=False, help_text='Earlier invitations no longer work.', null=True)),
                ('sessions_ended_at', models.DateTimeField(editable=False, help_text='Who signed in before is signed out.', null=True)),
            ],
            options={
                'ordering': ['full_name'],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(help_text='What it is for, such as the pipeline that uses it.', max_length=100)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), editable=False, help_text='What it is used for.', null=True, size=None)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
                ('parent', models.ForeignKey(editable=False, help_text='What made it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='made', to='accounts.apitoken')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API token',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalApiToken',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(help_text='What it is for, such as the pipeline that uses it.', max_length=100)),
                ('digest', models.CharField(db_index=True, editable=False, max_length=64)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), editable=False, help_text='What it is used for.', null=True, size=None)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text='What made it.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.apitoken')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical API token',
                'verbose_name_plural': 'historical API tokens',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalRoleGrant',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('effective_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('confirmed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('role', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.group')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical role grant',
                'verbose_name_plural': 'historical role grants',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalUser',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('email', models.EmailField(db_index=True, max_length=254)),
                ('full_name', models.CharField(max_length=150, verbose_name='name')),
                ('is_active', models.BooleanField(default=True)),
                ('is_service', models.BooleanField(default=False, verbose_name='service account')),
                ('is_staff', models.BooleanField(default=False)),
                ('is_superuser', models.BooleanField(default=False)),
                ('invited_at', models.DateTimeField(editable=False, help_text='Earlier invitations no longer work.', null=True)),
                ('sessions_ended_at', models.DateTimeField(editable=False, help_text='Who signed in before is signed out.', null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical user',
                'verbose_name_plural': 'historical users',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('effective_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='auth.group')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['role__name', '-pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalapitoken',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='13444f67a807267698a7604437b69e1978a9ebc5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_73193', table='accounts_historicalapitoken', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalapitoken',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='79a6b2601520905085f9e0520a5551d3e4211db1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_4a348', table='accounts_historicalapitoken', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalapitoken',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='7247d3c4c50e7e32edce39c5e372783e99693790', operation='INSERT', pgid='pgtrigger_ledger_append_8737e', table='accounts_historicalapitoken', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalrolegrant',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='cb807b8624cdc27579cf1ea5f34ecc158e15833f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a32fb', table='accounts_historicalrolegrant', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalrolegrant',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='1c3ddb8e9ddea5a0eddaa54efe0fa9a13f2c069f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ba8ad', table='accounts_historicalrolegrant', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalrolegrant',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='b2da1fdc85a0ecd2c1a7357d65791782925c740d', operation='INSERT', pgid='pgtrigger_ledger_append_39db0', table='accounts_historicalrolegrant', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaluser',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='d557ba078bd53163aa2eec3a750be7ef0bfa340f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ca987', table='accounts_historicaluser', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaluser',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='b34fc595dbdc9b98aa2157f2d1053f28e16cab6f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_42d40', table='accounts_historicaluser', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaluser',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='ebaf0b90521bc8f03c4127096267024f919a0b64', operation='INSERT', pgid='pgtrigger_ledger_append_5438e', table='accounts_historicaluser', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user', 'role'), name='one_current_grant'),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.CheckConstraint(condition=models.Q(('user', models.F('granted_by')), _negated=True), name='role_granted_by_another'),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_by', models.F('user')), _negated=True), models.Q(('confirmed_by', models.F('granted_by')), _negated=True)), name='role_confirmed_by_a_third'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='d987a7ac19d8a7daa71a676aff5ee05f7c87d126', operation='DELETE', pgid='pgtrigger_never_deleted_9722e', table='accounts_rolegrant', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='af60c05ef94a41077184a01fca87927905761378', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_626a6', table='accounts_rolegrant', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='grant_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."granted_by_id" IS DISTINCT FROM (NEW."granted_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."role_id" IS DISTINCT FROM (NEW."role_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))', execute='ledger_keep()', func='RETURN NULL;', hash='ede274b55708b3ceaa39b91d238a44607d2004e5', operation='UPDATE', pgid='pgtrigger_grant_stays_c54be', table='accounts_rolegrant', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='confirmation_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.effective_at IS NOT NULL AND (OLD.effective_at, OLD.confirmed_by_id) IS DISTINCT FROM (NEW.effective_at, NEW.confirmed_by_id))', execute='ledger_keep()', func='RETURN NULL;', hash='d52fd07f240ac26be8c9c69ffcca49ec5c588b06', operation='UPDATE', pgid='pgtrigger_confirmation_stays_052d1', table='accounts_rolegrant', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='end_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."ended_at" IS NOT NULL)', execute='ledger_keep()', func='RETURN NULL;', hash='8f9588cab3d8abebe3f93549f6aefd469a0611a6', operation='UPDATE', pgid='pgtrigger_end_stays_55706', table='accounts_rolegrant', when='BEFORE')),
        ),
    ]
