"""A ledger of many years goes on verifying: columns and tables were renamed, added and retired, and hashes changed."""

from types import SimpleNamespace

import pytest
from django.db import connection, migrations, models, transaction
from django.db.migrations.state import ModelState

from apps.ledger import state
from apps.ledger import verify as verification
from apps.ledger.grants import grant_app_role
from apps.ledger.models import Entry, Salt
from apps.ledger.operations import RenameRecordedField, RetireField
from apps.ledger.verify import chain as chain_of
from apps.ledger.verify import hashing, rows, schema, verify
from apps.ledger.verify.chain import read_chain
from apps.ledger.verify.reading import opened
from apps.workflow.models import Redaction, Vote
from tests.factories import write_ledger
from tests.ledger.releases import APP, KNOWN_FORMATS, NOTICE, OFFICE, RELEASES, Installation
from tests.roles import as_portal

pytestmark = pytest.mark.service


@pytest.fixture
def listed(db, monkeypatch, tmp_path):
    """What each release lists: the entries of a new database of its own, and the default of a new column."""
    lines = {*schema.KNOWN.read_text().splitlines(), schema.default(NOTICE, "kind", '"plain"')}
    for release in RELEASES:
        sid = transaction.savepoint()
        Installation().upgrade(*range(1, release + 1))
        with opened(connection.connection) as reader:
            lines.update(schema.digests(read_chain(reader, ())))
        transaction.savepoint_rollback(sid)
    known = tmp_path / "schemas.txt"
    known.write_text("\n".join(lines))
    monkeypatch.setattr(schema, "KNOWN", known)
    return known


@pytest.fixture
def installation(listed, monkeypatch):
    """A database of which the verification knows the tables."""
    made, real = Installation(), verification.chained_models

    def with_made_up():
        tables = [(SimpleNamespace(_meta=SimpleNamespace(db_table=table)), key) for table, key in made.tables()]
        return [*real(), *tables]

    monkeypatch.setattr(verification, "chained_models", with_made_up)
    for module in (hashing, rows, chain_of):
        monkeypatch.setattr(module, "FORMATS", KNOWN_FORMATS)
    return made


@pytest.fixture
def grown(installation):
    """It went through three releases, and people added rows in each."""
    for release in RELEASES:
        installation.upgrade(release)
        installation.work(release)
    return installation


def problems():
    return [(problem.table, problem.row, problem.what) for problem in verify(rows_only=True).problems]


class TestHonestReleases:
    def test_everything_fits_in_each(self, installation):
        for release in RELEASES:
            installation.upgrade(release)
            assert problems() == []
            installation.work(release)
            assert problems() == []

    def test_a_release_may_be_left_out(self, installation):
        installation.upgrade(1)
        installation.work(1)
        installation.upgrade(2, 3)
        installation.work(3)
        assert problems() == []

    def test_rows_of_each_release_are_really_there(self, grown):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT subject, reason, kind, _dropped_place_1 FROM {NOTICE} ORDER BY history_id")
            assert cursor.fetchall() == [
                ("First", None, "plain", "Cork"),
                ("Second", None, "urgent", None),
                ("Third", "Because", "plain", None),
            ]

    @pytest.mark.parametrize(
        "operation",
        [
            migrations.AddField("historicalnotice", "place", models.TextField(null=True)),
            RenameRecordedField("historicalnotice", "reason", "title"),
        ],
    )
    def test_a_name_that_entries_know_is_not_given_again(self, grown, monkeypatch, operation):
        monkeypatch.setitem(RELEASES, 4, [operation])
        with pytest.raises(ValueError, match="take another name"):
            grown.upgrade(4)

    def test_a_second_column_of_a_retired_name_is_retired_beside_it(self, grown):
        grown.apply([migrations.AddField("historicalnotice", "x", models.TextField(null=True))])
        grown.apply([RetireField("historicalnotice", "x"), RetireField("historicalnotice", "kind")])
        assert {"_dropped_place_1", "_dropped_x_1", "_dropped_kind_1"} <= state.columns_of(NOTICE).keys()

    def test_a_table_beside_the_chain_is_refused(self, grown):
        grown.apply([migrations.CreateModel("Plain", [("id", models.BigAutoField(primary_key=True))])])
        grown.apply([migrations.AddField("plain", "a", models.TextField(null=True))])
        with pytest.raises(ValueError, match="use the operation of Django"), transaction.atomic():
            grown.apply([RetireField("plain", "a")])


