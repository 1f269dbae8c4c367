"""Conventions that hold for every recorded and every governed model, present and future."""

from collections import defaultdict
from datetime import date

import pytest
import rules
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import connection

from apps.core.exceptions import Conflict
from apps.ledger.models import Entry, RecordedModel, chained_models
from apps.workflow.models import Decision, GovernedModel, Redaction, ReviewedModel, Vote

BY_REVIEW = {"approve", "reject", "return_to_draft"}
SQL_EVENTS = {4: "INSERT", 8: "DELETE", 16: "UPDATE", 32: "TRUNCATE"}
APPEND_ONLY = {("ledger_refuse_change", ("DELETE", "UPDATE")), ("ledger_refuse_change", ("TRUNCATE",))}
CHAINED = {*APPEND_ONLY, ("ledger_append", ("INSERT",))}


def concrete(base):
    """Every model below `base`, at any depth."""
    below = {model for child in base.__subclasses__() for model in (child, *concrete(child))}
    return sorted((model for model in below if not model._meta.abstract), key=lambda model: model._meta.label)


def for_each(base):
    return pytest.mark.parametrize("model", concrete(base), ids=lambda model: model._meta.label)


governed = pytest.mark.parametrize(
    ("model", "step"),
    [(model, step) for model in concrete(GovernedModel) for step in model.transitions.values()],
    ids=lambda part: getattr(part, "name", None) or part._meta.label,
)


