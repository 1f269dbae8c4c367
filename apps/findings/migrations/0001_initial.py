import apps.core.clock
import apps.workflow.models.about
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
            ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='Requirement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('adopted', 'Adopted'), ('suspended', 'Suspended'), ('retired', 'Retired')], default='proposed', editable=False, max_length=10)),
                ('code', models.CharField(editable=False, max_length=20, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('sentence', models.TextField(help_text='The rule in plain words.')),
                ('source', models.CharField(help_text='Where the rule comes from, and who read it when.', max_length=300)),
                ('applies_when', models.CharField(blank=True, help_text='In which cases the rule is asked.', max_length=300)),
                ('in_force_from', models.DateField(blank=True, null=True)),
                ('in_force_until', models.DateField(blank=True, null=True)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], max_length=10)),
                ('stops', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('approve', 'approval'), ('sign', 'signature'), ('activate', 'activation'), ('retire', 'retirement'), ('publish', 'publication'), ('make', 'making of the statement')], max_length=20), blank=True, default=list, size=None)),
                ('house', models.BooleanField(default=False, editable=False, verbose_name='house rule')),
                ('acceptable', models.BooleanField(default=True, help_text='Whether a finding may be accepted for a time, or closed by people at all.')),
                ('owner_role', models.CharField(choices=[('Legal', 'Legal'), ('Privacy', 'Privacy')], max_length=30)),
                ('threshold', models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True)),
                ('above_tier', models.CharField(blank=True, choices=[('none', 'Every tier'), ('low', 'Medium and high risk'), ('medium', 'High risk')], help_text='The rule finds the fact in every tier, and stops its steps in these. High risk is always among them.', max_length=10, null=True, verbose_name='stops above risk tier')),
                ('threshold_meaning', models.CharField(blank=True, editable=False, max_length=200)),
                ('adopted_by_name', models.CharField(blank=True, editable=False, max_length=150)),
                ('adopted_on', models.DateField(editable=False, null=True)),
                ('suspended_until', models.DateField(editable=False, help_text='The last day on which it only asks.', null=True)),
            ],
            options={
                'verbose_name': 'rule',
                'ordering': ['code'],
            },
            bases=(apps.workflow.models.about.Subject, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalRequirement',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('adopted', 'Adopted'), ('suspended', 'Suspended'), ('retired', 'Retired')], default='proposed', editable=False, max_length=10)),
                ('code', models.CharField(db_index=True, editable=False, max_length=20)),
                ('title', models.CharField(max_length=120)),
                ('sentence', models.TextField(help_text='The rule in plain words.')),
                ('source', models.CharField(help_text='Where the rule comes from, and who read it when.', max_length=300)),
                ('applies_when', models.CharField(blank=True, help_text='In which cases the rule is asked.', max_length=300)),
                ('in_force_from', models.DateField(blank=True, null=True)),
                ('in_force_until', models.DateField(blank=True, null=True)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], max_length=10)),
                ('stops', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('approve', 'approval'), ('sign', 'signature'), ('activate', 'activation'), ('retire', 'retirement'), ('publish', 'publication'), ('make', 'making of the statement')], max_length=20), blank=True, default=list, size=None)),
                ('house', models.BooleanField(default=False, editable=False, verbose_name='house rule')),
                ('acceptable', models.BooleanField(default=True, help_text='Whether a finding may be accepted for a time, or closed by people at all.')),
                ('owner_role', models.CharField(choices=[('Legal', 'Legal'), ('Privacy', 'Privacy')], max_length=30)),
                ('threshold', models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True)),
                ('above_tier', models.CharField(blank=True, choices=[('none', 'Every tier'), ('low', 'Medium and high risk'), ('medium', 'High risk')], help_text='The rule finds the fact in every tier, and stops its steps in these. High risk is always among them.', max_length=10, null=True, verbose_name='stops above risk tier')),
                ('threshold_meaning', models.CharField(blank=True, editable=False, max_length=200)),
                ('adopted_by_name', models.CharField(blank=True, editable=False, max_length=150)),
                ('adopted_on', models.DateField(editable=False, null=True)),
                ('suspended_until', models.DateField(editable=False, help_text='The last day on which it only asks.', null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical rule',
                'verbose_name_plural': 'historical rules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_id', models.PositiveBigIntegerField()),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('content_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype')),
            ],
        ),
        migrations.CreateModel(
            name='HistoricalFinding',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('object_id', models.PositiveBigIntegerField(editable=False)),
                ('status', models.CharField(choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('proposed', 'Waiting for the other side'), ('accepted', 'Accepted for a time'), ('covered', 'Covered elsewhere'), ('not_applicable', 'Not applicable'), ('resolved', 'Resolved')], default='open', editable=False, max_length=20)),
                ('fingerprint', models.CharField(editable=False, help_text='What in the record it is about.', max_length=200)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], editable=False, max_length=10)),
                ('fact', models.TextField(editable=False)),
                ('detail', models.TextField(blank=True, editable=False)),
                ('confidential', models.TextField(blank=True, editable=False, help_text='Amounts and relatives.')),
                ('hidden_from', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, editable=False, help_text='Ids of users.', size=None)),
                ('shown_to', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), editable=False, help_text='See Result.shown_to.', null=True, size=None)),
                ('owner_role', models.CharField(editable=False, max_length=30)),
                ('due_on', models.DateField(editable=False)),
                ('proposal', models.CharField(blank=True, choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('proposed', 'Waiting for the other side'), ('accepted', 'Accepted for a time'), ('covered', 'Covered elsewhere'), ('not_applicable', 'Not applicable'), ('resolved', 'Resolved')], editable=False, max_length=20)),
                ('proposed_for', models.CharField(editable=False, help_text='The side of the proposal.', max_length=30, null=True)),
                ('accepted_until', models.DateField(editable=False, null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('content_type', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contenttypes.contenttype')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requirement', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='findings.requirement', verbose_name='rule')),
            ],
            options={
                'verbose_name': 'historical finding',
                'verbose_name_plural': 'historical findings',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('object_id', models.PositiveBigIntegerField(editable=False)),
                ('status', models.CharField(choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('proposed', 'Waiting for the other side'), ('accepted', 'Accepted for a time'), ('covered', 'Covered elsewhere'), ('not_applicable', 'Not applicable'), ('resolved', 'Resolved')], default='open', editable=False, max_length=20)),
                ('fingerprint', models.CharField(editable=False, help_text='What in the record it is about.', max_length=200)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], editable=False, max_length=10)),
                ('fact', models.TextField(editable=False)),
                ('detail', models.TextField(blank=True, editable=False)),
                ('confidential', models.TextField(blank=True, editable=False, help_text='Amounts and relatives.')),
                ('hidden_from', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, editable=False, help_text='Ids of users.', size=None)),
                ('shown_to', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), editable=False, help_text='See Result.shown_to.', null=True, size=None)),
                ('owner_role', models.CharField(editable=False, max_length=30)),
                ('due_on', models.DateField(editable=False)),
                ('proposal', models.CharField(blank=True, choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('proposed', 'Waiting for the other side'), ('accepted', 'Accepted for a time'), ('covered', 'Covered elsewhere'), ('not_applicable', 'Not applicable'), ('resolved', 'Resolved')], editable=False, max_length=20)),
                ('proposed_for', models.CharField(editable=False, help_text='The side of the proposal.', max_length=30, null=True)),
                ('accepted_until', models.DateField(editable=False, null=True)),
                ('content_type', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='contenttypes.contenttype')),
                ('proposed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requirement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='findings.requirement', verbose_name='rule')),
            ],
            options={
                'ordering': ['-pk'],
            },
            bases=(apps.workflow.models.about.Subject, models.Model),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalrequirement',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='dc6b1b3f1f8b73888bc158e18a272c161d7707d5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e67e8', table='findings_historicalrequirement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalrequirement',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='a2937096ae361684aab8e8b38b263ddb5387737d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1e822', table='findings_historicalrequirement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalrequirement',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='b38250da5731b7594c536c2588bf79bd64953509', operation='INSERT', pgid='pgtrigger_ledger_append_7c481', table='findings_historicalrequirement', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='recheck',
            index=models.Index(fields=['content_type', 'object_id'], name='findings_re_content_6c3655_idx'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalfinding',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='a73b028e95d27002b674cef5d6f17feaaff4b5c9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_eddab', table='findings_historicalfinding', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalfinding',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='af01ee3061eb21730a1099cff153fc29bb196129', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_fa1db', table='findings_historicalfinding', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalfinding',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='d70746bf8503c90da3f37eb81e1fdbfb347a8e85', operation='INSERT', pgid='pgtrigger_ledger_append_55829', table='findings_historicalfinding', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(fields=['content_type', 'object_id'], name='findings_fi_content_448788_idx'),
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(fields=['status', 'severity'], name='findings_fi_status_88377b_idx'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(fields=('requirement', 'content_type', 'object_id', 'fingerprint'), name='one_finding_of_a_fact'),
        ),
    ]
