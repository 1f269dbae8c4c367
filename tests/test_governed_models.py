"""Conventions that hold for every recorded and every governed model, present and future."""

from collections import defaultdict

import pytest
import rules
from django.apps import apps
from django.db import connection
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.agreements.models import AgreementCategory, AgreementDataset, AgreementUse
from apps.core.access import Access
from apps.core.exceptions import Conflict
from apps.datasets.models import DatasetCategory, DatasetNotice, DatasetSubjectType, DatasetUse, DatasetVersionParent
from apps.disclosures.models import Claim, StatementClaim
from apps.ledger.models import Entry, RecordedModel, chained_models
from apps.vendors.models import Question
from apps.workflow.models import Decision, GovernedModel, ReviewedModel, Vote

BY_REVIEW = {"approve", "reject", "return_to_draft"}
SQL_EVENTS = {4: "INSERT", 8: "DELETE", 16: "UPDATE", 32: "TRUNCATE"}
APPEND_ONLY = {("ledger_refuse_change", ("DELETE", "UPDATE")), ("ledger_refuse_change", ("TRUNCATE",))}
# Of another package, with a history on our chain.
SCHEDULES = (PeriodicTask, CrontabSchedule, IntervalSchedule)
# Links, and parts of what is still a draft.
DELETED = {
    AgreementCategory, AgreementDataset, AgreementUse, Claim, DatasetCategory, DatasetNotice, DatasetSubjectType,
    DatasetUse, DatasetVersionParent, Question, StatementClaim,
}  # fmt: skip
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
        histories = {model.history.model for model in (*concrete(RecordedModel), *SCHEDULES)}
        assert looked_at == histories | {Decision, Vote}

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
    def test_is_deleted_only_where_it_says_so(self, model, db):
        if model.portal_may is not Access.REMOVE:
            with pytest.raises(Conflict, match="never deleted"):
                model(pk=1).delete()
        else:
            assert model in DELETED

    @for_each(RecordedModel)
    def test_links_to_many_are_recorded_models_themselves(self, model):
        assert all(issubclass(field.remote_field.through, RecordedModel) for field in model._meta.many_to_many)

    @for_each(RecordedModel)
    def test_only_text_can_be_redacted(self, model):
        kinds = {model._meta.get_field(name).get_internal_type() for name in model.redactable}
        assert kinds <= {"CharField", "TextField", "EmailField"}

    def test_the_history_keeps_everything_but_secrets_and_times_of_use(self):
        left_out = {model._meta.label: model.unrecorded for model in concrete(RecordedModel) if model.unrecorded}
        assert left_out == {"accounts.User": ("password", "last_login"), "accounts.ApiToken": ("last_used_at",)}


class TestGovernedModels:
    @governed
    def test_every_transition_has_a_rule(self, model, step):
        assert rules.perm_exists(step.permission(model))

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
