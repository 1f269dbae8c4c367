"""Lists that read their rows from columns say exactly what the serializer says of the records."""

import json

import pytest
from django.apps import apps
from rest_framework.renderers import JSONRenderer

from apps.agreements.api import AgreementRowSerializer
from apps.ledger.rows import rows_of
from apps.vendors.api.records import InterestSerializer
from apps.workflow.api.reviews import ReviewRowSerializer
from governance.api import router
from tests.api_cast import api_of
from tests.factories import make_agreement, make_dataset, make_vendor

FROM_COLUMNS = {
    prefix: viewset for prefix, viewset, _ in router.registry if getattr(viewset, "rows_are_columns", False)
}


@pytest.fixture
def agreements(requester, engineer, legal):
    """One with every name and several links, one with few of them."""
    datasets = [make_dataset(engineer, name) for name in ("Tickets", "Calls", "Archive")]
    vendor = make_vendor("Support", owner=engineer)
    many = ("user.unique_id", "user.contact.email", "user.name")
    make_agreement(requester, vendor, datasets, business_owner=legal, sponsor=engineer, categories=many)
    make_agreement(requester, vendor, datasets[1:2], title="Few", ends_on=None, delete_within_days=None)


@pytest.mark.parametrize("prefix", FROM_COLUMNS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_rows_are_what_the_serializer_says(prefix, zone, agreements, legal, settings):
    settings.TIME_ZONE = zone
    viewset = FROM_COLUMNS[prefix]
    rows = api_of(legal).get(f"{prefix}/").json()["results"]
    for row in rows:
        said = viewset.row_serializer_class(viewset.queryset.get(pk=row["id"])).data
        assert json.loads(JSONRenderer().render(said)) == row
    assert len(rows) > 1


def test_linked_keys_come_in_their_order(agreements, legal):
    row = api_of(legal).get("agreements/", search="Support desk").json()["results"][0]
    assert row["categories"] == sorted(row["categories"])
    assert len(row["categories"]) == 3


@pytest.mark.parametrize("serializer", [ReviewRowSerializer, InterestSerializer])
def test_what_no_column_tells_is_refused(serializer):
    with pytest.raises(TypeError):
        rows_of(serializer)


def test_many_names_are_asked_by_key_and_few_with_the_row():
    assert set(rows_of(AgreementRowSerializer).names) == {
        "our_entity_name",
        "counterparty_name",
        "requester_name",
        "sponsor_name",
        "business_owner_name",
    }
    assert not rows_of(FROM_COLUMNS["vendors"].row_serializer_class).names


@pytest.mark.parametrize("model", [model for model in apps.get_models() if getattr(model, "named_by", "")])
def test_a_record_is_called_by_the_column_that_is_its_name(model):
    assert str(model(**{model.named_by: "As it is called"})) == "As it is called"
