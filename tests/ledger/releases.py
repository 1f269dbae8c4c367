"""Three made-up releases with two tables on the chain, of which the later ones change columns, tables and hashes."""

from hashlib import sha256

from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from apps.ledger.operations import BeginHashFormat, RenameRecordedField, RetireField, RetireModel
from apps.ledger.state import record_columns
from apps.ledger.triggers import chained
from apps.ledger.verify.hashing import FORMATS, Format, seconds
from tests.factories import write_ledger

APP, NOTICE, OFFICE = "madeup", "madeup_historicalnotice", "madeup_historicaloffice"

# Every part with its length before it, so that no two entries hash alike whatever their words hold.
FORMAT_2 = (
    """CREATE FUNCTION ledger_frame(part bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
        SELECT int4send(length(part)) || part $$""",
    """CREATE OR REPLACE FUNCTION ledger_entry_hash(
        sequence bigint, kind text, table_name text, row_id bigint, actor text, at timestamptz, fields jsonb,
        previous bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
    DECLARE
        framed bytea := ledger_frame(previous);
        word text;
    BEGIN
        FOREACH word IN ARRAY ARRAY[sequence::text, kind, table_name, row_id::text, actor,
                                    extract(epoch FROM at)::text, fields::text] LOOP
            framed := framed || ledger_frame(convert_to(word, 'UTF8'));
        END LOOP;
        RETURN sha256(framed);
    END $$""",
    """CREATE OR REPLACE FUNCTION ledger_commitment(salt bytea, field text, value jsonb)
    RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT encode(sha256(ledger_frame(salt) || ledger_frame(convert_to(field, 'UTF8'))
                             || ledger_frame(convert_to(value::text, 'UTF8'))), 'hex') $$""",
)


def framed(*parts):
    return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts))


KNOWN_FORMATS = FORMATS | {
    2: Format(
        entry=lambda previous, sequence, words, at, fields: framed(
            previous, b"%d" % sequence, *words, seconds(at), fields
        ).digest(),
        commitment=lambda salt, name, value: framed(salt, name, value).hexdigest(),
    )
}


class PutOnChain(migrations.operations.base.Operation):
    def __init__(self, model):
        self.model = model

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model)
        for trigger in chained(key="history_id", actor="history_user_id"):
            schema_editor.execute(trigger.compile(model).install_sql, params=None)


def history(name, **fields):
    return [
        migrations.CreateModel(
            name,
            [
                ("history_id", models.BigAutoField(primary_key=True)),
                ("history_user_id", models.BigIntegerField(null=True)),
                ("history_date", models.DateTimeField()),
                *fields.items(),
            ],
        ),
        PutOnChain(name),
    ]


RELEASES = {
    1: [
        *history("HistoricalNotice", title=models.CharField(max_length=100), place=models.CharField(max_length=30)),
        *history("HistoricalOffice", town=models.TextField()),
    ],
    2: [
        RenameRecordedField("historicalnotice", "title", "heading"),
        migrations.AddField("historicalnotice", "reason", models.TextField(null=True)),
        migrations.AddField("historicalnotice", "kind", models.CharField(max_length=10, default="plain")),
        RetireField("historicalnotice", "place"),
    ],
    3: [
        RenameRecordedField("historicalnotice", "heading", "subject"),
        RetireModel("HistoricalOffice"),
        BeginHashFormat(2, FORMAT_2),
    ],
}  # fmt: skip
ROWS = {
    1: [(NOTICE, {"title": "First", "place": "Cork"}), (OFFICE, {"town": "Galway"})],
    2: [(NOTICE, {"heading": "Second", "reason": None, "kind": "urgent"}), (OFFICE, {"town": "Sligo"})],
    3: [(NOTICE, {"subject": "Third", "reason": "Because", "kind": "plain"})],
}


class Installation:
    """A database that goes from one release to the next."""

    def __init__(self):
        self.state = ProjectState()

    def upgrade(self, *releases):
        """Migrate, past releases that were never installed."""
        for release in releases:
            self.apply(RELEASES[release])
        for table, key in self.tables():
            record_columns(table, key)

    def apply(self, operations):
        migration = migrations.Migration("made_up", APP)
        migration.operations = operations
        write_ledger()
        with connection.schema_editor() as editor:
            self.state = migration.apply(self.state, editor)

    def tables(self):
        return [
            (table, "history_id") for table in (NOTICE, OFFICE) if (APP, table.partition("_")[2]) in self.state.models
        ]

    def work(self, release):
        """People add rows, as many entries as there are rows."""
        with connection.cursor() as cursor:
            for table, row in ROWS[release]:
                columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
                cursor.execute(
                    f"INSERT INTO {table} (history_date, {columns}) VALUES (now(), {places})", list(row.values())
                )
        write_ledger()
