"""Lists that read their rows from columns say exactly what the serializer says of the records."""

import json
import threading
from functools import partial

import pytest
from django.apps import apps
from django.db import connection, transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIRequestFactory

from apps.accounts.models import User
from apps.agreements.api import AgreementRowSerializer
from apps.agreements.models import Agreement
from apps.findings.models import Requirement
from apps.findings.models.finding import new_finding
from apps.ledger.rows import rows_of
from apps.vendors.api.records import InterestSerializer
from apps.vendors.models import Organisation
from apps.workflow.api.reviews import ReviewRowSerializer
from governance.api import router
from tests.api_cast import api_of
from tests.factories import make_agreement, make_dataset, make_person, make_transfer, make_vendor

FROM_COLUMNS = {
    prefix: viewset for prefix, viewset, _ in router.registry if getattr(viewset, "rows_are_columns", False)
}


@pytest.fixture
def agreements(requester, engineer, legal):
    """One with every name and several links, one with few of them."""
    unnamed = make_person("", kind="unknownPerson")
    datasets = [make_dataset(engineer, name) for name in ("Tickets", "Calls", "Archive")]
    vendor = make_vendor("Support", owner=engineer)
    many = ("user.unique_id", "user.contact.email", "user.name")
    make_agreement(requester, vendor, datasets, business_owner=legal, sponsor=engineer, categories=many)
    few = make_agreement(requester, vendor, datasets[1:2], title="Few", ends_on=None, delete_within_days=None)
    transfer = make_transfer(engineer, datasets[0], vendor)
    make_transfer(requester, datasets[1], vendor, agreement=few, executor=make_person(), confidential=True)
    make_transfer(engineer, None, None, dataset_words="Some calls", recipient_words="Somebody", executor=unnamed)
    rule = Requirement.objects.all()[0]
    for subject in (vendor, few, transfer):
        new_finding(rule, subject, "rows", fact=f"About {subject}", confidential="12 %", proposed_by=legal).save()
    new_finding(rule, few, "hidden", fact="Nobody's amounts", confidential="13 %", hidden_from=[requester.pk]).save()


@pytest.mark.parametrize("prefix", FROM_COLUMNS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize("reader", ["legal", "engineer"])
def test_rows_are_what_the_serializer_says(prefix, zone, reader, agreements, cast, settings):
    settings.TIME_ZONE = zone
    viewset, request = FROM_COLUMNS[prefix], APIRequestFactory().get("/")
    request.user = User.objects.get(pk=cast[reader].pk)
    rows = api_of(cast[reader]).get(f"{prefix}/").json()["results"]
    for row in rows:
        record = viewset.queryset.get(pk=row["id"])
        said = viewset.row_serializer_class(record, context={"request": request}).data
        assert json.loads(JSONRenderer().render(said)) == row
    assert len(rows) > 1


def test_linked_keys_come_in_their_order(agreements, legal):
    row = api_of(legal).get("agreements/", search="Support desk").json()["results"][0]
    assert row["categories"] == sorted(row["categories"])
    assert len(row["categories"]) == 3


@pytest.mark.parametrize("prefix", ["agreements", "transfers"])
def test_what_leads_elsewhere_is_called_as_what_stays(prefix, agreements, legal):
    Organisation._base_manager.filter(name="Support").update(same_as=make_vendor("Stays"))
    rows = api_of(legal).get(f"{prefix}/").json()["results"]
    names = {row["counterparty_name" if prefix == "agreements" else "recipient_name"] for row in rows}
    assert names - {None} == {"Stays"}


@pytest.mark.parametrize("serializer", [ReviewRowSerializer, InterestSerializer])
def test_what_no_column_tells_is_refused(serializer):
    with pytest.raises(TypeError):
        rows_of(serializer)


def test_only_the_name_of_what_may_lead_elsewhere_is_asked_again():
    assert set(rows_of(AgreementRowSerializer).names) == {"our_entity_name", "counterparty_name"}


def test_a_page_is_counted_and_read_in_one_query(agreements, legal, django_assert_num_queries):
    rows = rows_of(AgreementRowSerializer)
    with django_assert_num_queries(1):
        count, page = rows.of(Agreement.objects.order_by("-pk"), 1, 2)
    assert (count, [row["title"] for row in page]) == (2, ["Support desk"])


def elsewhere(work):
    try:
        work()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
class TestCounts:
    """Records are counted again only when something was added to the ledger."""

    @pytest.fixture
    def count(self, legal):
        api = api_of(legal)
        return lambda: api.get("vendors/").json()["count"]

    def test_are_kept_while_nothing_changes(self, count, monkeypatch):
        make_vendor("Support")
        before = count()
        monkeypatch.setattr("apps.ledger.rows.COUNT", "SELECT 17")
        assert count() == before

    def test_follow_each_change(self, count):
        before = count()
        vendor = make_vendor("Support")
        assert count() == before + 1
        vendor.same_as = make_vendor("Stays")
        vendor.save()
        assert count() == before + 1

    def test_follow_what_others_change_meanwhile(self, count):
        before = count()
        thread = threading.Thread(target=elsewhere, args=(partial(make_vendor, "Support"),))
        thread.start()
        thread.join()
        assert count() == before + 1

    def test_are_taken_anew_inside_a_transaction(self, count):
        before = count()
        with transaction.atomic():
            make_vendor("Support")
            assert count() == before + 1
            transaction.set_rollback(True)
        assert count() == before


def test_of_nothing_nothing_is_asked(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert rows_of(AgreementRowSerializer).of(Agreement.objects.none(), 0, 50) == (0, [])


@pytest.mark.parametrize("model", [model for model in apps.get_models() if getattr(model, "named_by", "")])
def test_a_record_is_called_by_the_column_that_is_its_name(model):
    assert str(model(**{model.named_by: "As it is called"})) == "As it is called"
