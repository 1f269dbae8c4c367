"""Whoever decides about a version that is not the present one is told what changed, and nothing is done.

Operations come from the schema, pages from their addresses: a new one fails here. See test_every_step for steps.
"""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse

from apps.workflow.models import Decision
from tests.addresses import patterns
from tests.api_cast import api_of
from tests.api_matrix import BODIES, MATRIX, ROLES
from tests.api_operations import operations, schema
from tests.shown import DECIDING, PAGES
from tests.test_api_matrix import filled

# Operations with which nobody decides about what a record says, beside those that create.
WITHOUT_VERSION = {
    "POST due-diligence/{id}/answers/",  # an edit: takes a revision as PATCH does
    "POST due-diligence/{id}/evidence/",  # adds, and changes nothing
    "POST ledger/verification/",
    "POST tokens/{id}/revoke/",  # nothing of a key can change, and nothing may delay its end
}
# The pages on which a record is edited, with who edits which record of the permission matrix.
EDITS = {
    "agreements:agreement_edit": ("requester", "draft"),
    "agreements:transfer_link": ("legal", "in_words"),
    "datasets:dataset_edit": ("engineer", "dataset"),
    "datasets:datasetversion_edit": ("engineer", "set_version"),
    "disclosures:claim_edit": ("legal", "claim"),
    "disclosures:noticeversion_edit": ("legal", "version"),
    "disclosures:notice_edit": ("legal", "notice"),
    "disclosures:optoutoffer_edit": ("legal", "offer"),
    "disclosures:publicstatement_edit": ("requester", "unsaid"),
    "findings:requirement_edit": ("legal", "rule"),
    "vendors:duediligence_answers": ("engineer", "asked"),
    "vendors:organisation_edit": ("requester", "proposed"),
    "vendors:interest_edit": ("legal", "of_requester"),
    "vendors:person_edit": ("legal", "outsider"),
    "vendors:question_edit": ("privacy", "question"),
    "vendors:questionnaire_edit": ("privacy", "new_version"),
}


class TestOperations:
    def test_are_steps_or_creations_or_named(self):
        posts = {f"POST {path}" for method, path, _ in operations() if method == "POST"}
        others = {post for post in posts if post.count("/") == 1 or "/transitions/" in post}
        assert posts - others - WITHOUT_VERSION == DECIDING

    def test_that_decide_require_a_version(self):
        for method, path, operation in operations():
            if f"{method} {path}" in DECIDING or "/transitions/" in path:
                content = operation["requestBody"]["content"]["application/json"]["schema"]
                required = schema()["components"]["schemas"][content["$ref"].split("/")[-1]].get("required", [])
                assert {"revision", "digest"} & set(required), path

    @pytest.mark.world("api")
    @pytest.mark.parametrize("general", sorted(DECIDING))
    def test_that_decide_about_another_version_do_nothing(self, general, named, cast):
        row, role = next(
            (row, role)
            for row in MATRIX
            for role, status in zip(ROLES, MATRIX[row], strict=True)
            if status in (200, 204) and general == f"{row.split()[0]} {generalised(row)}"
        )
        name = row.split("{")[1].split("}")[0]
        record, api = named(name), api_of(cast[ROLES[role]])
        ids = {known: str(key) for known, (_, key) in named.keys.items()}
        body = {field: filled(value, ids) for field, value in BODIES.get(row, {}).items() if field != "revision"}
        facts = {"digest": "0" * 64, "facts": record.facts} if "votes" in general else {}
        sent = body | (facts or {"revision": record.revision})
        path = row.split(" ")[1].replace(f"{{{name}}}", str(record.pk))
        without = api.client.post(f"/api/v1/{path}", body)
        assert (without.status_code, bool({"revision", "digest"} & set(without.json()["fields"]))) == (400, True)
        record.touch(cast["legal"], "meanwhile")
        before = (record.history.count(), Decision.objects.count())
        answer = api.post(path, sent)
        assert (answer.status_code, "changed" in answer.json()) == (409, True)
        assert (record.history.count(), Decision.objects.count()) == before


def question(named):
    return named("new_version").questions.first()


