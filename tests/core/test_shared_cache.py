"""The cache that all processes share: kept in the database, for as long as the database's clock says."""

import threading

import pytest
from django.db import connection

from apps.core.models import SharedValue
from apps.core.shared_cache import SharedCache

HOSTILE = "cos\nsystem\n(S'id'\ntR."


@pytest.fixture
def one(db):
    return SharedCache("", {})


@pytest.fixture
def other():
    """As another process has it."""
    return SharedCache("", {})


def end_all():
    SharedValue.objects.update(ends_at="2020-01-01T00:00Z")


class TestValues:
    def test_that_one_process_sets_are_read_by_another(self, one, other):
        one.set("tries", [1.5, 2.5], 60)
        assert other.get("tries") == [1.5, 2.5]
        other.delete("tries")
        assert one.get("tries", "none") == "none"

    def test_are_gone_when_their_time_has_come(self, one, other):
        one.set("tries", [1], 60)
        end_all()
        assert other.get("tries") is None
        assert other.touch("tries") is False

    def test_without_an_end_stay(self, one):
        one.set("for good", 1, timeout=None)
        one.set("other", 1, 60)
        assert one.get("for good") == 1

    def test_that_have_ended_are_cleared_away_by_whoever_writes(self, one):
        for number in range(15):
            one.set(f"address {number}", 1, 60)
        end_all()
        one.set("new", 1)
        assert SharedValue.objects.count() == 6
        one.set("new", 2)
        assert list(SharedValue.objects.values_list("value", flat=True)) == ["2"]

    def test_keep_no_address_in_the_database(self, one):
        one.set("ip:203.0.113.7", [1], 60)
        [kept] = SharedValue.objects.values_list("key", "value")
        assert "203.0.113.7" not in "".join(kept)

    def test_are_never_run(self, one):
        one.set("tries", 1)
        SharedValue.objects.update(value=HOSTILE)
        with pytest.raises(ValueError, match="Expecting value"):
            one.get("tries")


class TestAdd:
    def test_succeeds_once(self, one, other):
        assert one.add("code 123456", "used", 30)
        assert not other.add("code 123456", "again", 30)
        assert one.get("code 123456") == "used"

    def test_succeeds_again_when_the_time_has_come(self, one, other):
        one.add("code 123456", "used", 30)
        end_all()
        assert other.add("code 123456", "again", 30)

    @pytest.mark.django_db(transaction=True)
    def test_succeeds_once_for_many_at_the_same_moment(self, one):
        told, start = [], threading.Barrier(6)

        def add():
            start.wait(10)
            told.append(SharedCache("", {}).add("lock", True, 10))
            connection.close()

        threads = [threading.Thread(target=add) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(told) == [False] * 5 + [True]
