"""Whether this release of the portal can carry on the data that it finds."""

import psycopg
from psycopg import sql

from governance.environment import BASE_DIR
from governance.launcher.database import Database
from governance.launcher.processes import Failure

MIGRATIONS = "django_migrations"


def require_known_history(database: Database, *, begin_anew: str) -> None:
    """Raises Failure, which says how to begin anew, where the data were made by a release with other migrations."""
    ours = {(path.parents[1].name, path.stem) for path in BASE_DIR.glob("apps/*/migrations/[0-9]*.py")}
    rooms = {room for room, _ in ours}
    if unknown := {(room, name) for room, name in _applied(database) if room in rooms} - ours:
        raise Failure(
            "These data were made by another version of the portal, which this one cannot carry on "
            f"({len(unknown)} of its migrations are not known here). {begin_anew}"
        )


def _applied(database: Database) -> set[tuple[str, str]]:
    """(room, migration) of everything that was done to the database; nothing in a new one."""
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute("SELECT to_regclass(%s)", [MIGRATIONS]).fetchone()
        if found is None or found[0] is None:
            return set()
        query = sql.SQL("SELECT app, name FROM {}").format(sql.Identifier(MIGRATIONS))
        return {(str(room), str(name)) for room, name in connection.execute(query)}