def generalised(row):
    path = row.split(" ")[1]
    return "/".join("{id}" if part.startswith("{") else part for part in path.split("/"))


class TestPages:
    def test_that_take_a_form_are_known(self):
        """One that decides stands in PAGES, one that edits in EDITS; the others add something or concern oneself."""
        names = {name for name, pattern in patterns() if ":" in name and takes_forms(pattern)}
        shared = {name for name in names if name.endswith(("_step", "_vote", "_comment"))}
        assert names - shared == set(PAGES) | set(EDITS) | ADDING

    @pytest.mark.world("api")
    @pytest.mark.parametrize("page", sorted(EDITS))
    def test_that_edit_another_version_save_nothing(self, page, named, cast, sign_in):
        name, of = EDITS[page]
        record = question(named) if of == "question" else named(of)
        opened_on = record.revision
        record.touch(cast["legal"], "meanwhile")
        before = record.history.count()
        answer = sign_in(cast[name]).post(address(page, record), {"revision": opened_on})
        assert (answer.status_code, record.history.count()) == (409, before)

    @pytest.mark.world("api")
    @pytest.mark.parametrize("page", sorted(PAGES))
    def test_that_decide_about_another_version_do_nothing(self, page, named, cast, sign_in):
        of, name, sent = DECIDED[page]
        record = question(named) if of == "question" else named(of)
        opened_on = record.revision
        record.touch(cast["legal"], "meanwhile")
        before = record.history.count()
        answer = sign_in(cast[name]).post(address(page, record), {**sent, "revision": opened_on})
        assert (answer.status_code, record.history.count()) == (409, before)
        assert "This changed after you opened it" in answer.content.decode()


# Who decides on each page about which record of the permission matrix, and what they fill in.
DECIDED = {
    "accounts:close": ("user", "administrator", {}),
    "accounts:grant_confirm": ("waiting", "administrator", {}),
    "accounts:grant_end": ("waiting", "administrator", {}),
    "accounts:reopen": ("user", "administrator", {}),
    "agreements:agreement_justify": ("in_review", "independent", {"text": "It is right."}),
    "disclosures:claim_check": ("claim", "privacy", {}),
    "disclosures:claim_remove": ("claim", "legal", {"reason": "Wrong."}),
    "disclosures:statementclaim_remove": ("statement_claim", "legal", {"reason": "Wrong."}),
    "vendors:question_remove": ("question", "privacy", {}),
    "workflow:condition_met": ("condition", "legal", {"evidence": "Read."}),
}
# Pages that add a record, read a file, or are one's own.
ADDING = {
    *("accounts:account", "accounts:invite", "accounts:token_revoke", "accounts:user_detail", "accounts:user_create"),
    *(
        "agreements:agreement_create",
        "agreements:transfer_create",
        "datasets:dataset_create",
        "datasets:datasetversion_create",
        "workflow:delegation",
        "workflow:mention_read",
    ),
    *("consents:cohort_create", "consents:consentimport_create", "consents:look_up", "consents:screen"),
    *("consents:lookup_forget", "consents:lookup_link", "consents:lookup_withdraw", "consents:withdrawal"),
    *(
        "disclosures:claim_create",
        "disclosures:noticeversion_create",
        "disclosures:notice_create",
        "disclosures:optoutoffer_create",
    ),
    *(
        "disclosures:publicstatement_create",
        "disclosures:statementclaim_create",
        "workflow:redaction_create",
        "portal:verify",
    ),
    *("vendors:bods", "vendors:bods_import", "vendors:organisation_create", "vendors:declaration_create"),
    *("vendors:duediligence_create", "vendors:questionnaire_renew", "vendors:relation_create"),
    *("vendors:interest_create", "vendors:interest_declare", "vendors:person_create", "vendors:position_create"),
    "vendors:question_create",
}


def takes_forms(pattern):
    """Whether a post gets further than to the word that there are none here."""
    request = RequestFactory(SERVER_NAME="localhost").post("/")
    request.user = AnonymousUser()
    return (
        pattern.callback(request, **dict.fromkeys(pattern.pattern.converters, "1"), **pattern.default_args).status_code
        != 405
    )


def address(page, record):
    return reverse(page, args=[record.pk])
