"""What each role gets from each operation of the API is what tests/api_matrix.py says.

The operations come from the schema: one without a row fails, and so does a row without an operation.
The agreements are asked for by the requester and sponsored by the engineer, who owns the dataset. “Profiting” is a
lawyer who holds a stake in their counterparty.
"""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from apps.accounts.models import ApiToken, Role, RoleGrant
from apps.consents.arrival import begin_import
from apps.consents.asking import add_cohort
from apps.consents.people import look_up
from apps.consents.screening import screen
from apps.core import clock
from apps.disclosures.models import OptOutOffer, StatementClaim
from apps.findings.models import Finding, Requirement
from apps.ledger.models import Entry
from apps.taxonomy.models import DataCategory, DataUse, SubjectType
from apps.vendors.models import Evidence, InterestDeclaration, Questionnaire, Statement
from apps.workflow.models import Comment, Condition, Redaction
from tests.api_cast import Api, api_of
from tests.api_matrix import BODIES, MATRIX, NOTE, QUERIES, ROLES
from tests.api_operations import SAFE, operations
from tests.consents.files import upload
from tests.factories import (
    adopt,
    make_agreement,
    make_approved,
    make_claim,
    make_dataset,
    make_due_diligence,
    make_insider,
    make_interest,
    make_notice,
    make_organisation,
    make_person,
    make_stake,
    make_statement,
    make_transfer,
    make_vendor,
    make_version,
    write_ledger,
)

RESOURCES = sorted({row.split(" ")[1].partition("/")[0] for row in MATRIX})


def operation_of(row):
    """The operation that a row is about, as the schema names it."""
    method, path, *_ = row.split(" ")
    return method, re.sub(r"{\w+}", "{id}", path)


@pytest.fixture
def make(cast, support, tickets):
    """Make an agreement like the draft, in whatever state."""

    def make(title, **fields):
        engineer, requester = cast["engineer"], cast["requester"]
        return make_agreement(requester, support.counterparty, [tickets], title=title, sponsor=engineer, **fields)

    return make


def at(record, status):
    """The record in that status, without the steps that lead there."""
    record.status = status
    record.save()
    return record


@pytest.fixture
def agreements(cast, support, make):
    requester = cast["requester"]
    in_review, paused = make("Open-ended", ends_on=None), make("Asked about", ends_on=None)
    in_review.submit(by=requester)
    paused.submit(by=requester)
    paused.review.ask(by=cast["privacy"], note="Why?")
    found = Finding.objects.filter(requirement__code="HOUSE-4")
    return {
        "draft": support,
        "in_review": in_review,
        "approved": make_approved(make("Approved"), requester),
        "signed": at(make_approved(make("Signed"), requester), "signed"),
        "active": at(make_approved(make("Active"), requester), "active"),
        "suspended": at(make_approved(make("Suspended"), requester), "suspended"),
        "review": in_review.review,
        "paused": paused.review,
        "finding": found.about(in_review).get(),
        "closed": at(found.about(paused).get(), "accepted"),
        "of_profiting": Finding.objects.about(in_review).exclude(hidden_from=[]).first(),
    }


@pytest.fixture
def organisations(cast, cloudy):
    requester, engineer = cast["requester"], cast["engineer"]
    in_review = make_organisation("Asked for", status="proposed", owner=engineer)
    in_review.submit(by=engineer)
    return {
        "vendor": make_vendor("Approved"),
        "proposed": make_organisation("Proposed", status="proposed", owner=requester),
        "unowned": make_organisation("Recorded"),
        "asked_vendor": in_review,
        "stopped_vendor": at(make_approved(make_vendor("Suspended", owner=engineer), requester), "suspended"),
        "offboarding": make_vendor("Leaving", status="offboarding"),
        "colleague": make_person("Colleague", user=cast["executive"]),
        "outsider": make_person("Outsider"),
        "of_requester": make_stake(requester, make_organisation("Elsewhere")),
    }


