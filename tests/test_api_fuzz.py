"""The API against generated requests: no server error, and every answer is what the schema promises."""

import os

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from apps.accounts.models import ApiToken
from apps.core.scopes import Scope
from apps.ledger.models import Entry
from tests.api_operations import schema

# The records of the permission matrix, so that generated requests meet something.
pytestmark = [pytest.mark.world("api"), pytest.mark.whole]

ROLES = ("legal", "auditor", "stranger")
# Of valid and of invalid requests, for each operation and role.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
MODES = {schemathesis.GenerationMode.POSITIVE: [], schemathesis.GenerationMode.NEGATIVE: []}
# Which record of the matrix an address is asked about, beside ids that are made up.
KNOWN = {
    "agreements": "in_review",
    "categories": "category",
    "cohorts": "cohort",
    "comments": "comment",
    "conditions": "condition",
    "consent-events": "import",
    "consent-import-runs": "run",
    "consent-imports": "import",
    "dataset-versions": "set_version",
    "datasets": "dataset",
    "declarations": "declaration",
    "due-diligence": "asked",
    "files": "file",
    "findings": "finding",
    "interests": "of_requester",
    "ledger": "entry",
    "notice-claims": "claim",
    "notice-versions": "version",
    "notices": "notice",
    "opt-out-offers": "offer",
    "ownership-statements": "statement",
    "people": "colleague",
    "public-statements": "unsaid",
    "proposals": "proposal",
    "questionnaires": "questionnaire",
    "redactions": "redaction",
    "reviews": "review",
    "roles": "grant",
    "rules": "rule",
    "same-records": "question",
    "statement-claims": "statement_claim",
    "screenings": "screening",
    "subject-lookups": "lookup",
    "subject-types": "subject_type",
    "tokens": "token",
    "transfers": "reported",
    "users": "user",
    "uses": "use",
    "vendors": "proposed",
}
API = schemathesis.openapi.from_dict(schema())
# The description itself is a library's to answer for.
RESOURCES = sorted({path.split("/")[3] for path in schema()["paths"]} - {"schema"})


@pytest.fixture
def keys(named):
    """Of the records that the world remembers, by name."""
    return {name: key for name, (_, key) in named.keys.items()} | {"entry": Entry.objects.first().pk}


@pytest.fixture
def send(cast):
    """Send a case in the name of a role; what it changed is rolled back."""
    application = get_wsgi_application()
    tokens = {role: ApiToken.issue(cast[role], "fuzz", by=cast[role], scopes=Scope)[1] for role in ROLES}

    # A request would close the connection that holds the transaction of the test; Django's own client does the same.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)

    def send(case, role):
        with transaction.atomic():
            response = case.call(app=application, headers={"Authorization": f"Token {tokens[role]}"})
            transaction.set_rollback(True)
        return response

    yield send
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def resource_of(operation):
    return operation.path.split("/")[3]


def fuzz(operation, mode, attempt):
    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def generated(case):
        attempt(case)

    try:
        generated()
    except Unsatisfiable:
        assert mode is schemathesis.GenerationMode.NEGATIVE  # nothing in this request can be wrong


@pytest.mark.parametrize("resource", RESOURCES)
def test_answers_are_what_the_schema_promises(send, keys, resource):
    def attempt(case):
        known = keys.get(KNOWN.get(resource_of(case.operation), ""))
        if case.path_parameters and known and mode is schemathesis.GenerationMode.POSITIVE:
            case.path_parameters = {
                name: value if name == "name" else known for name, value in case.path_parameters.items()
            }
        for role in ROLES:
            case.validate_response(send(case, role), checks=CHECKS)

    for operation in (found.ok() for found in API.get_all_operations()):
        if resource_of(operation) == resource:
            for mode in MODES:
                fuzz(operation, mode, attempt)


def test_every_resource_is_asked_about_a_record():
    assert set(KNOWN) == set(RESOURCES) - {"work"}
