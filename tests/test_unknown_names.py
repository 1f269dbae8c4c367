"""Nothing that is sent to the API is dropped: each operation of the schema refuses names that it does not know.

The operations come from the schema, so that a new one cannot forget.
"""

import re

import pytest
from django.db import transaction

from apps.ledger.models import Entry
from tests.api_cast import api_of
from tests.api_matrix import BODIES, MATRIX, QUERIES, ROLES
from tests.api_operations import operations, schema
from tests.test_api_matrix import default_body, filled, operation_of

pytestmark = [pytest.mark.world("api"), pytest.mark.whole]
WRITES = ("POST", "PATCH")
COMPONENTS = schema()["components"]["schemas"]


def resolved(part):
    return COMPONENTS[part["$ref"].rpartition("/")[2]] if "$ref" in part else part


def body_of(operation):
    """What the schema says of the body of an operation; {} without one."""
    content = operation.get("requestBody", {}).get("content", {})
    return resolved(next(iter(content.values()))["schema"]) if content else {}


def format_of(operation):
    content = operation.get("requestBody", {}).get("content", {})
    return "json" if "application/json" in content or not content else "multipart"


def with_unknown(part):
    """A value of this part of the schema that holds one unknown name in its innermost object, and that name's place."""
    part = resolved(part)
    for name, field in part.get("properties", {}).items():
        if field.get("type") == "array" and "properties" in resolved(field["items"]):
            inner, place = with_unknown(field["items"])
            return {name: [inner]}, f"{name}.0.{place}"
    return {"zzz": "1"}, "zzz"


# Its body is judged by the schema of BODS, not by ours.
NOT_OURS = ("ownership-statements/",)


def is_of_the_system(path, tried):
    """A step that nobody takes by themselves. Its body is read as that of the other steps of its record."""
    return "/transitions/" in path and ("POST", path) not in tried


def candidates():
    """For each operation that writes: a row of the matrix with a role that gets as far as the body."""
    rows = {}
    for row, answers in MATRIX.items():
        for (role, name), answer in zip(ROLES.items(), answers, strict=True):
            if name and answer in (200, 201, 204, 400, 415):
                rows.setdefault(operation_of(row), []).append((answer, row, role))
    return {key: sorted(found)[0] for key, found in rows.items()}


@pytest.fixture
def ask(cast, named):
    """Ask as somebody; what it changed is rolled back."""
    keys = {name: str(key) for name, (_, key) in named.keys.items()} | {"entry": str(Entry.objects.first().pk)}
    keys["soon"] = "2099-01-01"
    apis = {role: api_of(cast[name]) for role, name in ROLES.items() if name}

    def ask(role, method, path, body=None, **options):
        with transaction.atomic():
            given = filled(body, keys) if isinstance(body, list) else body
            send = getattr(apis[role], method.lower())
            response = (
                send(path.format(**keys, id=1), given, **options)
                if body is not None
                else send(path.format(**keys, id=1))
            )
            transaction.set_rollback(True)
        return response

    ask.keys = keys
    return ask


def test_no_address_takes_a_name_that_it_does_not_know(ask):
    asked = [(method, path) for method, path, _ in operations() if path != "schema/"]
    answers = {key: ask("legal", key[0], f"{key[1]}?zzz=1", {} if key[0] in WRITES else None) for key in asked}
    dropped = {
        key: answer.status_code
        for key, answer in answers.items()
        if answer.status_code != 400 or "zzz" not in answer.json().get("fields", {})
    }
    assert (len(asked) > 200, dropped) == (True, {})


def test_no_body_takes_a_name_that_it_does_not_know(ask):
    dropped, tried = {}, candidates()
    for method, path, operation in operations():
        if method not in WRITES or path in NOT_OURS or is_of_the_system(path, tried):
            continue
        _, row, role = tried[method, path]
        address = row.split(" ")[1] + QUERIES.get(row, "")
        unknown, place = with_unknown(body_of(operation))
        body = {name: filled(value, ask.keys) for name, value in BODIES.get(row, default_body(row)).items()}
        for extra, expected in ((unknown, place), ({"zzz": "1"}, "zzz")):
            answer = ask(role, method, address, {**body, **extra}, format=format_of(operation))
            if answer.status_code != 400 or expected not in answer.json().get("fields", {}):
                dropped[row] = (answer.status_code, answer.json())
    assert dropped == {}


def test_the_schema_says_that_bodies_are_closed():
    bodies = {path: body_of(operation) for method, path, operation in operations() if method in WRITES}
    assert [path for path, body in bodies.items() if "properties" in body and body["additionalProperties"]] == []
    assert COMPONENTS["AskRequest"]["additionalProperties"] is False


def test_a_list_names_the_nearest_filter_and_the_nearest_value(ask):
    fields = ask("legal", "get", "agreements/?statsu=draft").json()["fields"]
    assert "Did you mean status?" in fields["statsu"][0]
    fields = ask("legal", "get", "agreements/?status=in_reviw").json()["fields"]
    assert "Did you mean in_review? Use one of draft, in_review," in fields["status"][0]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("agreements/?ordering=title,", "ordering"),
        ("agreements/?ordering=title,-title", "ordering"),
        ("agreements/?status=draft&status=active", "status"),
        ("agreements/?status=", "status"),
        ("users/?is_active=maybe", "is_active"),
        ("transfers/?covered=no", "covered"),
        ("findings/?subject_kind=agreement&subject_id=1.5", "subject_id"),
        ("agreements/?page_size=all", "page_size"),
    ],
)
def test_a_list_is_never_shown_whole_for_want_of_understanding(ask, query, name):
    answer = ask("legal", "get", query)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


def test_the_end_of_an_answer_is_not_lost_by_a_wrong_name(ask):
    given = {"subject": "a", "use": "marketing", "state": "given", "occurred_at": "2026-01-01T00:00:00Z"}
    answer = ask("privacy", "post", "consent-events/", {**given, "expires": "2026-02-01T00:00:00Z"})
    assert answer.json()["fields"] == {"expires": ["There is no field “expires”. Did you mean expires_at?"]}


def test_a_name_that_an_object_has_twice_is_refused(cast):
    body = '{"name": "New", "purpose": "a", "purpose": "b"}'
    answer = api_of(cast["legal"]).client.post("/api/v1/vendors/", body, content_type="application/json")
    assert answer.status_code == 400
    assert "the name “purpose” more than once" in answer.json()["detail"]


def test_what_only_the_portal_sets_is_refused_by_that_name(ask):
    fields = ask("legal", "post", "vendors/", {"name": "New", "status": "approved", "revision": 1}).json()["fields"]
    assert fields == {name: [f"“{name}” is set by the portal and cannot be sent."] for name in ("status", "revision")}


def test_what_a_record_is_a_part_of_cannot_be_exchanged(ask, named):
    path = re.sub(r"{(\w+)}", lambda found: ask.keys[found[1]], "notice-claims/{claim}/")
    assert ask("legal", "patch", path, {"version": int(ask.keys["published"])}).json()["fields"].keys() == {"version"}
