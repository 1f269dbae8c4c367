"""The databases of the tests: each world is made once and kept as a template, and tests work on copies of it.

    migrated → bare (with the reference data) → cast (with everybody of tests/cast.py) → a world for each staged scene
                                                                           → api (of the permission matrix)
                                              → demo (with the demo case) → everywhere (with something on every page)
    kept (with the ledger that an earlier release left)

A template's name ends in a digest of what it is made from. The next run finds it again, and a change of the code makes
it anew. A copy belongs to one process, which drops it at its end; whoever comes later drops what a killed one has left.
"""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from pgtrigger.migrations import AddTrigger
from psycopg import sql

from apps.core import clock
from apps.portal.demo import load_case
from tests.addresses import addresses
from tests.api_world import make_api_world
from tests.cast import CAST
from tests.factories import make_users
from tests.interests import make_interest_world
from tests.ledger import kept
from tests.scenes import STAGED, Named

PASSWORD, MEMBERS = "correct horse battery", 30_000  # of the demo case
# What a world remembers lies in the same database as its rows: the names of records, and the files that rows name.
MEMORY = """
CREATE SCHEMA tests;
CREATE TABLE tests.record (name text PRIMARY KEY, label text, key bigint);
CREATE TABLE tests.stored_file (name text PRIMARY KEY, content bytea);
"""


def migrate(named):
    migrate_to(MigrationExecutor(connection).loader.graph.leaf_nodes())
    with connection.cursor() as cursor:
        cursor.execute(MEMORY)
    return {}


def migrate_to(targets):
    executor = MigrationExecutor(connection)
    with pytest.MonkeyPatch.context() as patch:
        # Half of the time of all migrations goes into rendering models anew that have got a trigger, and look the same.
        patch.setattr(AddTrigger, "state_forwards", note_trigger)
        executor.migrate(targets)


def upgrade_kept_ledger(named):
    """As an installation is: made by the release that left it, then migrated by this one."""
    migrate_to(kept.migrations_of(kept.KEPT))
    kept.load(kept.KEPT)
    migrate(named)
    return load_reference_data(named)


def note_trigger(operation, app_label, state):
    options = state.models[app_label, operation.model_name].options
    options["triggers"] = [*options.get("triggers", []), operation.trigger]


def load_reference_data(named):
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    return {}


def make_cast(named):
    return make_users(CAST)


def tell_the_demo_case(named):
    load_case(password=PASSWORD, subjects=MEMBERS)
    return {}


def make_samples(named):
    list(addresses())
    return {}


@dataclass(frozen=True)
class World:
    """What a template holds. `make` gives the records that it remembers by name.

    `sources` are patterns of the files that it is made from, beside those of its parent.
    """

    parent: str
    make: Callable[[Named], dict[str, Model]]
    sources: tuple[str, ...]
    # Made anew every day, because its story counts from today.
    daily: bool = True


WORLDS = {
    "migrated": World("", migrate, ("apps/*/migrations/*.py", "requirements/dev.txt"), daily=False),
    "bare": World("migrated", load_reference_data, ("apps/**/*", "governance/**/*"), daily=False),
    "kept": World("", upgrade_kept_ledger, ("tests/ledger/kept*", "apps/**/*", "governance/**/*"), daily=False),
    "cast": World("bare", make_cast, ("tests/cast.py", "tests/factories.py")),
    "demo": World("bare", tell_the_demo_case, ("tests/databases.py",)),
    "everywhere": World("demo", make_samples, ("tests/addresses.py", "tests/factories.py", "tests/consents/files.py")),
    "api": World("cast", make_api_world, ("tests/scenes.py", "tests/api_world.py", "tests/consents/files.py")),
    "interests": World("cast", make_interest_world, ("tests/scenes.py", "tests/interests.py")),
    **{name: World("cast", lambda named, name=name: {name: named(name)}, ("tests/scenes.py",)) for name in STAGED},
}


@cache
def digest(name):
    """Of everything that the template is made from."""
    world, made_from = WORLDS[name], hashlib.sha256()
    asked = settings.TIME_ZONE, settings.CONSENT_KEYS, settings.DATABASE_APP_ROLE
    made_from.update(repr(digest(world.parent) if world.parent else (connection.pg_version, MEMORY, asked)).encode())
    made_from.update(repr(clock.today() if world.daily else None).encode())
    for pattern in world.sources:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                made_from.update(f"{path.relative_to(settings.BASE_DIR)}\0".encode() + path.read_bytes())
    return made_from.hexdigest()[:12]