@pytest.fixture
def diligence(cast, cloudy):
    """Vendors that the engineer looks after, in every state of being questioned."""
    engineer = cast["engineer"]
    asked, answered, concluded = (
        make_due_diligence(make_vendor(f"To be {status}", owner=engineer), status)
        for status in ("open", "answered", "concluded")
    )
    questionnaire = Questionnaire.objects.get(tier="low")
    file, question = SimpleUploadedFile("report.txt", b"All well."), questionnaire.questions.first()
    statement = Statement(statement_id="s" * 32, record_id="r", record_type="entity", digest="0" * 64)
    statement.save()
    return {
        "asked": asked,
        "answered": answered,
        "concluded": concluded,
        "of_cloudy": make_due_diligence(cloudy, "open"),
        "evidence": Evidence.store(file, by=engineer, due_diligence=asked, question=question),
        "questionnaire": questionnaire,
        "new_version": questionnaire.new_version(by=cast["privacy"]),
        "statement": statement,
        "cloudy": cloudy,
    }


@pytest.fixture
def remarks(cast, agreements):
    """What is said about the agreement in review: a comment with a file, and a condition."""
    about, legal = agreements["in_review"], cast["legal"]
    comment = Comment.write(about, by=legal, body="Read this.", file=SimpleUploadedFile("terms.txt", b"Terms"))
    vote = agreements["paused"].votes.create(
        by=legal, by_name="Legal", role="Legal", verdict="approve_with_conditions", digest="0" * 64, facts="0" * 64
    )
    condition = Condition(vote=vote, text="Read it again.")
    condition.save()
    return {"comment": comment, "file": comment.attachments.get(), "condition": condition}


@pytest.fixture
def accounts(cast):
    requester = cast["requester"]
    token, _ = ApiToken.issue(requester, "nightly", by=requester)
    return {
        "user": requester,
        "other_user": cast["executive"],
        "grant": cast["engineer"].grants.get(),
        "waiting": RoleGrant.grant(cast["executive"], Role.PRIVACY, by=cast["second_administrator"]),
        "token": token,
        "declaration": InterestDeclaration.declare(by=requester),
    }


@pytest.fixture
def terms(db):
    return {
        "category": DataCategory.objects.first(),
        "use": DataUse.objects.first(),
        "subject_type": SubjectType.objects.first(),
        "rule": Requirement.objects.get(code="HOUSE-4"),
        "duty": Requirement.objects.get(code="GDPR-5-1b"),
        "adopted": adopt("HOUSE-5"),
    }


@pytest.fixture
def stake(cast, cloudy):
    """What makes the last column profit."""
    make_interest(make_insider("Second Lawyer", user=cast["second_lawyer"]), cloudy, 40)


@pytest.fixture
def transfers(cast, stake, tickets, cloudy):
    """What the stranger reported, as it was told, and with the proposals of privacy."""

    def told():
        return make_transfer(cast["stranger"], tickets, cloudy)

    def proposed(outcome, **more):
        transfer = told()
        transfer.propose(by=cast["privacy"], note="Looked into.", proposal=outcome, **more)
        return transfer

    reported, confirmed = told(), proposed("confirmed")
    confirmed.confirm(by=cast["legal"], note="Looked into.")
    return {
        "reported": reported,
        "confirmed": confirmed,
        "to_confirm": proposed("confirmed"),
        "mistake": proposed("mistaken"),
        "repeated": proposed("duplicate", duplicate_of=reported.pk),
    }


@pytest.fixture
def disclosures(cast):
    """A notice of legal with versions in every state."""
    legal, notice = cast["legal"], make_notice(cast["legal"])
    version = make_version(notice, "draft", status="draft", effective_from=clock.today())
    asked = make_version(notice, "asked", status="draft", effective_from=clock.today())
    asked.submit(by=legal)
    published = make_version(notice, "published")
    cleared = make_version(notice, "cleared", status="draft", effective_from=clock.today())
    offer = OptOutOffer(
        version=published,
        recipient_class="third_party",
        offered_from=published.effective_from,
        channel="mail",
        text_sha256="0" * 64,
        recorded_by=legal,
    )
    offer.save()
    return {
        "notice": notice,
        "version": version,
        "asked_text": asked,
        "published": published,
        "approved_text": make_approved(cleared, cast["requester"]),
        "claim": make_claim(version, "affiliate"),
        "offer": offer,
    }


