"""What each role gets from each operation of the API is what tests/api_matrix.py says.

The operations come from the schema: one without a row fails, and so does a row without an operation.
The agreements are asked for by the requester and sponsored by the engineer, who owns the dataset. “Profiting” is a
lawyer who holds a stake in their counterparty.
"""

import re
from datetime import timedelta

import pytest
from django.db import transaction

from apps.core import clock
from apps.ledger.models import Entry
from tests.api_cast import Api, api_of
from tests.api_matrix import BODIES, MATRIX, NOTE, QUERIES, ROLES
from tests.api_operations import SAFE, operations

# A right that the portal's role has not would be the answer 500.
pytestmark = [pytest.mark.world("api"), pytest.mark.whole, pytest.mark.usefixtures("as_portal")]
RESOURCES = sorted({row.split(" ")[1].partition("/")[0] for row in MATRIX})


def operation_of(row):
    """The operation that a row is about, as the schema names it."""
    method, path, *_ = row.split(" ")
    return method, re.sub(r"{\w+}", "{id}", path)


@pytest.fixture
def ids(named):
    """The keys of the records that the rows name."""
    keys = {name: str(key) for name, (_, key) in named.keys.items()}
    return {**keys, "entry": str(Entry.objects.first().pk), "soon": str(clock.today() + timedelta(days=30))}


@pytest.fixture
def answers(cast, ids):
    """The status codes that the roles get for a row, each as if it were the only request."""
    apis = {role: api_of(cast[name]) if name else Api() for role, name in ROLES.items()}

    def answers(row):
        method, path, *_ = row.split(" ")
        body = {name: filled(value, ids) for name, value in BODIES.get(row, default_body(row)).items()}
        path = path.format(**ids) + QUERIES.get(row, "").format(**ids)
        return tuple(answer(apis[role], method.lower(), path, body) for role in ROLES)

    def answer(api, method, path, body):
        with transaction.atomic():
            response = getattr(api, method)(path) if method == "get" else getattr(api, method)(path, body)
            transaction.set_rollback(True)
        return response.status_code

    return answers


def filled(value, ids):
    if isinstance(value, list):
        return [filled(part, ids) for part in value]
    return value.format(**ids) if isinstance(value, str) else value


def default_body(row):
    return NOTE if "/transitions/" in row else {}


def test_every_operation_has_a_row_and_every_row_an_operation():
    declared = {(method, path) for method, path, _ in operations()}
    assert {operation_of(row) for row in MATRIX} == declared


@pytest.mark.parametrize("resource", RESOURCES)
def test_everybody_gets_the_answer_of_the_table(answers, resource):
    rows = [row for row in MATRIX if operation_of(row)[1].partition("/")[0] == resource]
    assert {row: answers(row) for row in rows} == {row: MATRIX[row] for row in rows}


def test_the_root_lists_the_resources_for_those_signed_in(stranger):
    assert Api().get("").status_code == 401
    assert "agreements" in api_of(stranger).get("").json()


# Steps that were asked for at the wrong time say so before they say who may take them.
AT_THE_WRONG_TIME = frozenset(
    {"POST agreements/{in_review}/transitions/sign/ too early", "POST reviews/{review}/transitions/void/"}
)
# What is an auditor's own: a key for reading, as on the page of the account; and verifying the ledger, which is their
# work and leaves its result beside what is recorded.
OF_AUDITORS = frozenset({"POST tokens/", "POST ledger/verification/"})


@pytest.mark.parametrize("row", [row for row in MATRIX if row.split(" ")[0] not in SAFE and row not in OF_AUDITORS])
def test_auditors_read_everything_and_change_nothing(row):
    answer = MATRIX[row][list(ROLES).index("auditor")]
    assert answer in ((409,) if row in AT_THE_WRONG_TIME else (403, 404, 405))
