"""What holds for every page of the portal: who gets in, who changes something, and that no link leads nowhere."""

import re

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import User
from apps.portal.demo import load_case
from apps.workflow.models import Decision
from tests.addresses import ENTRANCES, OWN_ACCOUNT, addresses
from tests.factories import write_ledger

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo, loaded once for all tests of this module. Each test is a savepoint inside its transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_case(password=PASSWORD, subjects=30_000)
        everywhere = list(addresses())
        write_ledger()
        yield everywhere
        transaction.set_rollback(True)


@pytest.fixture
def as_user(client, sign_in):
    return lambda login: sign_in(User.objects.get(email=f"{login}@example.org"))
