"""Each manipulation of the list is found and named; what only a checkpoint finds, it finds."""

from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import DatabaseError

from apps.ledger.checkpoints import KnownCheckpoint, compare_checkpoints
from apps.ledger.leaves import read_leaves
from apps.ledger.models import chained_models
from apps.ledger.tree import RightEdge
from apps.ledger.verify import verify
from tests.factories import write_ledger
from tests.ledger import manipulations as all_of_them
from tests.roles import as_portal, triggers_off

# Some change roles, which all databases of a server share.
pytestmark = [pytest.mark.world("demo"), pytest.mark.xdist_group("manipulations")]

GENERATED = {
    "a field of each table": all_of_them.changed_fields,
    "a row of each table removed": all_of_them.removed_rows,
    "a row of each table added": all_of_them.added_rows,
    "a record of each kind": all_of_them.changed_records,
    "the trigger that writes the chain": all_of_them.dropped_triggers,
    "triggers that keep rows": all_of_them.switched_off_triggers,
    "functions": all_of_them.replaced_functions,
}
TOGETHER = {
    "of functions": all_of_them.OF_FUNCTIONS,
    "of triggers": all_of_them.OF_TRIGGERS,
    "of rights and settings": all_of_them.OF_RIGHTS,
    "of other objects": all_of_them.OF_OBJECTS,
}
ALONE = [*all_of_them.ON_THE_CHAIN]
LEAST = 200


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def names():
    """What statements name that differs from database to database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(current_user), quote_ident(current_database()), (SELECT quote_ident(conname) FROM "
            "pg_constraint WHERE conrelid = 'vendors_interest'::regclass AND contype = 'c' ORDER BY 1 LIMIT 1)"
        )
        return dict(zip(("{owner}", "{database}", "{constraint}"), cursor.fetchone(), strict=True))


def carry_out(wanted, *, triggers=False):
    """Do all of this, and say which of it the verification does not name."""
    known = names()
    with undone():
        with triggers_off() as cursor:
            if triggers:
                cursor.execute("SET LOCAL session_replication_role = origin")
            for manipulation in wanted:
                statement = manipulation.statement
                for name, value in known.items():
                    statement = statement.replace(name, value or "")
                cursor.execute(statement)
            if triggers:
                write_ledger()
        problems = [str(problem) for problem in verify().problems]
    return [m.name for m in wanted if not any(m.says in problem and m.place in problem for problem in problems)]


@pytest.mark.parametrize("kind", GENERATED)
def test_is_found_in_every_table(db, kind):
    wanted = list(GENERATED[kind]())
    assert len(wanted) > 10
    assert carry_out(wanted) == []


# What the catalogue of the server says hangs on its version.
@pytest.mark.service
@pytest.mark.parametrize("kind", TOGETHER)
def test_is_found_whatever_it_is(db, kind):
    with undone(), connection.cursor() as cursor:
        # Event triggers want a function of their own kind.
        cursor.execute("CREATE FUNCTION forged() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
        assert carry_out(TOGETHER[kind]) == []


@pytest.mark.parametrize("manipulation", ALONE, ids=lambda manipulation: manipulation.name)
def test_is_found_on_the_chain(db, manipulation):
    assert carry_out([manipulation]) == []


@pytest.mark.parametrize("manipulation", all_of_them.TAKEN_IN, ids=lambda manipulation: manipulation.name)
def test_is_found_although_the_chain_took_it_in(db, manipulation):
    assert carry_out([manipulation], triggers=True) == []


def known_checkpoint():
    edge = RightEdge()
    leaves = list(read_leaves())
    edge.extend(leaves)
    return KnownCheckpoint("checkpoint", "an auditor", size=len(leaves), root=edge.root(), outside=True)


@pytest.mark.parametrize("manipulation", all_of_them.ONLY_WITH_A_CHECKPOINT, ids=lambda manipulation: manipulation.name)
def test_fits_itself_and_is_found_with_a_checkpoint(db, manipulation):
    with connection.cursor() as cursor:
        cursor.execute(all_of_them.DECISION.format(id=all_of_them.NEXT, at="now()"))
        write_ledger()
        cursor.execute("SELECT max(id), (SELECT max(sequence) FROM ledger_entry) FROM workflow_decision")
        row, entry = cursor.fetchone()
    held = known_checkpoint()
    with undone(), triggers_off() as cursor:
        cursor.execute(manipulation.statement.replace("{row}", str(row)).replace("{entry}", str(entry)))
        assert verify().ok
        (compared,) = compare_checkpoints(read_leaves(), [held])
        assert compared.problem


def test_of_the_portals_role_is_refused_in_every_table(db):
    """Before there is anything to find."""
    let_through = []
    with as_portal() as cursor:
        for model, key in chained_models():
            table = model._meta.db_table
            for statement in (
                f"UPDATE {table} SET {key} = {key}",
                f"DELETE FROM {table}",
                f"TRUNCATE {table} CASCADE",
                f"INSERT INTO {table} ({key}) OVERRIDING SYSTEM VALUE VALUES (-7)",
            ):
                try:
                    with transaction.atomic():
                        cursor.execute(statement)
                    let_through.append(statement)
                except DatabaseError as error:
                    if "permission denied" not in str(error):
                        let_through.append(f"{statement}: {error}")
    assert let_through == []


def test_the_list_is_as_long_as_is_promised(db):
    generated = sum(len(list(make())) for make in GENERATED.values())
    listed = sum(map(len, TOGETHER.values())) + len(ALONE) + len(all_of_them.TAKEN_IN)
    assert generated + listed >= LEAST
    assert settings.DATABASE_APP_ROLE


@pytest.mark.service
def test_nothing_is_found_where_nothing_was_done(db):
    assert verify().problems == []