def triggers_of(table):
    """{(function, events)} of the table's triggers that are switched on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname, t.tgtype FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgrelid = %s::regclass AND NOT t.tgisinternal AND t.tgenabled = 'O'",
            [table],
        )
        return {(name, tuple(sorted(word for bit, word in SQL_EVENTS.items() if kind & bit))) for name, kind in cursor}


class TestRecordedModels:
    @for_each(RecordedModel)
    def test_history_is_append_only_and_chained(self, model, db):
        assert triggers_of(model.history.model._meta.db_table) == CHAINED

    @pytest.mark.parametrize("model", [Decision, Vote])
    def test_decisions_and_votes_are_append_only_and_chained(self, model, db):
        assert triggers_of(model._meta.db_table) == CHAINED

    def test_entries_are_append_only(self, db):
        assert triggers_of(Entry._meta.db_table) == APPEND_ONLY

    def test_verification_looks_at_each_of_them(self):
        looked_at = {model for model, _ in chained_models()}
        assert looked_at == {model.history.model for model in concrete(RecordedModel)} | {Decision, Vote}

    @for_each(RecordedModel)
    def test_bulk_update_past_the_history_is_refused(self, model, db):
        for write in (lambda rows: rows.update(revision=7), lambda rows: rows.bulk_update([], ["revision"])):
            with pytest.raises(TypeError, match="writes no history"):
                write(model._default_manager.all())

    @for_each(RecordedModel)
    def test_bulk_delete_without_an_actor_is_refused(self, model, db):
        with pytest.raises(TypeError, match="one by one"):
            model._default_manager.all().delete()

    @for_each(RecordedModel)
    def test_links_to_many_are_recorded_models_themselves(self, model):
        assert all(issubclass(field.remote_field.through, RecordedModel) for field in model._meta.many_to_many)

    @for_each(RecordedModel)
    def test_only_text_can_be_redacted(self, model):
        kinds = {model._meta.get_field(name).get_internal_type() for name in model.redactable}
        assert kinds <= {"CharField", "TextField", "EmailField"}

    def test_the_history_keeps_everything_but_secrets_and_sign_ins(self):
        left_out = {model._meta.label: model.unrecorded for model in concrete(RecordedModel) if model.unrecorded}
        assert left_out == {"accounts.User": ("password", "last_login")}


class TestGovernedModels:
    @governed
    def test_every_transition_has_a_rule(self, model, step):
        assert rules.perm_exists(step.permission(model))

    def test_every_rule_about_a_step_names_a_transition_or_a_door(self):
        steps = {step.permission(model) for model in concrete(GovernedModel) for step in model.transitions.values()}
        doors = ("view_", "add_", "change_", "grant_", "revoke_", "request_", "justify_", "declare_")
        others = {perm for perm in rules.permissions.permissions if perm not in steps}
        assert [perm for perm in others if not perm.partition(".")[2].startswith(doors)] == []

    @for_each(GovernedModel)
    def test_every_status_can_be_reached(self, model):
        arrows = defaultdict(set)
        for step in model.transitions.values():
            for source in step.sources:
                arrows[source].add(step.target)
        reached, ahead = set(), {model._meta.get_field("status").default}
        while ahead:
            reached |= ahead
            ahead = {target for status in ahead for target in arrows[status]} - reached
        assert reached == set(model.Status)

    @for_each(GovernedModel)
    def test_no_form_can_change_the_status(self, model):
        assert not model._meta.get_field("status").editable

    @for_each(GovernedModel)
    def test_who_sees_it_is_said_in_one_place(self, model):
        assert callable(model._default_manager.visible_to)

    @for_each(ReviewedModel)
    def test_what_is_reviewed_has_the_steps_of_a_review(self, model):
        by_review = {step.name for step in model.transitions.values() if step.by_review}
        assert by_review == BY_REVIEW
        assert {"submit", "revise"} <= model.transitions.keys()

    @for_each(GovernedModel)
    def test_is_never_deleted(self, model, db):
        with pytest.raises(Conflict, match="never deleted"):
            model(pk=1).delete()

    def test_all_are_installed(self):
        assert set(concrete(GovernedModel)) <= set(apps.get_models())


@pytest.fixture
def record(request, db, model):
    """Some record of the model."""
    fixture = {"Organisation": "cloudy", "Dataset": "tickets", "Agreement": "support", "Requirement": "rule"}
    return request.getfixturevalue(fixture.get(model.__name__, model.__name__.lower()))


@pytest.fixture
def rule(db):
    return apps.get_model("findings.Requirement").objects.get(code="HOUSE-4")


@pytest.fixture
def review(in_review):
    return in_review.review


@pytest.fixture
def finding(tickets):
    tickets.before_step(None)
    return apps.get_model("findings.Finding").objects.about(tickets).get()


@pytest.fixture
def redaction(founder, lumen, legal):
    return Redaction.request(founder.person, "name", by=legal, reason="He asked for it.")


def put_in(record, status):
    record.status = status
    if hasattr(record, "approved_until") and status == "approved":
        record.approved_until = date(2030, 1, 1)
    record.save()


def past_of(record):
    """What a step would leave: the status, the length of the history, and the decisions made."""
    stored = type(record)._base_manager.get(pk=record.pk)
    return stored.status, record.history.count(), Decision.objects.about(record).made().count()


class TestEveryStep:
    @governed
    def test_is_refused_from_any_other_status(self, model, step, record, legal):
        for status in set(model.Status) - set(step.sources):
            put_in(record, status)
            before = past_of(record)
            with pytest.raises(Conflict, match="is not possible"):
                getattr(record, step.name)(by=legal, note="Try")
            assert past_of(record) == before

    @governed
    def test_by_nobody_is_for_system_steps_only(self, model, step, record):
        put_in(record, step.sources[0])
        if step.system:
            assert step.is_allowed(None, record)
            return
        before = past_of(record)
        with pytest.raises(PermissionDenied, match="The system may not"):
            getattr(record, step.name)(by=None, note="Try")
        assert past_of(record) == before
        assert "The system may not" in Decision.objects.about(record).latest("pk").refusal

    @governed
    def test_of_the_system_is_open_to_nobody(self, model, step, record, cast):
        if step.system:
            assert [name for name, user in cast.items() if step.is_allowed(user, record)] == []

    @governed
    def test_is_no_more_open_to_a_superuser_than_to_a_stranger(self, model, step, record, superuser, stranger):
        put_in(record, step.sources[0])
        assert step.is_allowed(superuser, record) == step.is_allowed(stranger, record)

    @governed
    def test_that_a_review_makes_cannot_be_taken_by_itself(self, model, step, record, cast):
        if not step.by_review:
            return
        put_in(record, step.sources[0])
        before = past_of(record)
        for user in cast.values():
            with pytest.raises((Conflict, PermissionDenied)):
                getattr(record, step.name)(by=user, note="Try")
        assert past_of(record) == before
