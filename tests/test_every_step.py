"""Every step of every governed model: made, refused by status, refused to people, and all or nothing."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models

from apps.agreements.models import Transfer
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.core.permissions import ways_out
from apps.disclosures.models import PublicStatement, StatementClaim
from apps.findings.models import Finding, Requirement, reconcile
from apps.ledger.models import party_keys
from apps.ledger.timeline import label_of
from apps.notifications.work import tasks_of
from apps.records.pages import step_url
from apps.vendors.models import Organisation, Person, Questionnaire
from apps.workflow.models import Decision, GovernedModel, Proposal, Redaction, Review, ReviewedModel, transitioned
from governance.api import router
from tests.api_cast import api_of
from tests.factories import (
    make_approved,
    make_dataset_version,
    make_due_diligence,
    make_insider,
    make_interest,
    make_notice,
    make_sameness,
    make_statement,
    make_transfer,
    make_vendor,
    make_version,
)
from tests.interests import names_somebody, take_interest
from tests.roles import put_in, triggers_off
from tests.test_governed_models import concrete
from tests.what_waits import NEXT, Nobody

# A step that the portal's role has no right to take would be an error for whoever takes it.
pytestmark = pytest.mark.usefixtures("as_portal")

SIGNATURE = {"signed_on": date(2026, 1, 1), "signatories": "A & B", "document_sha256": "ab" * 32}
UNTIL = {"until": clock.today() + timedelta(days=30)}

# Who may take the step, and what it needs beside a note. None is the system.
STEPS = {
    "Organisation": {
        "propose": ("requester", {}),
        "submit": ("legal", {}),
        "renew": ("legal", {}),
        "revise": ("legal", {}),
        "lapse": (None, {}),
        "suspend": ("privacy", {}),
        "resume": ("legal", {}),
        "offboard": ("legal", {}),
        "finish_offboarding": ("legal", {}),
        "confirm_ownership": ("privacy", {}),
    },
    "Dataset": {"submit": ("engineer", {}), "revise": ("engineer", {}), "retire": ("privacy", {})},
    "DatasetVersion": {
        "submit": ("engineer", {}),
        "revise": ("engineer", {}),
        "release": ("engineer", {}),
        "quarantine": ("privacy", {}),
        "lift_quarantine": ("legal", {}),
        "retire": ("engineer", {}),
    },
    "Agreement": {
        "submit": ("requester", {}),
        "revise": ("engineer", {}),
        "sign": ("legal", SIGNATURE),
        "activate": ("legal", {}),
        "suspend": ("privacy", {}),
        "resume": ("legal", {}),
        "expire": (None, {}),
        "terminate": ("legal", {}),
    },
    "Review": {
        "ask": ("privacy", {}),
        "answer": ("requester", {}),
        "request_changes": ("legal", {}),
        "withdraw": ("requester", {}),
    },
    "Finding": {
        "acknowledge": ("legal", {}),
        "propose": ("privacy", {"proposal": "covered"}),
        "accept": ("privacy", UNTIL),
        "cover": ("legal", {}),
        "dismiss": ("legal", {}),
        "reopen": ("privacy", {}),
        "resolve": (None, {}),
        "return_to_open": (None, {}),
    },
    "Transfer": {
        "propose": ("legal", {"proposal": "confirmed"}),
        "confirm": ("privacy", {}),
        "call_mistaken": ("privacy", {}),
        "call_duplicate": ("privacy", {}),
        "disagree": ("privacy", {}),
    },
    "Requirement": {"adopt": ("legal", {}), "suspend": ("legal", UNTIL), "resume": (None, {}), "retire": ("legal", {})},
    "Proposal": {"confirm": ("second_lawyer", {}), "decline": ("second_lawyer", {}), "withdraw": ("legal", {})},
    "Questionnaire": {"publish": ("privacy", {}), "retire": ("legal", {})},
    "DueDiligence": {
        "hand_in": ("engineer", {}),
        "return_answers": ("privacy", {}),
        "conclude": ("privacy", {"conclusion": "passed"}),
        "withdraw": ("legal", {}),
        "supersede": (None, {}),
        "expire": (None, {}),
    },
    "Sameness": {
        "say_same": ("legal", {}),
        "say_different": ("legal", {}),
        "confirm_same": ("privacy", {}),
        "confirm_different": ("privacy", {}),
        "disagree": ("privacy", {}),
        "ask_again": ("privacy", {}),
        "find_again": (None, {}),
    },
    "NoticeVersion": {
        "submit": ("second_lawyer", {}),
        "revise": ("second_lawyer", {}),
        "publish": ("legal", {}),
        "supersede": (None, {}),
    },
    "PublicStatement": {
        "submit": ("requester", {}),
        "revise": ("requester", {}),
        "make": ("legal", {}),
        "record_as_made": ("privacy", {}),
    },
    "Redaction": {"carry_out": ("privacy", {}), "decline": ("privacy", {})},
}

# Those of a version of a dataset that rely on its approval.
OF_VERSIONS = ("release", "lift_quarantine")
# Where the API has each model.
RESOURCES = {viewset.queryset.model: prefix for prefix, viewset, _ in router.registry if hasattr(viewset, "queryset")}
ALL = [(model, step) for model in concrete(GovernedModel) for step in model.transitions.values()]


def steps(tried, of=bool):
    """One case for each step of which this is true, of each model of which that is."""
    return pytest.mark.parametrize(
        ("model", "step"),
        [(model, step) for model, step in ALL if tried(step) and of(model)],
        ids=lambda part: getattr(part, "name", None) or part.__name__,
    )


every_step = steps(lambda step: True)
# Who owns an organisation is confirmed in any status, so from no other one it can be refused.
steps_from_some_status = steps(lambda step: step.name != "confirm_ownership")
steps_that_people_or_time_take = steps(lambda step: not step.by_review)


@pytest.fixture
def record(request, model):
    """Some record of the model."""
    named = {"Dataset": "tickets", "Agreement": "support"}
    return request.getfixturevalue(named.get(model.__name__, f"some_{model.__name__.lower()}"))


@pytest.fixture
def some_organisation(ours, engineer):
    return make_vendor(owner=engineer)


@pytest.fixture
def some_questionnaire(privacy):
    """The only one of its tier that is not retired, since there is one in use at a time."""
    used = Questionnaire.objects.get(tier="low")
    draft = used.new_version(by=privacy)
    used.retire(by=privacy, note="Replaced.")
    return draft


@pytest.fixture
def some_sameness(ours, legal):
    """One that legal has answered, where the step asks for an answer of the other side."""
    return make_sameness(make_vendor("Cloudy"), make_vendor("Cloudy Ltd"), said_by=legal, said_for="Legal")


@pytest.fixture
def some_datasetversion(tickets):
    """Of an approved dataset, since of no other one a version is released."""
    put_in(tickets, "approved")
    return make_dataset_version(tickets)


@pytest.fixture
def some_duediligence(some_organisation):
    return make_due_diligence(some_organisation, "open")


@pytest.fixture
def some_noticeversion(second_lawyer):
    """One that takes effect today and is replaced in a month."""
    notice = make_notice(second_lawyer)
    make_version(notice, "next", effective_from=clock.today() + timedelta(days=30))
    return make_version(notice, status="draft", effective_from=clock.today())


@pytest.fixture
def some_publicstatement(requester, cloudy):
    statement = make_statement(requester, cloudy)
    claim = StatementClaim(statement=statement, kind="no_payment", sentence="Nothing was shared.")
    claim.enter(by=requester)
    return statement


@pytest.fixture
def some_requirement(db):
    """One that may be retired, as house rules may not."""
    return Requirement.objects.get(code="GDPR-5-1b")


@pytest.fixture
def some_review(in_review):
    return in_review.review


@pytest.fixture
def some_finding(tickets):
    reconcile(tickets)
    return Finding.objects.about(tickets).get()


@pytest.fixture
def some_redaction(founder, lumen, legal):
    return Redaction.request(founder.person, "name", by=legal, reason="He asked for it.")


@pytest.fixture
def some_proposal(legal, cloudy):
    interest = make_interest(make_insider("Holder"), cloudy, 10)
    return Proposal.ask(interest, "edit", by=legal, reason="Sold.", values={"share_exact": "5"})


@pytest.fixture
def some_transfer(stranger, tickets, cloudy):
    return make_transfer(stranger, tickets, cloudy)


def propose(transfer, outcome, by):
    """The proposal that the other side answers."""
    transfer.proposal, transfer.proposed_by, transfer.proposed_for = outcome, by, "Legal"
    if outcome == "duplicate":
        transfer.duplicate_of = make_transfer(transfer.reporter, transfer.dataset, transfer.recipient)


def past_of(record):
    """What a step would leave: the status, the length of the history, and the decisions made."""
    stored = type(record)._base_manager.get(pk=record.pk)
    return stored.status, record.history.count(), Decision.objects.about(record).made().count()


@pytest.fixture
def ready(record, step, requester, legal):
    """The record where the step can be taken: in its first source, approved or proposed where that is asked."""
    if isinstance(record, Transfer) and step.target in record.OUTCOMES:
        propose(record, step.target, legal)
    if isinstance(record, ReviewedModel) and step.name in (
        "sign",
        "activate",
        "resume",
        "publish",
        "make",
        *OF_VERSIONS,
    ):
        make_approved(record, requester)
    put_in(record, step.sources[0])
    return record


@pytest.fixture
def take(ready, model, step, cast):
    """Take the step as the one who may."""
    name, details = STEPS[model.__name__][step.name]
    # Steps that time makes are made long after every date.
    day = clock.now() + timedelta(days=1000 if name is None else 0)

    def take():
        with clock.travel_to(day):
            getattr(ready, step.name)(by=name and cast[name], note="A good reason", **details)
            if step.two_people:
                Proposal.objects.about(ready).waiting().get().confirm(by=cast["privacy"])
                ready.refresh_from_db()
        return cast["privacy"] if step.two_people else name and cast[name]

    return take


def test_no_step_is_forgotten_here():
    for told in (STEPS, NEXT):
        named = {(model, step) for model, steps in told.items() for step in steps}
        declared = {(model.__name__, step.name) for model, step in ALL if not step.by_review}
        assert named == declared


LISTENERS = ("legal", "privacy", "requester", "engineer")


class TestSomebodyHears:
    """Whoever has to act next finds a line, and the lines about what was before are gone."""

    @steps_that_people_or_time_take
    def test_of_every_step_unless_nobody_has_to_do_anything(self, model, step, ready, take, cast):
        before = lines_about(ready, cast)
        take()
        after, wanted = lines_about(ready, cast), NEXT[model.__name__][step.name]
        assert isinstance(wanted, Nobody) or wanted in after
        findings = {line for line in after if "finding" in line}
        assert before & after - findings <= ({wanted} if not isinstance(wanted, Nobody) else set())

    @pytest.mark.parametrize(
        ("name", "what"),
        [
            ("support", "Sign"),
            ("some_noticeversion", "Publish"),
            ("some_datasetversion", "Release"),
            ("some_publicstatement", "Record as made, or revise"),
        ],
    )
    def test_of_an_approval(self, name, what, request, requester, cast):
        record = request.getfixturevalue(name)
        assert what not in lines_about(record, cast)
        make_approved(record, requester)
        put_in(record, "pre_cleared" if isinstance(record, PublicStatement) else "approved")
        assert what in lines_about(record, cast)


def lines_about(record, cast):
    """What waits for those who listen about the record, or about what it is about."""
    about = {record, getattr(record, "subject", None)}
    users = [type(cast[name]).objects.get(pk=cast[name].pk) for name in LISTENERS]
    return {task.what for user in users for task in tasks_of(user) if task.about in about}


class TestMade:
    @steps_that_people_or_time_take
    def test_moves_the_record_and_records_who_and_why(self, model, step, ready, take):
        _, rows, decisions = past_of(ready)
        by = take()
        assert past_of(ready) == (step.target, rows + 1, decisions + 1)
        decision = Decision.objects.about(ready).made().latest("pk")
        assert (decision.transition, decision.from_status, decision.to_status) == (
            step.name,
            step.sources[0],
            step.target,
        )
        assert (decision.by, decision.note) == (by, "A good reason")
        assert ready.history.latest().history_user == by

    @steps_that_people_or_time_take
    def test_leaves_nothing_when_anything_fails(self, model, step, ready, take):
        def fail(**kwargs):
            raise RuntimeError("The last thing to happen fails.")

        before = past_of(ready)
        transitioned.connect(fail)
        try:
            with pytest.raises(RuntimeError):
                take()
        finally:
            transitioned.disconnect(fail)
        assert past_of(ready) == before

    @steps(lambda step: step.reason and not step.by_review)
    def test_without_a_reason_is_refused_where_one_is_asked_for(self, model, step, ready, cast):
        name, details = STEPS[model.__name__][step.name]
        before = past_of(ready)
        with pytest.raises(Exception, match=step.reason.split(",")[0]):
            getattr(ready, step.name)(by=cast[name], note=" ", **details)
        assert past_of(ready) == before


class TestRefused:
    @steps_from_some_status
    def test_from_any_other_status(self, model, step, record, legal):
        others = set(model.Status) - set(step.sources)
        assert others
        for status in others:
            put_in(record, status)
            before = past_of(record)
            with pytest.raises(Conflict, match="is not possible"):
                getattr(record, step.name)(by=legal, note="Try")
            assert past_of(record) == before

    @steps_that_people_or_time_take
    def test_to_people_who_may_not_and_stays_on_the_record(self, model, step, ready, cast, superuser):
        people = [cast[name] for name in ("stranger", "auditor", "administrator", "executive")] + [superuser]
        others = [user for user in people if not step.is_allowed(user, ready)]
        assert others
        for user in others:
            before = past_of(ready)
            with pytest.raises(PermissionDenied):
                getattr(ready, step.name)(by=user, note="Try")
            assert past_of(ready) == before
            refusal = Decision.objects.about(ready).latest("pk")
            assert (refusal.by, refusal.from_status, refusal.to_status) == (user, step.sources[0], step.target)
            assert "may not take the step" in refusal.refusal

    @steps(lambda step: not step.system)
    def test_to_the_system_where_people_decide(self, model, step, ready):
        before = past_of(ready)
        with pytest.raises(PermissionDenied, match="The system may not"):
            getattr(ready, step.name)(by=None, note="Try")
        assert past_of(ready) == before
        assert "The system may not" in Decision.objects.about(ready).latest("pk").refusal

    @steps(lambda step: step.system)
    def test_to_everybody_where_the_system_decides(self, model, step, record, cast):
        assert [name for name, user in cast.items() if step.is_allowed(user, record)] == []

    @every_step
    def test_to_a_superuser_as_to_a_stranger(self, model, step, ready, superuser, stranger):
        assert step.is_allowed(superuser, ready) == step.is_allowed(stranger, ready)

    @steps(lambda step: step.by_review)
    def test_by_itself_where_a_review_decides(self, model, step, ready, cast):
        before = past_of(ready)
        for name in ("legal", "privacy", "independent", "requester", "engineer"):
            with pytest.raises((Conflict, PermissionDenied)):
                getattr(ready, step.name)(by=cast[name], note="Try")
        assert past_of(ready) == before


class TestOfAnotherVersion:
    """Whoever takes a step of a version that is not the present one is told what changed, and nothing is done."""

    steps_that_people_take = steps(lambda step: not step.system and not step.by_review)

    @pytest.fixture
    def stale(self, ready, model, step, cast):
        """Who takes the step, what they send, what changed meanwhile, and what is done by then."""
        name, details = STEPS[model.__name__][step.name]
        sent = {"note": "A good reason", **details, **shown(ready)}
        label = change(ready)
        return cast[name], sent, label, (past_of(ready), Decision.objects.count())

    @steps_that_people_take
    def test_on_pages_say_what_changed_and_keep_what_was_typed(self, model, step, ready, stale, sign_in):
        user, sent, label, before = stale
        answer = sign_in(user).post(step_url(ready, step), sent)
        page = answer.content.decode()
        assert (answer.status_code, (past_of(ready), Decision.objects.count())) == (409, before)
        assert f"<dt>{label}</dt>" in page
        assert "A good reason" in page
        assert f'name="revision" value="{ready.revision}"' in page

    @steps_that_people_take
    def test_through_the_api_say_what_changed(self, model, step, ready, stale):
        user, sent, label, before = stale
        answer = api_of(user).post(f"{RESOURCES[model]}/{ready.pk}/transitions/{step.name}/", sent)
        assert (answer.status_code, (past_of(ready), Decision.objects.count())) == (409, before)
        assert label in [change["label"] for event in answer.json()["changed"] for change in event["changes"]]


class TestOwnInterests:
    """Whoever has an interest in the organisation that the record names, or is close to the person, takes no step."""

    steps_about_somebody = steps(
        # Taking back what one asked for oneself is the one step that is left, see ways_out.
        lambda step: not step.system and not step.by_review and step.permission(Review) not in ways_out,
        of=lambda model: names_somebody(model),
    )

    @pytest.fixture
    def somebody(self, ready, cloudy):
        """Whom the record names."""
        if isinstance(ready, Finding):
            ready.subject = cloudy
            ready.save()
        return named_by(ready)

    @steps_about_somebody
    def test_keep_people_of_every_role_from_it(self, model, step, ready, somebody, cast):
        assert step.is_allowed(cast[STEPS[model.__name__][step.name][0]], ready)
        for user in cast.values():
            take_interest(user, somebody)
        record = model._base_manager.get(pk=ready.pk)
        assert [name for name, user in cast.items() if step.is_allowed(user, record)] == []

    @steps_about_somebody
    def test_keep_people_from_it_on_the_pages_and_through_the_api(self, model, step, ready, somebody, cast, sign_in):
        name, details = STEPS[model.__name__][step.name]
        take_interest(cast[name], somebody)
        sent, before = {"note": "Try", **details}, past_of(ready)
        assert sign_in(cast[name]).post(step_url(ready, step), sent).status_code in (403, 404)
        address = f"{RESOURCES[model]}/{ready.pk}/transitions/{step.name}/"
        assert api_of(cast[name]).post(address, sent).status_code in (403, 404)
        assert past_of(ready) == before


def change(record):
    """Something that its history names, changed by somebody else; what it is called."""
    field = next(
        (f for f in record._meta.concrete_fields if type(f) in (models.CharField, models.TextField) and is_plain(f)),
        None,
    ) or next(f for f in record._meta.concrete_fields if type(f) is models.DateField)
    is_text = not isinstance(field, models.DateField)
    setattr(record, field.name, "Other than before" if is_text else clock.today())
    with triggers_off():
        record.on_behalf(None, "meanwhile").save()
    return label_of(field)


# Texts that the portal reads, and that cannot say just anything.
KEPT_FOR_THE_PORTAL = {"change", "code", "digest", "field", "fingerprint", "proposed_for", "requested_for", "sha256"}


def is_plain(field):
    return not field.choices and field.name not in KEPT_FOR_THE_PORTAL


def shown(record):
    return {name: getattr(record, name) for name in record.shown_by}


def named_by(record):
    """The organisation or person that a record names, itself or through others."""
    if isinstance(record, Organisation | Person):
        return record
    names = party_keys(type(record))
    return named_by(getattr(record, names[0]) if names else record.subject)


def test_a_historical_record_takes_no_steps(db):
    """What is governed is the record, not a row of its past."""
    assert not any(issubclass(model, GovernedModel) for model in apps.get_models() if "Historical" in model.__name__)
