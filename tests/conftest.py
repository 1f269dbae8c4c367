"""The cast of the tests, and what tests need on a database that refuses to forget."""

import gc
import os
import time
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from apps.accounts.models import User
from apps.core import clock
from apps.core.storage import TransactionalStorage
from apps.ledger.signer import Signer
from tests.cast import CAST
from tests.databases import Databases
from tests.everywhere import Everywhere
from tests.factories import write_ledger
from tests.scenes import SCENES, STAGED
from tests.shown import Tab

# Longer than it takes to make what a test starts from.
BEFORE_MIDNIGHT = timedelta(seconds=20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """No test starts just before midnight, because "today" would be two days in it."""
    tomorrow = timezone.make_aware(datetime.combine(clock.today() + timedelta(days=1), datetime.min.time()))
    left = tomorrow - clock.now()
    if left < BEFORE_MIDNIGHT:
        time.sleep(left.total_seconds())


def pytest_collection_finish():
    """What was loaded by now stays, so that nobody looks through it again for what can be thrown away."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """On the build server a test that cannot run is a failure, never a skip."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"Skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """The databases of this process, in place of pytest-django's one. A test that commits gets a fresh copy."""
    with django_db_blocker.unblock():
        databases = Databases("cast")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: databases.renew())
        yield databases
    with django_db_blocker.unblock():
        databases.close()


@pytest.fixture
def _world(request, django_db_setup, django_db_blocker):
    """The world that the test is set in, entered before its transaction begins."""
    databases, mark = django_db_setup, request.node.get_closest_marker("world")
    if mark:
        [world] = mark.args
    elif databases.world == "cast":
        # Where the scene that costs most is there already.
        world = next((name for name in STAGED if name in request.fixturenames), "cast")
    else:
        world = databases.world
    with django_db_blocker.unblock(), databases.entered(world):
        django_db_blocker.block()
        yield
        django_db_blocker.restore()


@pytest.fixture
def _django_db_helper(_world, _django_db_helper):
    """Pytest-django's transaction, begun in that world."""


@pytest.fixture
def disk(db, tmp_path):
    """The folder of uploads, on a disk."""
    memory = default_storage._wrapped
    default_storage._wrapped = TransactionalStorage(location=tmp_path / "media", file_permissions_mode=0o600)
    yield tmp_path / "media"
    default_storage._wrapped = memory


@pytest.fixture
def cast(named):
    """Everybody who plays a part, by name. None of them can sign in with a password; see `sign_in`."""
    return named.all(CAST)


@pytest.fixture
def signer(settings, tmp_path):
    """A signer of checkpoints with a key and nothing signed."""
    settings.LEDGER_SIGNING_KEY_FILE = tmp_path / "signer/ledger.pem"
    settings.LEDGER_CHECKPOINT_FOLDER = tmp_path / "checkpoints"
    settings.LEDGER_NAME = "portal.example.org"
    made = Signer()
    made.make_key()
    return made


@pytest.fixture
def sign(signer, db):
    """Sign what is on the chain now. Gives the file, or None when it was signed already."""

    def sign():
        write_ledger()
        return signer.sign()

    return sign


def _member(name):
    @pytest.fixture(name=name)
    def member(cast):
        return cast[name]

    return member


engineer = _member("engineer")
requester = _member("requester")
stranger = _member("stranger")
founder = _member("founder")
legal = _member("legal")
second_lawyer = _member("second_lawyer")
privacy = _member("privacy")
dpo = _member("dpo")
independent = _member("independent")
executive = _member("executive")
auditor = _member("auditor")
administrator = _member("administrator")
second_administrator = _member("second_administrator")


@pytest.fixture(name="as_portal")
def _as_portal(db):
    """Go on as the role that the running portal connects as, which owns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_APP_ROLE}")


@pytest.fixture(scope="session")
def everywhere():
    """What every login is told at every address."""
    return Everywhere()


@pytest.fixture
def superuser(db):
    """A superuser without any role."""
    return User.objects.create_superuser("root@example.org", full_name="Root")


@pytest.fixture
def client():
    return Tab()


@pytest.fixture
def sign_in(client):
    """Sign a user in to the test client, without a password."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def named(db, django_db_setup):
    """A record of the world, or of tests/scenes.py, by its name."""
    return django_db_setup.names()


def _scene(name):
    def scene(named):
        return named(name)

    scene.__doc__ = SCENES[name].__doc__  # for `pytest --fixtures`
    return pytest.fixture(name=name)(scene)


ours = _scene("ours")
cloudy = _scene("cloudy")
lumen = _scene("lumen")
tickets = _scene("tickets")
support = _scene("support")
in_review = _scene("in_review")
case = _scene("case")
of_2014 = _scene("of_2014")
confirmed = _scene("confirmed")