class Databases:
    """The copies that this process works on, one for each world that it enters, beginning with this one."""

    def __init__(self, world):
        self._settings = connections.settings["default"]
        self._home, self._home_connection = self._settings["NAME"], connections["default"]
        self._server = self._connect()
        self.world, self._copies, self._connections, self._memories = "", {}, {}, {}
        self._point_at(world)

    @contextmanager
    def entered(self, world):
        """Work on this process's copy of the world inside the block. Blocks may be nested."""
        outer = self.world
        self._point_at(world)
        try:
            yield
        finally:
            self._point_at(outer)

    def names(self):
        """The records of this world by name."""
        return Named(self._memories[self.world].records)

    def renew(self):
        """Replace the copy that was worked on with a fresh one."""
        self._connections[self.world].close()
        self._drop(self._copies.pop(self.world))
        self._settings["NAME"] = self._copy_of(self.world)
        default_storage.swap(self._memories[self.world].files)

    def close(self):
        """Drop all copies. The templates stay."""
        for opened in self._connections.values():
            opened.close()
        for name in self._copies.values():
            self._drop(name)
        self._server.close()
        self._settings["NAME"] = self._home
        connections["default"] = self._home_connection

    def _point_at(self, world):
        if world == self.world:
            return
        self._settings["NAME"] = self._copy_of(world)
        if world not in self._connections:
            self._connections[world] = connections.create_connection("default")
        connections["default"] = self._connections[world]
        self.world = world
        if world not in self._memories:
            self._memories[world] = remembered()
        default_storage.swap(self._memories[world].files)

    def _copy_of(self, world):
        if world not in self._copies:
            if not self._copies:
                with self._locked("sweep"):
                    self._sweep()
            name = f"{self._home}_test_{secrets.token_hex(4)}"
            self._execute("SELECT pg_advisory_lock(hashtext(%s))", name)  # as long as this process lives
            with self._locked(world):
                self._create(name, self._template(world))
            self._copies[world] = name
        return self._copies[world]

    def _template(self, world):
        """The name of the world's template, which is made unless it is there. The world is locked."""
        family = f"{self._home}_template_{world}_"
        name = family + digest(world)
        if self._names_like(name):
            return name
        parent, draft = WORLDS[world].parent, f"{self._home}_draft_{world}"
        self._drop(draft)
        if parent:
            with self._locked(parent):
                self._create(draft, self._template(parent))
        else:
            self._ensure_portal_role()
            self._create(draft, "template0")
        self._make(world, draft)
        for outdated in self._names_like(f"{family}%"):
            self._drop(outdated)
        self._execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (draft, name))))
        return name

    def _ensure_portal_role(self):
        role = settings.DATABASE_APP_ROLE
        if not self._execute("SELECT 1 FROM pg_roles WHERE rolname = %s", role).fetchone():
            self._execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))

    def _make(self, world, draft):
        before = self._settings["NAME"], connections["default"]
        self._settings["NAME"], connections["default"] = draft, connections.create_connection("default")
        try:
            memory = remembered() if WORLDS[world].parent else Memory({}, {})
            default_storage.swap(memory.files)
            named = Named(memory.records)
            # Migrations have transactions of their own.
            with transaction.atomic() if WORLDS[world].parent else nullcontext():
                made = WORLDS[world].make(named)
            remember(named.keys | {name: (record._meta.label, record.pk) for name, record in made.items()})
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        finally:
            connection.close()
            self._settings["NAME"], connections["default"] = before
            ContentType.objects.clear_cache()
            default_storage.swap(self._memories[self.world].files if self.world else {})

    @contextmanager
    def _locked(self, what):
        """One process at a time makes or copies a world. Who makes one locks it before the one that it is made from."""
        self._execute("SELECT pg_advisory_lock(hashtext('templates'), hashtext(%s))", what)
        try:
            yield
        finally:
            self._execute("SELECT pg_advisory_unlock(hashtext('templates'), hashtext(%s))", what)

    def _sweep(self):
        """Drop the copies of processes that are gone: a living one holds the lock of each of its own."""
        for name in set(self._names_like(f"{self._home}_test_%")) - set(self._copies.values()):
            if self._execute("SELECT pg_try_advisory_lock(hashtext(%s))", name).fetchone()[0]:
                self._drop(name)
                self._execute("SELECT pg_advisory_unlock(hashtext(%s))", name)

    def _create(self, name, template):
        # Copying files is faster unless each of them has to reach the disk first.
        careless = self._execute("SHOW fsync").fetchone()[0] == "off"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}")
        strategy = sql.SQL("FILE_COPY" if careless else "WAL_LOG")
        self._execute(command.format(sql.Identifier(name), sql.Identifier(template), strategy))

    def _drop(self, name):
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _names_like(self, pattern):
        found = self._execute("SELECT datname FROM pg_database WHERE datname LIKE %s", pattern.replace("_", r"\_"))
        return [name for (name,) in found]

    def _connect(self):
        wanted = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        given = {name: self._settings[key] for name, key in wanted.items() if self._settings[key]}
        return psycopg.connect(**given, autocommit=True)

    def _execute(self, statement, *values):
        return self._server.execute(statement, values or None)


@dataclass(frozen=True)
class Memory:
    """What a world remembers: {name: (label of a model, key)}, and {name: content} of the files."""

    records: dict[str, tuple[str, int]]
    files: dict[str, bytes]


def remembered():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, label, key FROM tests.record")
        records = {name: (label, key) for name, label, key in cursor}
        cursor.execute("SELECT name, content FROM tests.stored_file")
        return Memory(records, {name: bytes(content) for name, content in cursor})


def remember(records):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tests.record, tests.stored_file")
        rows = [(name, label, key) for name, (label, key) in records.items()]
        cursor.executemany("INSERT INTO tests.record VALUES (%s, %s, %s)", rows)
        cursor.executemany("INSERT INTO tests.stored_file VALUES (%s, %s)", list(default_storage.contents().items()))
