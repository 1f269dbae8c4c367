"""In production the portal connects as a role that cannot take away what guards the ledger."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# Of whom the session could be at any moment, whatever role it plays now.
TOO_POWERFUL = """
SELECT 'is a superuser' FROM pg_roles WHERE rolname = session_user AND rolsuper
UNION ALL
SELECT 'may make roles' FROM pg_roles WHERE rolname = session_user AND rolcreaterole
UNION ALL
SELECT 'owns ' || what || ', or may act for ' || pg_get_userbyid(owner) || ', which does' FROM (
    SELECT c.relowner, 'tables of the portal'
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
    UNION ALL
    SELECT p.proowner, 'functions of the portal'
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
    UNION ALL SELECT nspowner, 'the schema public' FROM pg_namespace WHERE nspname = 'public'
    UNION ALL SELECT datdba, 'the database' FROM pg_database WHERE datname = current_database()
) AS owned (owner, what) WHERE pg_has_role(session_user, owner, 'MEMBER')
LIMIT 1
"""


def watch_connections() -> None:
    """From now on let no connection of this process be that of an owner. Migrations, which need it, do not ask this."""
    if settings.PRODUCTION:
        connection_created.connect(refuse_owner)


def refuse_owner(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TOO_POWERFUL)
        found = cursor.fetchone()
    if found:
        role = connection.settings_dict["USER"]
        connection.close()
        raise ImproperlyConfigured(
            f"The portal does not run in production as the database role “{role}”, which {found[0]}: it could switch "
            "off what guards the ledger. Let DATABASE_URL name a role that owns nothing, and run only migrations as "
            "the owner; see “Two database roles” in docs/operating.md."
        )
