"""What the running portal's database role may do, by the class of each table: see apps/ledger/access.py.

Everything is revoked first, so that a right which was added by hand, or by an earlier release, does not last.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from apps.core.access import Access
from apps.ledger.access import access_of, columns_to_insert, functions_of
from apps.ledger.models import Entry
from apps.ledger.state import retired_tables

# What belongs to the owner, not to an extension that somebody put beside it.
OWN = "pg_has_role({owner}, 'USAGE') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')"
OWN_RELATIONS = f"""
    SELECT o.oid::regclass::text, o.relkind = 'S' FROM pg_class o
     WHERE o.relnamespace = 'public'::regnamespace AND o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
       AND {OWN.format(owner="o.relowner")}
"""
OWN_FUNCTIONS = f"""
    SELECT o.oid::regprocedure::text FROM pg_proc o
     WHERE o.pronamespace = 'public'::regnamespace AND {OWN.format(owner="o.proowner")}
"""
ROOM = (
    "REVOKE ALL ON SCHEMA public FROM {role}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE ALL ON DATABASE {database} FROM {role}",
    # Imports sort what they were sent in temporary tables.
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
)


def grant_app_role(using: str = "default", **kwargs: Any) -> None:
    """Grant the role named by DATABASE_APP_ROLE what it needs. Runs after each migration, as the owner."""
    role = settings.DATABASE_APP_ROLE
    connection = connections[using]
    if not role or connection.settings_dict["USER"] == role:
        return
    names = {"role": sql.Identifier(role), "database": sql.Identifier(connection.settings_dict["NAME"])}
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in (
            *ROOM,
            *_revocations(cursor),
            *_grants(set(connection.introspection.table_names(cursor)), using),
        ):
            cursor.execute(sql.SQL(statement).format(**names))


def _revocations(cursor: Any) -> Iterator[str]:
    cursor.execute(OWN_RELATIONS)
    for name, is_sequence in cursor.fetchall():
        yield f"REVOKE ALL ON {'SEQUENCE' if is_sequence else 'TABLE'} {name} FROM PUBLIC, {{role}}"
        if is_sequence:
            yield f"GRANT USAGE ON SEQUENCE {name} TO {{role}}"
    cursor.execute(OWN_FUNCTIONS)
    for (name,) in cursor.fetchall():
        yield f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC, {{role}}"


def _grants(existing: set[str], using: str) -> Iterator[str]:
    models = apps.get_models(include_auto_created=True)
    for model in models:
        rights = (access_of(model) or Access.NONE).value
        if model._meta.proxy or not rights or model._meta.db_table not in existing:
            continue
        columns = ", ".join(f'"{column}"' for column in columns_to_insert(model))
        named = [f"INSERT ({columns})" if right == "INSERT" and columns else right for right in rights]
        yield f'GRANT {", ".join(named)} ON "{model._meta.db_table}" TO {{role}}'
        yield from (f"GRANT EXECUTE ON FUNCTION {function} TO {{role}}" for function in functions_of(model))
    if Entry._meta.db_table in existing:
        # Verified as long as there is a ledger, though no model knows them.
        yield from (f'GRANT SELECT ON "{table}" TO {{role}}' for table in sorted(retired_tables(using)))
    # The portal does not run while a migration is missing.
    yield f"GRANT SELECT ON {MigrationRecorder.Migration._meta.db_table} TO {{role}}"
