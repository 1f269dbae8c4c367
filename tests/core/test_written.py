"""What every recorded model asks of texts and periods, whichever form or import fills it."""

import re
from datetime import date
from importlib import import_module
from importlib.util import find_spec

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from apps.core.forms import WrittenForm
from apps.core.models import TURNED_ROUND, TimestampedModel, periods
from apps.datasets.models import Dataset
from apps.vendors.models import Interest, Organisation, Person, Position, Relation
from apps.workflow.models import Comment
from tests.api_cast import api_of

OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
# When something was, or is, without a time in which it lasts.
ALONE = {"effective_from", "released_at", "approved_until", "accepted_until", "applied_until", "suspended_until"}
PERIODS = [(model, *pair) for model in OURS for pair in periods(model) if issubclass(model, TimestampedModel)]


@pytest.fixture
def as_engineer(sign_in, engineer):
    return sign_in(engineer)


@pytest.fixture
def engineer_api(engineer):
    return api_of(engineer)


def test_every_from_has_its_until_and_both_are_a_period():
    lone = {
        f"{model._meta.label}.{field.name}"
        for model in OURS
        if issubclass(model, TimestampedModel)
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateField) and re.search(r"(_from|_until|^(starts|ends)_(on|at))$", field.name)
        if field.name not in ALONE and not any(field.name in pair for pair in periods(model))
    }
    assert lone == set()


@pytest.mark.parametrize(("model", "first", "last"), PERIODS)
def test_no_period_ends_before_it_begins(model, first, last):
    made = model(**{first: date(2026, 3, 31), last: date(2026, 3, 30)})
    with pytest.raises(ValidationError) as refusal:
        made.clean_fields()
    assert TURNED_ROUND in refusal.value.message_dict[last]


def test_swapped_days_of_a_dataset_are_refused_on_the_page_and_by_the_api(as_engineer, engineer_api, tickets):
    given = {"collected_from": "2026-03-31", "collected_until": "2026-03-30"}
    page = as_engineer.post(
        f"/datasets/{tickets.pk}/edit/",
        {"name": "Tickets", "obtained": "unknown", "revision": tickets.revision, **given},
    )
    answer = engineer_api.patch(f"datasets/{tickets.pk}/", given)
    assert (page.status_code, answer.status_code) == (422, 400)
    assert TURNED_ROUND in page.text
    assert answer.json()["fields"]["collected_until"] == [TURNED_ROUND]


@pytest.mark.parametrize("name", ["Log\u202es", "\u200b", "Lo\ngs", "Logs\u200e of 2026"])
def test_a_name_with_what_nobody_sees_is_refused_on_the_page_and_by_the_api(as_engineer, engineer_api, name):
    page = as_engineer.post("/datasets/new/", {"name": name, "obtained": "unknown"})
    answer = engineer_api.post("datasets/", {"name": name})
    assert (page.status_code, answer.status_code) == (422, 400)
    assert "(U+" in page.text
    assert "(U+" in answer.json()["fields"]["name"][0]
    assert not Dataset.objects.exists()


def test_a_name_is_kept_in_one_form_so_that_it_stays_unique(as_engineer, engineer_api):
    as_engineer.post("/datasets/new/", {"name": " Cafe\u0301   logs", "obtained": "unknown"})
    assert Dataset.objects.get().name == "Caf\u00e9 logs"
    assert engineer_api.post("datasets/", {"name": "Caf\u00e9 logs"}).status_code == 400


@pytest.mark.parametrize(("day", "holds"), [(30, True), (31, False)])
def test_until_includes_its_day_for_all_that_people_hold(db, day, holds):
    ours, ann, ben = Organisation(name="Acme", kind="vendor"), Person(name="Ann"), Person(name="Ben")
    for record in (ours, ann, ben):
        record.save()
    held = {"ends_on": date(2026, 3, 30)}
    Interest(organisation=ours, holder_person=ann, type="shareholding", source="Register", **held).save()
    Position(organisation=ours, person=ann, role="director", **held).save()
    Relation(person=ann, relative=ben, kind="spouse", **held).save()
    found = [model.objects.held(date(2026, 3, day)).exists() for model in (Interest, Position, Relation)]
    assert found == [holds] * 3


APART, COMPOSED = "Cafe\u0301", "Caf\u00e9"


def test_every_form_takes_its_texts_in_one_form():
    """Of a record the model sees to it; any other form with a text is one that does."""
    for room in apps.get_app_configs():
        if room.name.startswith("apps.") and find_spec(f"{room.name}.forms"):
            import_module(f"{room.name}.forms")
    plain = [form for form in _below(forms.Form) if form.__module__.startswith("apps.") and form is not WrittenForm]
    careless = {
        form.__qualname__
        for form in plain
        if not issubclass(form, WrittenForm)
        and any(type(field) is forms.CharField for field in form.base_fields.values())
    }
    assert careless == set()
    assert len(plain) > 10


def _below(cls):
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


@pytest.mark.parametrize("door", ["page", "api"])
def test_what_is_said_is_kept_in_one_form(door, support, legal, sign_in):
    said = {"subject_kind": "agreement", "subject_id": support.pk, "body": f"{APART}\r\nis meant"}
    if door == "page":
        sign_in(legal).post(f"{support.get_absolute_url()}comment/", {"comment-body": said["body"]})
    else:
        api_of(legal).post("comments/", said)
    assert Comment.objects.get().body == f"{COMPOSED}\nis meant"


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_note_that_turns_the_writing_round_is_refused(door, cloudy, legal, sign_in):
    note, steps = {"note": "All \u202ewell"}, f"{cloudy.get_absolute_url()}do/suspend/"
    if door == "page":
        answer = sign_in(legal).post(steps, note)
        told = answer.content.decode()
    else:
        answer = api_of(legal).post(f"vendors/{cloudy.pk}/transitions/suspend/", note)
        told = answer.json()["fields"]["note"][0]
    assert answer.status_code == (422 if door == "page" else 400)
    assert "right-to-left override (U+202E)" in told
    cloudy.refresh_from_db()
    assert cloudy.status == "approved"


@pytest.mark.parametrize(("in_text", "in_claim"), [(APART, COMPOSED), (COMPOSED, APART)])
def test_a_sentence_of_a_notice_is_found_whatever_its_normal_form(in_text, in_claim, legal):
    api = api_of(legal)
    notice = api.post("notices/", {"product": "New", "owner": legal.pk, "language": "de"}).json()["id"]
    text = f"Welcome. The {in_text} asks first. Goodbye."
    version = {"notice": notice, "label": "1", "text": text, "effective_from": "2026-01-01"}
    version = api.post("notice-versions/", version).json()["id"]
    claim = {"version": version, "kind": "opt_out", "recipient_class": "third_party"}
    answer = api.post("notice-claims/", {**claim, "sentence": f"The {in_claim} asks first."})
    assert answer.status_code == 201, answer.content
    assert api.post("notice-claims/", {**claim, "sentence": "The Cafe asks first."}).status_code == 400
