import itertools
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from simple_history.utils import bulk_create_with_history

from apps.core.exceptions import StaleEdit
from apps.ledger.models import Entry, Salt, set_links
from apps.taxonomy.models import DataCategory
from apps.vendors.models import Organisation, Person
from apps.workflow.models import Ask, Decision
from tests.factories import make_organisation, make_person, write_ledger


def entries_of(model):
    write_ledger()
    return Entry.objects.filter(table_name=model._meta.db_table).order_by("sequence")


class TestHistory:
    def test_says_who_and_why(self, legal):
        person = Person(name="A. Marsh")
        person.on_behalf(legal, "named in the register").save()
        row = person.history.get()
        assert (row.history_type, row.history_user, row.history_change_reason) == ("+", legal, "named in the register")

    def test_actor_and_reason_count_for_one_save_only(self, legal):
        person = Person(name="A. Marsh")
        person.on_behalf(legal, "named in the register").save()
        person.save()
        assert person.history.latest().history_user is None

    def test_keeps_before_and_after(self, db):
        person = make_person("A. Marsh")
        person.name = "B. Marsh"
        person.save()
        assert list(person.history.values_list("name", flat=True)) == ["B. Marsh", "A. Marsh"]

    def test_is_not_written_when_the_row_is_not(self, db):
        person = make_person()
        with suppress(RuntimeError), transaction.atomic():
            person.save()
            raise RuntimeError
        assert person.history.count() == 1

    def test_tells_of_a_removal(self, tickets, legal):
        link = tickets.category_links.first()
        link.on_behalf(legal, "entered twice").delete()
        row = type(link).history.latest()
        assert (row.history_type, row.history_user) == ("-", legal)

    def test_of_users_leaves_out_the_password(self, legal):
        assert not hasattr(legal.history.latest(), "password")


class TestRevision:
    def test_counts_saves(self, db):
        person = make_person()
        person.save()
        assert Person.objects.get().revision == 2

    def test_is_saved_beside_the_fields_named(self, db):
        person = make_person()
        person.save(update_fields=["name"])
        assert Person.objects.get().revision == 2

    def test_a_stale_edit_is_refused(self, db):
        organisation = make_organisation()
        organisation.save()
        with pytest.raises(StaleEdit) as refusal, transaction.atomic():
            Organisation.objects.locked(organisation.pk, revision=1)
        assert refusal.value.obj == organisation


class TestSetLinks:
    def test_adds_and_removes_with_history(self, tickets, engineer):
        links = tickets.category_links
        set_links(links, "category", DataCategory.objects.keyed("user.content"), by=engineer, reason="corrected")
        assert [link.category.key for link in links.all()] == ["user.content"]
        assert set(links.model.history.filter(history_change_reason="corrected").values_list("history_type")) == {
            ("-",),
            ("+",),
        }

    def test_leaves_what_is_there_already(self, tickets, engineer):
        before = list(tickets.category_links.values_list("pk", flat=True))
        set_links(tickets.category_links, "category", tickets.categories.all(), by=engineer)
        assert list(tickets.category_links.values_list("pk", flat=True)) == before


class TestEntries:
    def test_one_is_made_for_each_history_row(self, db):
        person = make_person()
        person.save()
        rows = person.history.order_by("history_id").values_list("history_id", flat=True)
        assert list(entries_of(Person.history.model).values_list("row_id", flat=True)) == list(rows)

    def test_bulk_imports_do_not_escape(self, db):
        bulk_create_with_history([Person(name="A"), Person(name="B")], Person)
        assert entries_of(Person.history.model).count() == 2

    def test_name_the_actor_by_number_only(self, legal):
        Person(name="A. Marsh").on_behalf(legal, "test").save()
        make_person()
        actors = entries_of(Person.history.model).values_list("actor", flat=True)
        assert list(actors) == [f"user {legal.pk}", "system"]

    def test_hold_no_value_in_the_clear(self, db):
        make_person("A. Marsh")
        entry = entries_of(Person.history.model).get()
        assert "Marsh" not in str(entry.fields)
        assert all(len(commitment) == 64 for commitment in entry.fields.values())

    def test_of_equal_rows_do_not_look_alike(self, db):
        make_person("A. Marsh"), make_person("A. Marsh")
        first, second = entries_of(Person.history.model)
        assert first.fields["name"] != second.fields["name"]

    def test_each_follows_the_one_before(self, in_review):
        write_ledger()
        entries = list(Entry.objects.order_by("sequence"))
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
        assert all(bytes(b.previous_hash) == bytes(a.hash) for a, b in itertools.pairwise(entries))

    def test_decisions_and_votes_stand_on_the_chain(self, in_review, legal):
        in_review.review.vote(by=legal, role="Legal", verdict="abstain")
        assert entries_of(Decision).exists()
        assert entries_of(in_review.review.votes.model).get().actor == f"user {legal.pk}"

    def test_a_rolled_back_change_leaves_none(self, db):
        with suppress(RuntimeError), transaction.atomic():
            make_person()
            raise RuntimeError
        assert not entries_of(Person.history.model).exists()


CHANGES = {
    "update": "UPDATE {} SET {} = {}",
    "delete": "DELETE FROM {}",
    "truncate": "TRUNCATE {} CASCADE",
}
TABLES = {
    "workflow_decision": "by_name",
    "workflow_vote": "by_name",
    "workflow_historicalcondition": "text",
    "vendors_historicalinterest": "source",
    "accounts_historicalrolegrant": "history_type",
    "ledger_entry": "actor",
}


class TestAppendOnlyTables:
    @pytest.fixture(autouse=True)
    def rows(self, in_review, lumen, legal):
        """One row at least in each of the tables."""
        review = in_review.review
        review.vote(by=legal, role="Legal", verdict="approve_with_conditions", conditions=[Ask("SOC 2 report")])
        write_ledger()

    @pytest.mark.parametrize("table", TABLES)
    @pytest.mark.parametrize("change", CHANGES)
    def test_refuse_every_change(self, table, change):
        statement = CHANGES[change].format(table, TABLES[table], TABLES[table])
        with pytest.raises(DatabaseError, match=f"Rows of {table} can only be added"), transaction.atomic():
            connection.cursor().execute(statement)

    def test_refuse_it_through_models_too(self):
        for decision_change in (
            lambda: QuerySet(Decision).update(note="x"),
            lambda: QuerySet(Decision).delete(),
            lambda: Decision.objects.first().save(),
            lambda: Decision.objects.first().delete(),
        ):
            with pytest.raises(DatabaseError, match="can only be added"), transaction.atomic():
                decision_change()

    @pytest.mark.parametrize("text", ["restored", "[redacted 1] and more", "", None])
    def test_take_no_text_from_their_owner_but_a_tombstone(self, text):
        with pytest.raises(DatabaseError), transaction.atomic():
            QuerySet(Decision).update(note=text)
        assert QuerySet(Decision).update(note="[redacted 1]") == Decision.objects.count()

    @pytest.mark.parametrize("column", ["transition", "refusal", "from_status"])
    def test_take_a_tombstone_only_where_a_text_may_be_redacted(self, column):
        with pytest.raises(DatabaseError, match="can only be added"), transaction.atomic():
            QuerySet(Decision).update(**{column: "[redacted 1]"})

    def test_salts_may_vanish_but_nothing_else_of_the_ledger(self):
        Salt.objects.all().delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            Entry.objects.all().delete()
