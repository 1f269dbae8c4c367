"""No migration changes a table on the chain so that its entries would no longer verify."""

import pytest
from django.db import migrations, models
from django.utils import timezone

from apps.ledger.management.commands import ledger_catalogue
from apps.ledger.models import Entry, chained_models
from apps.ledger.operations import (
    BeginHashFormat,
    RenameRecordedField,
    RetireField,
    RetireModel,
    all_operations,
    chained_in_migrations,
)

CHAINED = chained_in_migrations()
NOTED = (RenameRecordedField, RetireField, RetireModel)
# Operations that entries do not survive, and what to use instead.
INSTEAD = {
    migrations.RenameField: "RenameRecordedField",
    migrations.RemoveField: "RetireField",
    migrations.DeleteModel: "RetireModel",
    migrations.RenameModel: "a new model",
    migrations.AlterModelTable: "a new model",
}
# Fields whose values are rendered alike, whatever their length.
TEXTS = ("CharField", "TextField", "SlugField", "EmailField", "URLField", "FileField")
NUMBERS = ("IntegerField", "BigIntegerField", "SmallIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField")


def broken_by(operations, chained):
    """What is wrong with these operations on these models, in their order."""
    rendered = {}
    for app, operation in operations:
        place = (app, model_of(operation).lower())
        if place not in chained:
            continue
        instead = INSTEAD.get(next((kind for kind in INSTEAD if isinstance(operation, kind)), None))
        if instead and not isinstance(operation, NOTED):
            yield f"{app}: {operation.describe()}: use {instead} of apps.ledger.operations"
        for name, field in fields_of(operation):
            before = rendered.setdefault((place, name), rendering(field))
            if before != rendering(field):
                yield f"{app}: {operation.describe()}: its values would be rendered otherwise; add a column"


def model_of(operation):
    return next((getattr(operation, key) for key in ("model_name", "old_name", "name") if hasattr(operation, key)), "")


def fields_of(operation):
    if isinstance(operation, migrations.CreateModel):
        return operation.fields
    if isinstance(operation, migrations.AddField | migrations.AlterField):
        return [(operation.name, operation.field)]
    return []


def rendering(field):
    kind = field.get_internal_type()
    if kind in TEXTS:
        return "text"
    if kind in NUMBERS:
        return "number"
    return kind, getattr(field, "decimal_places", None)


def test_no_migration_changes_what_entries_speak_of():
    assert list(broken_by(all_operations(), CHAINED)) == []


def test_knows_every_model_on_the_chain():
    assert {(model._meta.app_label, model._meta.model_name) for model, _ in chained_models()} <= CHAINED


class TestWhatWouldBeRefused:
    def broken(self, operation, *before):
        return list(broken_by([("vendors", made) for made in (*before, operation)], {("vendors", "historicalperson")}))

    @pytest.mark.parametrize(
        "operation",
        [
            migrations.RenameField("historicalperson", "name", "full_name"),
            migrations.RemoveField("HistoricalPerson", "name"),
            migrations.DeleteModel("HistoricalPerson"),
            migrations.RenameModel("HistoricalPerson", "HistoricalHuman"),
            migrations.AlterModelTable("historicalperson", "people"),
        ],
        ids=lambda operation: type(operation).__name__,
    )
    def test_an_operation_of_django(self, operation):
        assert len(self.broken(operation)) == 1

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (models.CharField(max_length=9), models.IntegerField()),
            (models.DecimalField(max_digits=5, decimal_places=2), models.DecimalField(max_digits=5, decimal_places=3)),
        ],
    )
    def test_another_type_of_a_column(self, before, after):
        added = migrations.AddField("historicalperson", "age", before)
        assert len(self.broken(migrations.AlterField("historicalperson", "age", after), added)) == 1

    @pytest.mark.parametrize(
        "operation",
        [
            RenameRecordedField("historicalperson", "name", "full_name"),
            RetireField("historicalperson", "name"),
            RetireModel("HistoricalPerson"),
            BeginHashFormat(2, []),
            migrations.RemoveField("person", "name"),
            migrations.AlterField("historicalperson", "name", models.TextField()),
        ],
        ids=lambda operation: type(operation).__name__,
    )
    def test_but_not_what_the_chain_knows_of(self, operation):
        assert (
            self.broken(operation, migrations.AddField("historicalperson", "name", models.CharField(max_length=9)))
            == []
        )


class TestDefaultsThatAReleaseLists:
    @pytest.mark.parametrize(
        ("field", "lines"),
        [
            (models.CharField(default="plain"), ['vendors_historicalperson.kind "plain"']),
            (models.BooleanField(default=False), ["vendors_historicalperson.kind false"]),
            (models.JSONField(default=list), ["vendors_historicalperson.kind []"]),
            (models.TextField(null=True), []),
            (models.DateTimeField(default=timezone.now), []),
        ],
    )
    def test_are_those_that_the_database_notes(self, monkeypatch, field, lines):
        added = migrations.AddField("HistoricalPerson", "kind", field)
        monkeypatch.setattr(ledger_catalogue, "all_operations", lambda: [("vendors", added)])
        assert list(ledger_catalogue.declared_defaults()) == lines

    def test_say_nothing_of_tables_beside_the_chain(self, monkeypatch):
        added = migrations.AddField("Person", "kind", models.CharField(default="plain"))
        monkeypatch.setattr(ledger_catalogue, "all_operations", lambda: [("vendors", added)])
        assert list(ledger_catalogue.declared_defaults()) == []


@pytest.mark.django_db
def test_the_columns_of_a_table_are_noted_before_any_room_adds_rows():
    """Else rows that a new release adds would count among those that were there before its columns."""
    first_row = {}
    for table, sequence in (
        Entry.objects.filter(kind=Entry.Kind.ROW).order_by("sequence").values_list("table_name", "sequence")
    ):
        first_row.setdefault(table, sequence)
    noted = Entry.objects.filter(kind=Entry.Kind.SCHEMA).order_by("-sequence")
    first_note = dict(noted.values_list("fields__table", "sequence"))
    assert first_row
    assert [table for table, sequence in first_row.items() if first_note[table] > sequence] == []
