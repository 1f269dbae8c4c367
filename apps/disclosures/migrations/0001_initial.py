import apps.core.clock
import apps.disclosures.models.version
import apps.workflow.models.about
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('taxonomy', '0001_initial'),
        ('vendors', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
            ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalNotice',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('product', models.CharField(help_text='The product or service, as people know it.', max_length=200)),
                ('language', models.CharField(default='en', help_text='The code of the language, such as en, de or pt-br.', max_length=15, validators=[django.core.validators.RegexValidator('^[a-z]{2,3}(-[a-z0-9]{2,8})*$', 'Write a code such as en, de or pt-br.')])),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical notice',
                'verbose_name_plural': 'historical notices',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalPublicStatement',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('title', models.CharField(max_length=200)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In review'), ('pre_cleared', 'Pre-cleared'), ('rejected', 'Rejected'), ('made', 'Made')], default='draft', editable=False, max_length=15)),
                ('audience', models.CharField(choices=[('press', 'The press'), ('regulator', 'An authority'), ('legislator', 'A parliament or one of its members'), ('court', 'A court'), ('users', 'Our users'), ('investors', 'Investors'), ('other', 'Somebody else')], max_length=15, verbose_name='told to')),
                ('said_on', models.DateField(help_text='The day on which it was made, or is to be made.', verbose_name='day')),
                ('text', models.TextField(help_text='Word for word.', max_length=100000)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('author', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='vendors.organisation', verbose_name='about whom')),
            ],
            options={
                'verbose_name': 'historical public statement',
                'verbose_name_plural': 'historical public statements',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('product', models.CharField(help_text='The product or service, as people know it.', max_length=200)),
                ('language', models.CharField(default='en', help_text='The code of the language, such as en, de or pt-br.', max_length=15, validators=[django.core.validators.RegexValidator('^[a-z]{2,3}(-[a-z0-9]{2,8})*$', 'Write a code such as en, de or pt-br.')])),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['product', 'language'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalNoticeVersion',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('label', models.CharField(help_text='How this version is called, such as 2012 or 3.1.', max_length=60, verbose_name='version')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In review'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('published', 'Published'), ('superseded', 'Superseded')], default='draft', editable=False, max_length=10)),
                ('text', models.TextField(help_text='The whole text, as people read it.', max_length=500000)),
                ('sha256', models.CharField(editable=False, max_length=64, verbose_name='SHA-256 of the text')),
                ('effective_from', models.DateField(help_text='For a version that people have read already, the day on which it took effect.', verbose_name='in force from')),
                ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='recorded as published')),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('author', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('notice', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='disclosures.notice')),
            ],
            options={
                'verbose_name': 'historical notice version',
                'verbose_name_plural': 'historical notice versions',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='NoticeVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('label', models.CharField(help_text='How this version is called, such as 2012 or 3.1.', max_length=60, verbose_name='version')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In review'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('published', 'Published'), ('superseded', 'Superseded')], default='draft', editable=False, max_length=10)),
                ('text', models.TextField(help_text='The whole text, as people read it.', max_length=500000)),
                ('sha256', models.CharField(editable=False, max_length=64, verbose_name='SHA-256 of the text')),
                ('effective_from', models.DateField(help_text='For a version that people have read already, the day on which it took effect.', verbose_name='in force from')),
                ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='recorded as published')),
                ('author', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='notice_versions', to=settings.AUTH_USER_MODEL)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='disclosures.notice')),
            ],
            options={
                'ordering': ['notice', '-effective_from', '-pk'],
            },
            bases=(apps.workflow.models.about.Subject, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalOptOutOffer',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('recipient_class', models.CharField(choices=[('service_provider', 'Service providers, who act for us'), ('affiliate', 'Companies of our own group'), ('business_partner', 'Business partners'), ('legal_process', 'Authorities and courts, by legal process'), ('third_party', 'Any other company')], max_length=20, verbose_name='before sharing with')),
                ('offered_from', models.DateField(verbose_name='from')),
                ('offered_until', models.DateField(blank=True, help_text='The last day on which people could answer.', null=True, verbose_name='until')),
                ('channel', models.CharField(choices=[('mail', 'E-mail'), ('app', 'In the product'), ('letter', 'Letter'), ('web', 'On the web site only')], max_length=10, verbose_name='way')),
                ('text_sha256', models.CharField(max_length=64, validators=[django.core.validators.RegexValidator('^[0-9a-f]{64}$', 'A SHA-256 has 64 characters 0 to 9 and a to f.')], verbose_name='SHA-256 of the text shown')),
                ('exclusions_sha256', models.CharField(blank=True, help_text='The list of those who opted out, as it was applied to the data.', max_length=64, validators=[django.core.validators.RegexValidator('^[0-9a-f]{64}$', 'A SHA-256 has 64 characters 0 to 9 and a to f.')], verbose_name='SHA-256 of the exclusion list applied')),
                ('excluded', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='people who opted out')),
                ('state', models.CharField(choices=[('running', 'Running'), ('finished', 'Finished')], default='running', help_text='Finished: the time to answer is over and the exclusion list was applied. It then stays as it is.', max_length=10)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='disclosures.noticeversion', verbose_name='promised by')),
            ],
            options={
                'verbose_name': 'historical opt out offer',
                'verbose_name_plural': 'historical opt out offers',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalClaim',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('kind', models.CharField(choices=[('recipient', 'Who receives data'), ('use', 'What data is used for'), ('category', 'Which data'), ('opt_out', 'A choice to opt out before'), ('retention', 'How long data is kept')], max_length=10)),
                ('says', models.CharField(choices=[('may', 'It says that this may happen'), ('only', 'It says: only this, and what else it names so'), ('never', 'It says that this does not happen')], default='may', max_length=5, verbose_name='what it says')),
                ('recipient_class', models.CharField(blank=True, choices=[('service_provider', 'Service providers, who act for us'), ('affiliate', 'Companies of our own group'), ('business_partner', 'Business partners'), ('legal_process', 'Authorities and courts, by legal process'), ('third_party', 'Any other company')], max_length=20, verbose_name='class of recipients')),
                ('months', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('sentence', models.TextField(help_text='The sentence of the text on which this rests, word for word.')),
                ('start', models.PositiveIntegerField(editable=False, help_text='Where the sentence begins in the text.')),
                ('end', models.PositiveIntegerField(editable=False)),
                ('checked_at', models.DateTimeField(editable=False, null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='taxonomy.datacategory')),
                ('checked_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('use', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='taxonomy.datause')),
                ('version', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='disclosures.noticeversion')),
            ],
            options={
                'verbose_name': 'historical claim',
                'verbose_name_plural': 'historical claims',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('kind', models.CharField(choices=[('recipient', 'Who receives data'), ('use', 'What data is used for'), ('category', 'Which data'), ('opt_out', 'A choice to opt out before'), ('retention', 'How long data is kept')], max_length=10)),
                ('says', models.CharField(choices=[('may', 'It says that this may happen'), ('only', 'It says: only this, and what else it names so'), ('never', 'It says that this does not happen')], default='may', max_length=5, verbose_name='what it says')),
                ('recipient_class', models.CharField(blank=True, choices=[('service_provider', 'Service providers, who act for us'), ('affiliate', 'Companies of our own group'), ('business_partner', 'Business partners'), ('legal_process', 'Authorities and courts, by legal process'), ('third_party', 'Any other company')], max_length=20, verbose_name='class of recipients')),
                ('months', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('sentence', models.TextField(help_text='The sentence of the text on which this rests, word for word.')),
                ('start', models.PositiveIntegerField(editable=False, help_text='Where the sentence begins in the text.')),
                ('end', models.PositiveIntegerField(editable=False)),
                ('checked_at', models.DateTimeField(editable=False, null=True)),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='taxonomy.datacategory')),
                ('checked_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('use', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='taxonomy.datause')),
                ('version', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='disclosures.noticeversion')),
            ],
            options={
                'ordering': ['start', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='OptOutOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('recipient_class', models.CharField(choices=[('service_provider', 'Service providers, who act for us'), ('affiliate', 'Companies of our own group'), ('business_partner', 'Business partners'), ('legal_process', 'Authorities and courts, by legal process'), ('third_party', 'Any other company')], max_length=20, verbose_name='before sharing with')),
                ('offered_from', models.DateField(verbose_name='from')),
                ('offered_until', models.DateField(blank=True, help_text='The last day on which people could answer.', null=True, verbose_name='until')),
                ('channel', models.CharField(choices=[('mail', 'E-mail'), ('app', 'In the product'), ('letter', 'Letter'), ('web', 'On the web site only')], max_length=10, verbose_name='way')),
                ('text_sha256', models.CharField(max_length=64, validators=[django.core.validators.RegexValidator('^[0-9a-f]{64}$', 'A SHA-256 has 64 characters 0 to 9 and a to f.')], verbose_name='SHA-256 of the text shown')),
                ('exclusions_sha256', models.CharField(blank=True, help_text='The list of those who opted out, as it was applied to the data.', max_length=64, validators=[django.core.validators.RegexValidator('^[0-9a-f]{64}$', 'A SHA-256 has 64 characters 0 to 9 and a to f.')], verbose_name='SHA-256 of the exclusion list applied')),
                ('excluded', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='people who opted out')),
                ('state', models.CharField(choices=[('running', 'Running'), ('finished', 'Finished')], default='running', help_text='Finished: the time to answer is over and the exclusion list was applied. It then stays as it is.', max_length=10)),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opt_out_offers', to='disclosures.noticeversion', verbose_name='promised by')),
            ],
            options={
                'ordering': ['-offered_from', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='PublicStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('title', models.CharField(max_length=200)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In review'), ('pre_cleared', 'Pre-cleared'), ('rejected', 'Rejected'), ('made', 'Made')], default='draft', editable=False, max_length=15)),
                ('audience', models.CharField(choices=[('press', 'The press'), ('regulator', 'An authority'), ('legislator', 'A parliament or one of its members'), ('court', 'A court'), ('users', 'Our users'), ('investors', 'Investors'), ('other', 'Somebody else')], max_length=15, verbose_name='told to')),
                ('said_on', models.DateField(help_text='The day on which it was made, or is to be made.', verbose_name='day')),
                ('text', models.TextField(help_text='Word for word.', max_length=100000)),
                ('author', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='public_statements', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements_about', to='vendors.organisation', verbose_name='about whom')),
            ],
            options={
                'ordering': ['-said_on', '-pk'],
            },
            bases=(apps.workflow.models.about.Subject, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalStatementClaim',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('kind', models.CharField(choices=[('no_agreement', 'There was no agreement with them'), ('no_relation', 'There was no business relation with them'), ('no_sharing', 'No data was shared with them'), ('shared', 'Data was shared with them'), ('no_payment', 'Nothing was paid by them'), ('deleted', 'They have deleted the data')], max_length=15, verbose_name='it says')),
                ('period_from', models.DateField(blank=True, help_text='Empty: of all time before.', null=True, verbose_name='from')),
                ('period_until', models.DateField(blank=True, help_text='Empty: to the day of the statement.', null=True, verbose_name='until')),
                ('sentence', models.TextField(help_text='The sentence of the statement, word for word.')),
                ('start', models.PositiveIntegerField(editable=False, help_text='Where the sentence begins in the text.')),
                ('end', models.PositiveIntegerField(editable=False)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('entered_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('statement', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='disclosures.publicstatement')),
            ],
            options={
                'verbose_name': 'historical statement claim',
                'verbose_name_plural': 'historical statement claims',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='StatementClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('kind', models.CharField(choices=[('no_agreement', 'There was no agreement with them'), ('no_relation', 'There was no business relation with them'), ('no_sharing', 'No data was shared with them'), ('shared', 'Data was shared with them'), ('no_payment', 'Nothing was paid by them'), ('deleted', 'They have deleted the data')], max_length=15, verbose_name='it says')),
                ('period_from', models.DateField(blank=True, help_text='Empty: of all time before.', null=True, verbose_name='from')),
                ('period_until', models.DateField(blank=True, help_text='Empty: to the day of the statement.', null=True, verbose_name='until')),
                ('sentence', models.TextField(help_text='The sentence of the statement, word for word.')),
                ('start', models.PositiveIntegerField(editable=False, help_text='Where the sentence begins in the text.')),
                ('end', models.PositiveIntegerField(editable=False)),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('statement', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='disclosures.publicstatement')),
            ],
            options={
                'ordering': ['start', 'pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalnotice',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='1cca2cb9f0c9f6c1f49e1aa86e1846b136200c38', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_44e28', table='disclosures_historicalnotice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalnotice',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='9483874b1b34d70cbda9d0cffe005a3ba72a4035', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_08577', table='disclosures_historicalnotice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalnotice',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='c4b922e16eb509197f38fca9f5bb9c487d2e1130', operation='INSERT', pgid='pgtrigger_ledger_append_94902', table='disclosures_historicalnotice', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalpublicstatement',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='2ccb7e1136e11a149c3250e821e7812e6f2f756b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c7db2', table='disclosures_historicalpublicstatement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalpublicstatement',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='7e084e5cec830f5d08a587c50dd3460dda7f0394', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_f4ba5', table='disclosures_historicalpublicstatement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalpublicstatement',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='a59662a4d610a81a9d0c88fe97fef50a485adcd3', operation='INSERT', pgid='pgtrigger_ledger_append_27292', table='disclosures_historicalpublicstatement', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('product', 'language'), name='notice_once_a_language'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalnoticeversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='0c1707ec276cdc437b9bdc2d7bf84fe72823e822', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_59466', table='disclosures_historicalnoticeversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalnoticeversion',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='aafbc26022e31fcc064d53f53f5d6384448a10c7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_a45c3', table='disclosures_historicalnoticeversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalnoticeversion',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='6ac7428be4a94625f53bc686adad0badf6348892', operation='INSERT', pgid='pgtrigger_ledger_append_b5560', table='disclosures_historicalnoticeversion', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='noticeversion',
            constraint=models.UniqueConstraint(fields=('notice', 'label'), name='notice_version_once'),
        ),
        migrations.AddConstraint(
            model_name='noticeversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('published', 'superseded'))), fields=('notice', 'effective_from'), name='one_version_from_a_day'),
        ),
        migrations.AddConstraint(
            model_name='noticeversion',
            constraint=models.CheckConstraint(condition=models.Q(('sha256', apps.disclosures.models.version.TextDigest(models.F('text')))), name='digest_is_of_the_text', violation_error_message='The SHA-256 is not that of the text.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='noticeversion',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='104b0ed59b7d42cd2c576cef4b840f945ba70286', operation='DELETE', pgid='pgtrigger_never_deleted_5d3f5', table='disclosures_noticeversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='noticeversion',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='e52caacd0a9492aaa3dd1e061738861400f439ea', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_bb1de', table='disclosures_noticeversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='noticeversion',
            trigger=pgtrigger.compiler.Trigger(name='facts_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IN (\'published\', \'superseded\') AND (OLD."notice_id" IS DISTINCT FROM (NEW."notice_id") OR OLD."label" IS DISTINCT FROM (NEW."label") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."effective_from" IS DISTINCT FROM (NEW."effective_from") OR OLD."published_at" IS DISTINCT FROM (NEW."published_at") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id")))', execute='ledger_keep()', func='RETURN NULL;', hash='baf615938270d55e93cd779c447f046ba4f9e365', operation='UPDATE', pgid='pgtrigger_facts_stay_98bee', table='disclosures_noticeversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='noticeversion',
            trigger=pgtrigger.compiler.Trigger(name='outcome_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IN (\'published\', \'superseded\') AND NOT (NEW."status" IN (\'published\', \'superseded\')))', execute='ledger_keep()', func='RETURN NULL;', hash='ef0c2edb2f4f470bddaea560c725d63f32fca094', operation='UPDATE', pgid='pgtrigger_outcome_stays_2636f', table='disclosures_noticeversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaloptoutoffer',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='7bd8a5ed2b69cefab129e6dfd82c9e28839971f1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_17ad2', table='disclosures_historicaloptoutoffer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaloptoutoffer',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='249999f4013cd0ddf46d23a1f0578ced4bfd1b05', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1b323', table='disclosures_historicaloptoutoffer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicaloptoutoffer',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='6cff49d4c0a468a65a991f04f29376f0f5d4073a', operation='INSERT', pgid='pgtrigger_ledger_append_88ece', table='disclosures_historicaloptoutoffer', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalclaim',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='b313f508db30c33a70a9ece335fa003f7a6346b2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_975a2', table='disclosures_historicalclaim', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalclaim',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='8fc8849f7d774796c2285a765d430557604075a1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_95867', table='disclosures_historicalclaim', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalclaim',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='5654bbc2619089122ed04948ec2631213d43eda4', operation='INSERT', pgid='pgtrigger_ledger_append_4c80a', table='disclosures_historicalclaim', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(fields=('version', 'kind', 'says', 'recipient_class', 'use', 'category', 'months', 'start'), name='claim_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category', None), ('kind__in', ['recipient', 'opt_out']), ('months', None), ('use', None), models.Q(('recipient_class', ''), _negated=True)), models.Q(('category', None), ('kind', 'use'), ('months', None), ('recipient_class', ''), ('use__isnull', False)), models.Q(('category__isnull', False), ('kind', 'category'), ('months', None), ('recipient_class', ''), ('use', None)), models.Q(('category', None), ('kind', 'retention'), ('months__isnull', False), ('recipient_class', ''), ('use', None)), _connector='OR'), name='claim_has_the_value_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='claim_quotes_something'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by', None), models.Q(('checked_by', models.F('entered_by')), _negated=True), _connector='OR'), name='claim_checked_by_another'),
        ),
        migrations.AddConstraint(
            model_name='optoutoffer',
            constraint=models.CheckConstraint(condition=models.Q(('offered_until', None), ('offered_until__gte', models.F('offered_from')), _connector='OR'), name='offer_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='optoutoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'finished'), _negated=True), models.Q(('offered_until__isnull', False), models.Q(('exclusions_sha256', ''), _negated=True)), _connector='OR'), name='finished_offer_has_its_end_and_list'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='optoutoffer',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='2d5b12f763b1b619515ac4875f852f98482e7e24', operation='DELETE', pgid='pgtrigger_never_deleted_d7a57', table='disclosures_optoutoffer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='optoutoffer',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='aa3c48d539031d51c87d37fa4b5ea0e1bcbf6cdb', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_421ef', table='disclosures_optoutoffer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='optoutoffer',
            trigger=pgtrigger.compiler.Trigger(name='facts_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" IN (\'finished\') AND (OLD."version_id" IS DISTINCT FROM (NEW."version_id") OR OLD."recipient_class" IS DISTINCT FROM (NEW."recipient_class") OR OLD."offered_from" IS DISTINCT FROM (NEW."offered_from") OR OLD."offered_until" IS DISTINCT FROM (NEW."offered_until") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."text_sha256" IS DISTINCT FROM (NEW."text_sha256") OR OLD."exclusions_sha256" IS DISTINCT FROM (NEW."exclusions_sha256") OR OLD."excluded" IS DISTINCT FROM (NEW."excluded") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id")))', execute='ledger_keep()', func='RETURN NULL;', hash='acbfc18887da68dd85cc2e2a9797d7916aaf0e5a', operation='UPDATE', pgid='pgtrigger_facts_stay_d85b5', table='disclosures_optoutoffer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='optoutoffer',
            trigger=pgtrigger.compiler.Trigger(name='outcome_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" IN (\'finished\') AND NOT (NEW."state" IN (\'finished\')))', execute='ledger_keep()', func='RETURN NULL;', hash='58d2eacc090e64bb602e6ed1e60aaf0f0bdd5e0d', operation='UPDATE', pgid='pgtrigger_outcome_stays_a8641', table='disclosures_optoutoffer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicstatement',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='f56819dab0b0c05567374c7b4aec1015a8ac7c97', operation='DELETE', pgid='pgtrigger_never_deleted_97c1d', table='disclosures_publicstatement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicstatement',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_keep()', func='RETURN NULL;', hash='a564ea0e2500784afba34ecb54a6ed864a8e3a29', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_75fa0', table='disclosures_publicstatement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicstatement',
            trigger=pgtrigger.compiler.Trigger(name='facts_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IN (\'made\') AND (OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."said_on" IS DISTINCT FROM (NEW."said_on") OR OLD."audience" IS DISTINCT FROM (NEW."audience") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id")))', execute='ledger_keep()', func='RETURN NULL;', hash='ad2e197cde60860ebb1a26a7b2f054e0e7a53622', operation='UPDATE', pgid='pgtrigger_facts_stay_6fcd6', table='disclosures_publicstatement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicstatement',
            trigger=pgtrigger.compiler.Trigger(name='outcome_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IN (\'made\') AND NOT (NEW."status" IN (\'made\')))', execute='ledger_keep()', func='RETURN NULL;', hash='d01ba763080e46fe0c2a74ae047db75353b685bd', operation='UPDATE', pgid='pgtrigger_outcome_stays_25130', table='disclosures_publicstatement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalstatementclaim',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='cffbc421c21f8af639bee3647189464afb3953e3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_cc2c0', table='disclosures_historicalstatementclaim', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalstatementclaim',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='ledger_refuse_change()', func='RETURN NULL;', hash='2c5a0aac150a853fd0f87c33cdb647d37711cf39', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9ae10', table='disclosures_historicalstatementclaim', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='historicalstatementclaim',
            trigger=pgtrigger.compiler.Trigger(name='ledger_append', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', execute="ledger_append('history_id', 'history_user_id')", func='RETURN NULL;', hash='8f6dc0970d20365634a1239186bac3ee63d31ea5', operation='INSERT', pgid='pgtrigger_ledger_append_65474', table='disclosures_historicalstatementclaim', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='statementclaim',
            constraint=models.UniqueConstraint(fields=('statement', 'kind', 'period_from', 'period_until', 'start'), name='statement_claim_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='statementclaim',
            constraint=models.CheckConstraint(condition=models.Q(('period_from', None), ('period_until', None), ('period_until__gte', models.F('period_from')), _connector='OR'), name='statement_claim_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='statementclaim',
            constraint=models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='statement_claim_quotes_something'),
        ),
    ]
