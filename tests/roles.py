"""As whom a test speaks to the database: as its owner, unless it goes on as the role of the running portal."""

from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from apps.core import clock
from tests.factories import write_ledger


@contextmanager
def as_role(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_user), session_user = current_user")
        [(role, is_own)] = cursor.fetchall()
        cursor.execute(f"SET LOCAL ROLE {name}")
        yield cursor
        cursor.execute(f"SET LOCAL ROLE {'NONE' if is_own else role}")


def as_owner():
    return as_role("NONE")


def as_portal():
    return as_role(settings.DATABASE_APP_ROLE)


@contextmanager
def triggers_off():
    """Change rows while no trigger looks, as the owner can."""
    write_ledger()
    with as_owner() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def put_in(record, status):
    """Past every step, which the owner of the tables may do."""
    record.status = status
    if hasattr(record, "approved_until"):
        record.approved_until = clock.today()
    with triggers_off():
        record.save()