@pytest.fixture
def consents(cast):
    """A few answers, a cohort that was screened, and somebody who was looked up."""
    run = begin_import(upload(), {}, by=cast["engineer"])
    cohort = add_cohort("Everybody", upload("subject\naccount-1\n"), by=cast["engineer"])
    return {
        "run": run,
        "import": run.made,
        "cohort": cohort,
        "screening": screen(cohort, ["marketing"], "opt_in", by=cast["legal"]),
        "lookup": look_up("account-1", reason="Asked for.", by=cast["privacy"]),
    }


@pytest.fixture
def statements(cast, cloudy):
    """What the requester writes about the vendor in which the last column profits, in every state."""
    requester = cast["requester"]

    def written(title, status="draft"):
        statement = make_statement(requester, cloudy, title=title)
        claim = StatementClaim(statement=statement, kind="no_payment", sentence="Nothing was shared.")
        claim.enter(by=requester)
        return at(statement, status)

    unsaid, asked = written("Unsaid"), written("Asked")
    asked.submit(by=requester)
    return {
        "unsaid": unsaid,
        "to_clear": asked,
        "cleared": at(make_approved(written("Cleared"), requester), "pre_cleared"),
        "said": written("Said", "made"),
        "statement_claim": unsaid.claims.get(),
    }


@pytest.fixture
def ids(
    cast,
    ours,
    stake,
    organisations,
    diligence,
    agreements,
    remarks,
    accounts,
    terms,
    transfers,
    disclosures,
    statements,
    consents,
):
    """The records that the rows name, by id."""
    asked_dataset = make_dataset(cast["engineer"], "Clicks")
    asked_dataset.submit(by=cast["engineer"])
    records = {
        **organisations,
        **diligence,
        **agreements,
        **remarks,
        **accounts,
        **terms,
        **transfers,
        **disclosures,
        **statements,
        **consents,
        "redaction": Redaction.request(organisations["outsider"], "name", by=cast["legal"], reason="Asked for."),
        "ours": ours,
        "dataset": make_dataset(cast["engineer"], "Logs"),
        "asked_dataset": asked_dataset,
    }
    # What the reviewers could decide if nothing stood in the way.
    for rule in Requirement.objects.filter(status="adopted").exclude(pk=terms["adopted"].pk):
        rule.suspend(by=cast["legal"], note="For these tests.")
    write_ledger()
    return {
        "entry": str(Entry.objects.first().pk),
        "soon": str(clock.today() + timedelta(days=30)),
        **{name: str(r.pk) for name, r in records.items()},
    }


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
    return [filled(part, ids) for part in value] if isinstance(value, list) else value.format(**ids)


def default_body(row):
    return NOTE if "/transitions/" in row else {}


def test_every_operation_has_a_row_and_every_row_an_operation():
    declared = {(method, path) for method, path, _ in operations()}
    assert {operation_of(row) for row in MATRIX} == declared


# Some resources at a time: making the records that the rows name takes longer than asking about one resource.
@pytest.mark.parametrize("resources", [RESOURCES[start::6] for start in range(6)], ids=" ".join)
def test_everybody_gets_the_answer_of_the_table(answers, resources):
    rows = [row for row in MATRIX if operation_of(row)[1].partition("/")[0] in resources]
    assert {row: answers(row) for row in rows} == {row: MATRIX[row] for row in rows}


def test_the_root_lists_the_resources_for_those_signed_in(stranger):
    assert Api().get("").status_code == 401
    assert "agreements" in api_of(stranger).get("").json()


class TestAuditors:
    """They read everything and change nothing."""

    # Steps that were asked for at the wrong time say so before they say who may take them.
    AT_THE_WRONG_TIME = frozenset(
        {"POST agreements/{in_review}/transitions/sign/ too early", "POST reviews/{review}/transitions/void/"}
    )

    # A key for reading is their own affair, as on the page of the account; verifying the ledger is their work, and
    # leaves its result beside what is recorded.
    OF_THEIR_OWN = frozenset({"POST tokens/", "POST ledger/verification/"})

    @pytest.mark.parametrize("row", [row for row in MATRIX if row.split(" ")[0] not in SAFE])
    def test_change_nothing(self, row):
        answer = MATRIX[row][list(ROLES).index("auditor")]
        if row in self.OF_THEIR_OWN:
            return
        assert answer in ((409,) if row in self.AT_THE_WRONG_TIME else (403, 404, 405))