class TestTheRoleOfThePortal:
    @pytest.fixture(autouse=True)
    def _granted(self, grown):
        grant_app_role()

    def test_reads_what_is_retired_for_the_verification(self, grown):
        with as_portal() as cursor:
            cursor.execute(f"SELECT town FROM {OFFICE} ORDER BY history_id")
            assert cursor.fetchall() == [("Galway",), ("Sligo",)]

    @pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
    def test_does_nothing_else_with_it(self, grown, right, settings):
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [settings.DATABASE_APP_ROLE, OFFICE, right])
            assert cursor.fetchone() == (False,)


# What was done to rows and entries of each release, and what is said of it.
CHANGED = "the field “{}” was changed"
TAMPERED = {
    "a column that was renamed twice since": (
        f"UPDATE {NOTICE} SET subject = 'Worst' WHERE history_id = 1",
        (NOTICE, 1, CHANGED.format("title")),
    ),
    "a column that was renamed once since": (
        f"UPDATE {NOTICE} SET subject = 'Last' WHERE history_id = 2",
        (NOTICE, 2, CHANGED.format("heading")),
    ),
    "a column that was retired since": (
        f"UPDATE {NOTICE} SET _dropped_place_1 = 'Kerry' WHERE history_id = 1",
        (NOTICE, 1, CHANGED.format("place")),
    ),
    "a column that was retired before": (
        f"UPDATE {NOTICE} SET _dropped_place_1 = 'Kerry' WHERE history_id = 2",
        (NOTICE, 2, CHANGED.format("_dropped_place_1")),
    ),
    "a column that is added with nothing in it": (
        f"UPDATE {NOTICE} SET reason = 'So' WHERE history_id = 1",
        (NOTICE, 1, "the field “reason”, which came later, was filled in afterwards"),
    ),
    "a column that is added with a default": (
        f"UPDATE {NOTICE} SET kind = 'urgent' WHERE history_id = 1",
        (NOTICE, 1, "the field “kind”, which came later, was filled in afterwards"),
    ),
    "what was filled into the new column": (
        f"UPDATE {NOTICE} SET kind = 'plain' WHERE history_id = 2",
        (NOTICE, 2, CHANGED.format("kind")),
    ),
    "a retired table": (
        f"UPDATE {OFFICE} SET town = 'Dublin' WHERE history_id = 1",
        (OFFICE, 1, CHANGED.format("town")),
    ),
    "a row gone from a retired table": (
        f"DELETE FROM {OFFICE} WHERE history_id = 2",
        (OFFICE, 2, "the row is missing"),
    ),
    "a row with an entry of the new format": (
        f"UPDATE {NOTICE} SET subject = 'Fourth' WHERE history_id = 3",
        (NOTICE, 3, CHANGED.format("subject")),
    ),
    "an entry of the new format": (
        f"UPDATE ledger_entry SET actor = 'user 1' WHERE table_name = '{NOTICE}' AND row_id = 3",
        (NOTICE, 3, "the entry itself was changed"),
    ),
    "an entry of the first format": (
        f"UPDATE ledger_entry SET actor = 'user 1' WHERE table_name = '{NOTICE}' AND row_id = 1",
        (NOTICE, 1, "the entry itself was changed"),
    ),
}


class TestTampering:
    @pytest.mark.parametrize(("statement", "expected"), TAMPERED.values(), ids=TAMPERED)
    def test_is_found_in_rows_of_each_release(self, grown, tamper, statement, expected):
        tamper(statement)
        assert problems() == [expected]

    def test_a_row_added_to_a_retired_table(self, grown):
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {OFFICE} (history_date, town) VALUES (now(), 'Trim')")
        write_ledger()
        assert problems() == [(OFFICE, 3, "its table was retired before it")]

    def test_a_table_that_was_never_retired(self, grown, tamper):
        write_ledger()
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_add_entry('row', 'nowhere', 1, 'system', '{\"a\": 1}')")
        assert ("nowhere", 1, "no table with this name stands on the chain") in problems()


