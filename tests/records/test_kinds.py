"""What holds for the description of every kind of record."""

from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from apps.datasets.kinds import DATASETS
from apps.records.kind import Look
from apps.records.registry import kinds, register
from apps.records.system_checks import misnamed
from apps.workflow.models import GovernedModel, Review
from tests.test_governed_models import concrete

pytestmark = pytest.mark.django_db
each_kind = pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
WRONG = {
    "columns": ("name", "nmae"),
    "filters": ("statsu",),
    "searched": ("owner__nmae",),
    "related": ("onwer",),
    "steps": {"submitt": Look.EXPECTED},
    "tones": {"in_reveiw": "azure"},
    "pages": {"lits": lambda request: None},
    "template": "datasets/dtail.html",
}


def has(kind, page, *args):
    try:
        return bool(reverse(kind.page(page), args=args))
    except NoReverseMatch:
        return False


@each_kind
def test_it_names_what_is_there(kind):
    assert list(misnamed(kind)) == []


@pytest.mark.parametrize("part", WRONG)
def test_what_is_misspelt_is_said_at_the_start(part):
    assert len(list(misnamed(replace(DATASETS, **{part: WRONG[part]})))) == 1


@each_kind
def test_its_records_have_a_page_and_a_list(kind):
    assert kind.model is Review or (has(kind, "list") and has(kind, "detail", 1))


@each_kind
def test_its_steps_have_a_page(kind):
    assert not issubclass(kind.model, GovernedModel) or has(kind, "step", 1, "submit")


@each_kind
def test_its_list_answers_whoever_is_signed_in(kind, cast, sign_in):
    if kind.model is not Review:
        answer = sign_in(cast["legal"]).get(kind.list_url)
        assert answer.status_code in (200, 403)


@pytest.mark.parametrize(
    ("path", "words"),
    {
        "agreements": "You have no agreement or request yet.",
        "transfers": "No transfer that you may see is on record. Anybody can report data that moved.",
        "datasets": "No dataset is registered yet. Engineers register them.",
    }.items(),
)
def test_a_list_of_nothing_says_what_to_do(path, words, cast, sign_in):
    assert words in sign_in(cast["stranger"]).get(f"/{path}/").content.decode()


@each_kind
def test_its_words_are_looked_for(kind, cast, sign_in):
    if kind.searched:
        assert sign_in(cast["legal"]).get("/search/", {"q": "a", "kind": kind.key}).status_code == 200


def test_every_governed_model_is_described():
    assert set(concrete(GovernedModel)) <= {kind.model for kind in kinds()}


def test_nothing_is_described_twice():
    with pytest.raises(ImproperlyConfigured, match="Datasets is described twice"):
        register(DATASETS)
