"""What the running portal's database role may do: everything but own tables or change what is append-only."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from psycopg import sql

from apps.ledger.triggers import Unchangeable


def grant_app_role(using: str = "default", **kwargs: Any) -> None:
    """Grant the role named by DATABASE_APP_ROLE what it needs. Runs after each migration, as the owner."""
    role = settings.DATABASE_APP_ROLE
    connection = connections[using]
    if not role or connection.settings_dict["USER"] == role:
        return
    fixed = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if any(isinstance(trigger, Unchangeable) for trigger in getattr(model._meta, "triggers", []))
    ]
    existing = set(connection.introspection.table_names())
    statements = [
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON ledger_entry, ledger_salt FROM {role}",
        *(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {{role}}' for table in fixed if table in existing),
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