class TestEntriesThatNoReleaseLists:
    def test_two_columns_that_swap_their_names(self, grown):
        content = Entry.objects.filter(fields__table=NOTICE, kind="schema").first().fields
        state.note(Entry.Kind.SCHEMA, {**content, "renamed": {"subject": "reason", "reason": "subject"}})
        assert (NOTICE, 0, "no release of the portal made its columns what the entry says") in problems()

    def test_a_release_that_forgot_to_list_its_own(self, grown, listed):
        listed.write_text("\n".join(line for line in listed.read_text().splitlines() if not line.startswith(OFFICE)))
        assert problems() == [(OFFICE, 0, "no release of the portal made its columns what the entry says")] * 2

    def test_a_format_nobody_listed(self, grown, listed):
        listed.write_text("\n".join(line for line in listed.read_text().splitlines() if not line.startswith("all ")))
        assert problems() == [("", 0, "no release of the portal made its columns what the entry says")]

    def test_another_default_than_the_declared_one(self, grown, listed):
        listed.write_text(listed.read_text().replace('"plain"', '"grand"'))
        assert problems() == [(NOTICE, 0, "no release gave older rows this value in “kind”")]


class TestRedactionsAndNamesOfColumns:
    """A vote's reason is redacted; its column is renamed to “words”, and retired in the end."""

    @pytest.fixture
    def vote(self, in_review, legal):
        return in_review.review.vote(by=legal, role="Legal", verdict="abstain", reason="I know them.")

    @pytest.fixture
    def change(self, monkeypatch, tmp_path):
        """Apply operations to the table of votes in a release that lists what they write."""
        fields = [("id", models.BigAutoField(primary_key=True)), ("reason", models.TextField())]
        votes = Installation()
        votes.state.add_model(ModelState(APP, "Vote", fields, options={"db_table": "workflow_vote"}))
        monkeypatch.setattr(schema, "KNOWN", tmp_path / "schemas.txt")

        def change(*operations):
            votes.apply(operations)
            monkeypatch.setattr(Vote._meta.get_field("reason"), "column", "words")
            with opened(connection.connection) as reader:
                schema.KNOWN.write_text("\n".join(schema.digests(read_chain(reader, ()))))

        return change

    @pytest.fixture
    def redacted(self, vote, legal, privacy):
        Redaction.request(vote, "reason", by=legal, reason="The person asked for it.").carry_out(by=privacy)
        write_ledger()

    def test_a_redaction_is_still_believed_when_its_column_was_renamed(self, redacted, change):
        change(RenameRecordedField("vote", "reason", "words"))
        assert problems() == []

    def test_or_retired(self, redacted, change):
        change(RenameRecordedField("vote", "reason", "words"))
        change(RetireField("vote", "words"))
        assert problems() == []

    def test_but_not_when_something_else_was_written_there(self, redacted, change, vote, tamper):
        change(RenameRecordedField("vote", "reason", "words"))
        tamper("UPDATE workflow_vote SET words = 'Gladly' WHERE id = %s", vote.pk)
        assert ("workflow_vote", vote.pk, CHANGED.format("reason")) in problems()

    def test_a_redaction_destroys_the_salts_of_earlier_names(self, vote, change):
        change(RenameRecordedField("vote", "reason", "words"))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE ledger_redactablefield SET field = 'words' WHERE field = 'reason' AND key = 'id'")
            cursor.execute(
                "SELECT ledger_redact_field(f, %s, %s, '[redacted 1]', 'user 1') FROM ledger_redactablefield f"
                " WHERE table_name = 'workflow_vote' AND field = 'words'",
                [vote.pk, vote.pk],
            )
        salts = Salt.objects.get(entry__table_name="workflow_vote", entry__row_id=vote.pk, entry__kind="row").salts
        assert "reason" not in salts
        assert "verdict" in salts
        assert problems() == [("workflow_vote", vote.pk, "redaction 1 was not carried out")]
