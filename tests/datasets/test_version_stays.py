"""What the database itself keeps of a version, whoever asks it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.models.version import FACTS
from apps.ledger.verify import verify
from tests.factories import make_dataset_version
from tests.roles import put_in
from tests.workflow.test_concurrency import at_once, errors

OTHER = {"digest": "'" + "cd" * 32 + "'", "description": "'Other'", "cohort_id": "1"}


def write(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.usefixtures("as_portal")
class TestFacts:
    @pytest.mark.parametrize("status", ["approved", "released", "quarantined", "retired"])
    @pytest.mark.parametrize("fact", FACTS)
    def test_stay_once_it_is_approved(self, version, fact, status):
        put_in(version, status)
        with pytest.raises(DatabaseError, match="neither removed nor edited"):
            write(f"UPDATE datasets_datasetversion SET {fact} = {OTHER.get(fact, 7)}")

    def test_name_the_same_parents_for_ever(self, version, tickets, engineer):
        first, second = make_dataset_version(tickets), make_dataset_version(tickets)
        version.set_parents([first], "joined", by=engineer, reason="edit")
        version.set_parents([first], "sampled", by=engineer, reason="edit")
        put_in(version, "approved")
        changes = ("kind = 'joined'", f"parent_id = {second.pk}", f"version_id = {second.pk}")
        link = f"(version_id, parent_id, kind, revision, created_at, updated_at) VALUES ({version.pk}, {second.pk}"
        for sql in (
            *(f"UPDATE datasets_datasetversionparent SET {change}" for change in changes),
            "DELETE FROM datasets_datasetversionparent",
            f"INSERT INTO datasets_datasetversionparent {link}, 'joined', 1, now(), now())",
        ):
            with pytest.raises(DatabaseError, match="neither removed nor edited"):
                write(sql)

    def test_change_before(self, version):
        write("UPDATE datasets_datasetversion SET record_count = 7")
        assert DatasetVersion.objects.get().record_count == 7

    def test_are_not_opened_again(self, settled):
        with pytest.raises(DatabaseError, match="neither removed nor edited"):
            write("UPDATE datasets_datasetversion SET status = 'registered'")

    def test_are_never_removed(self, version):
        with pytest.raises(DatabaseError):
            write("DELETE FROM datasets_datasetversion")

    @pytest.mark.parametrize("digest", ["AB" * 32, "ab" * 31, "x"])
    def test_hold_a_sha256_or_nothing(self, version, digest):
        with pytest.raises(DatabaseError):
            write(f"UPDATE datasets_datasetversion SET digest = '{digest}'")

    def test_name_no_version_as_its_own_parent(self, version, engineer):
        with pytest.raises(IntegrityError), transaction.atomic():
            version.set_parents([version], "joined", by=engineer, reason="edit")


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_eight_get_numbers_of_their_own(self, tickets):
        made = at_once(*[lambda: make_dataset_version(Dataset.objects.get(pk=tickets.pk))] * 8)
        assert errors(made) == []
        assert sorted(version.number for version in made) == list(range(1, 9))
        assert verify().ok

    def test_two_do_not_become_parents_of_each_other(self, tickets, engineer):
        first, second = make_dataset_version(tickets), make_dataset_version(tickets)

        def derive(one, other):
            with transaction.atomic():
                one.require_no_loop([other])
                one.set_parents([other], "joined", by=engineer, reason="edit")

        failed = errors(at_once(lambda: derive(first, second), lambda: derive(second, first)))
        assert [error.message_dict.keys() for error in failed] == [{"parents"}]
