"""Who gets what answer from each address of the API.

The agreement is asked for by the requester and sponsored by the engineer, who owns the dataset.
"""

import pytest
from django.db import transaction

from apps.findings.models import Finding, Requirement
from governance.api import router
from tests.api_cast import Api, api_of
from tests.factories import make_agreement, make_dataset, make_organisation, make_person, make_stake, make_vendor

ROLES = (
    "anonymous",
    "stranger",
    "requester",
    "engineer",
    "legal",
    "privacy",
    "independent",
    "auditor",
    "administrator",
)

# fmt: off
#                                             anon stra requ engi lega priv inde audi admi
READ = {
    "agreements/":                           (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "agreements/{draft}/":                   (401, 404, 200, 200, 200, 200, 200, 200, 404),
    "datasets/":                             (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "datasets/{dataset}/":                   (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "vendors/":                              (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "vendors/{vendor}/":                     (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "people/":                               (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "people/{colleague}/":                   (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "people/{outsider}/":                    (401, 404, 404, 404, 200, 404, 404, 200, 404),
    "interests/":                            (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "interests/{of_requester}/":             (401, 404, 200, 404, 200, 404, 404, 200, 404),
    "findings/":                             (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "findings/{finding}/":                   (401, 404, 200, 200, 200, 200, 200, 200, 404),
    "reviews/":                              (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "reviews/{review}/":                     (401, 404, 200, 200, 200, 200, 200, 200, 404),
    "reviews/{review}/votes/":               (401, 404, 200, 200, 200, 200, 200, 200, 404),
    "schema/":                               (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "":                                      (401, 200, 200, 200, 200, 200, 200, 200, 200),
}
CREATE = {
    "agreements/":                           (401, 201, 201, 201, 201, 201, 201, 403, 201),
    "datasets/":                             (401, 403, 403, 201, 403, 403, 403, 403, 403),
    "vendors/":                              (401, 201, 201, 201, 201, 201, 201, 403, 201),
    "people/":                               (401, 403, 403, 403, 201, 403, 403, 403, 403),
    "interests/":                            (401, 201, 201, 201, 400, 201, 201, 403, 201),
    "interests/ of an outsider":             (401, 400, 400, 400, 201, 400, 400, 403, 400),
    "interests/ of a colleague":             (401, 403, 403, 403, 201, 403, 403, 403, 403),
}
EDIT = {
    "agreements/{draft}/":                   (401, 404, 200, 200, 403, 403, 403, 403, 404),
    "agreements/{in_review}/":               (401, 404, 409, 409, 403, 403, 403, 403, 404),
    "datasets/{dataset}/":                   (401, 403, 403, 200, 403, 403, 403, 403, 403),
    "vendors/{proposed}/":                   (401, 403, 200, 403, 200, 403, 403, 403, 403),
    "vendors/{unowned}/":                    (401, 200, 200, 200, 200, 200, 200, 403, 200),
    "people/{colleague}/":                   (401, 403, 403, 403, 200, 403, 403, 403, 403),
    "interests/{of_requester}/":             (401, 404, 403, 404, 200, 404, 404, 403, 404),
}
STEP = {
    "agreements/{draft} submit":             (401, 404, 200, 200, 403, 403, 403, 403, 404),
    "agreements/{in_review} revise":         (401, 404, 200, 200, 200, 403, 403, 403, 404),
    "agreements/{in_review} approve":        (401, 404, 403, 403, 409, 409, 409, 403, 404),
    "agreements/{in_review} sign":           (401, 404, 409, 409, 409, 409, 409, 409, 404),
    "agreements/{signed} activate":          (401, 404, 403, 403, 409, 403, 403, 403, 404),
    "agreements/{active} suspend":           (401, 404, 403, 403, 200, 200, 403, 403, 404),
    "agreements/{active} terminate":         (401, 404, 403, 403, 200, 403, 403, 403, 404),
    "agreements/{active} expire":            (401, 404, 403, 403, 403, 403, 403, 403, 404),
    "datasets/{dataset} submit":             (401, 403, 403, 200, 403, 403, 403, 403, 403),
    "datasets/{dataset} retire":             (401, 403, 403, 200, 200, 200, 403, 403, 403),
    "vendors/{unowned} propose":             (401, 200, 200, 200, 200, 200, 200, 403, 200),
    "vendors/{proposed} submit":             (401, 403, 200, 403, 200, 403, 403, 403, 403),
    "vendors/{vendor} suspend":              (401, 403, 403, 403, 200, 200, 403, 403, 403),
    "vendors/{vendor} offboard":             (401, 403, 403, 403, 200, 403, 403, 403, 403),
    "vendors/{vendor} lapse":                (401, 403, 403, 403, 403, 403, 403, 403, 403),
    "findings/{finding} acknowledge":        (401, 404, 403, 403, 200, 200, 403, 403, 404),
    "findings/{finding} resolve":            (401, 404, 403, 403, 403, 403, 403, 403, 404),
    "reviews/{review} ask":                  (401, 404, 403, 403, 200, 200, 200, 403, 404),
    "reviews/{review} send_back":            (401, 404, 403, 403, 200, 200, 200, 403, 404),
    "reviews/{review} withdraw":             (401, 404, 200, 403, 403, 403, 403, 403, 404),
    "reviews/{review} approve":              (401, 404, 403, 403, 409, 409, 409, 403, 404),
}
DECIDE = {
    "reviews/{review} Legal":                (401, 404, 403, 403, 200, 403, 403, 403, 404),
    "reviews/{review} Privacy":              (401, 404, 403, 403, 403, 200, 403, 403, 404),
    "agreements/{in_review} justification":  (401, 404, 403, 403, 403, 403, 200, 403, 404),
}
# fmt: on


BODIES = {
    "agreements/": {"title": "New", "type": "processor", "our_entity": "{ours}", "counterparty": "{vendor}"},
    "datasets/": {"name": "New"},
    "vendors/": {"name": "New"},
    "people/": {"name": "New"},
    "interests/": {"organisation": "{vendor}"},
    "interests/ of an outsider": {"organisation": "{vendor}", "holder_person": "{outsider}", "source": "register"},
    "interests/ of a colleague": {"organisation": "{vendor}", "holder_person": "{colleague}", "source": "register"},
}


@pytest.fixture
def ids(cast, ours, support, tickets):
    """The records that the rows name, by id."""
    requester, engineer = cast["requester"], cast["engineer"]

    def make(title, **fields):
        return make_agreement(requester, support.counterparty, [tickets], title=title, sponsor=engineer, **fields)

    in_review = make("Open-ended", ends_on=None)
    in_review.submit(by=requester)
    records = {
        "draft": support,
        "in_review": in_review,
        "signed": make("Signed", status="signed"),
        "active": make("Active", status="active"),
        "review": in_review.review,
        "finding": Finding.objects.about(in_review).get(requirement__code="HOUSE-4"),
        "dataset": make_dataset(engineer, "Logs"),
        "vendor": make_vendor("Approved"),
        "proposed": make_organisation("Proposed", status="proposed", owner=requester),
        "unowned": make_organisation("Recorded"),
        "colleague": make_person("Colleague", user=cast["executive"]),
        "outsider": make_person("Outsider"),
        "of_requester": make_stake(requester, make_organisation("Elsewhere")),
        "ours": ours,
    }
    # What the reviewers could decide if nothing stood in the way.
    Requirement.objects.get(code="HOUSE-4").suspend(by=cast["legal"], note="For these tests.")
    return {name: str(record.pk) for name, record in records.items()}


@pytest.fixture
def answers(cast, ids):
    """The status codes that the roles get for one request, each as if it were the only one."""

    def answers(method, path, body=None):
        body = {name: str(value).format(**ids) for name, value in (body or {}).items()}
        return tuple(answer(cast.get(role), method, path.format(**ids), body) for role in ROLES)

    def answer(user, method, path, body):
        api = api_of(user) if user else Api()
        with transaction.atomic():
            response = getattr(api, method)(path, **body) if method == "get" else getattr(api, method)(path, body)
            transaction.set_rollback(True)
        return response.status_code

    return answers


@pytest.mark.parametrize("path", READ)
def test_reading(answers, path):
    assert answers("get", path) == READ[path]


@pytest.mark.parametrize("row", CREATE)
def test_creating(answers, row):
    path, _, _ = row.partition(" ")
    assert answers("post", path, BODIES[row]) == CREATE[row]


@pytest.mark.parametrize("path", EDIT)
def test_editing(answers, path):
    assert answers("patch", path) == EDIT[path]


@pytest.mark.parametrize("row", STEP)
def test_taking_a_step(answers, row):
    record, _, step = row.partition(" ")
    assert answers("post", f"{record}/transitions/{step}/", {"note": "Because."}) == STEP[row]


@pytest.mark.parametrize("role", ["Legal", "Privacy"])
def test_voting(answers, role):
    path = "reviews/{review}/votes/"
    assert answers("post", path, {"role": role, "verdict": "approve"}) == DECIDE[f"reviews/{{review}} {role}"]


def test_justifying(answers):
    path = "agreements/{in_review}/justification/"
    assert answers("post", path, {"text": "It is right."}) == DECIDE["agreements/{in_review} justification"]


def test_every_address_is_in_the_matrix():
    """So that nothing new opens without an answer here."""
    rows = [*READ, *CREATE, *EDIT, *STEP, *DECIDE]
    resources = {row.partition("/")[0] for row in rows}
    assert {prefix for prefix, _, _ in router.registry} <= resources
