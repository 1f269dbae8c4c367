"""A change of interests hides at once what its reader must not read, and leaves the rest of the checks to a worker."""

import pytest

from apps.agreements.models import Agreement, Transfer
from apps.findings.models import Finding, Recheck, reconcile
from apps.findings.sweep import _recheck, recheck
from apps.findings.tasks import recheck_marked
from apps.notifications.tasks import catch_up
from apps.vendors.models import Organisation
from apps.vendors.services import recheck_conflicts
from tests.factories import make_insider, make_interest, make_organisation, make_stake, make_transfer


@pytest.fixture
def others(stranger, tickets):
    """Transfers to organisations that have nothing to do with the ones of the test."""
    return [make_transfer(stranger, tickets, make_organisation(f"Elsewhere {n}")) for n in range(3)]


@pytest.fixture
def asked(monkeypatch):
    """The keys of the transfers whose checks are asked."""
    keys, prepare = set(), Transfer.prepare

    def noting(records):
        keys.update(record.pk for record in records)
        prepare(records)

    monkeypatch.setattr(Transfer, "prepare", noting)
    return keys


def marked(model):
    return set(Recheck.objects.of(model).values_list("object_id", flat=True))


def found(transfer, code="OKC-3"):
    return Finding.objects.about(transfer).unresolved().filter(requirement__code=code)


class TestAtOnce:
    def test_only_what_lies_behind_the_change_is_looked_at(self, told, others, cloudy, asked):
        recheck_conflicts(make_interest(make_insider(), cloudy, 30))
        assert asked == {told.pk}
        assert marked(Transfer) == {told.pk}

    def test_also_behind_a_holding(self, told, others, cloudy, asked, legal):
        fund = make_organisation("Fund")
        make_interest(fund, cloudy, 40)
        recheck_conflicts(make_stake(legal, fund, 90))
        told.refresh_from_db()
        assert told.withheld_from == [legal.pk]
        assert asked == {told.pk}

    def test_a_finding_is_hidden_from_who_profits_now(self, told, stranger, cloudy, legal):
        make_interest(make_insider(), cloudy, 30)
        reported = make_transfer(stranger, told.dataset, cloudy, consideration=Transfer.NOTHING)
        assert legal.pk not in found(reported).get().hidden_from
        recheck_conflicts(make_stake(legal, cloudy))
        assert legal.pk in found(reported).get().hidden_from
        assert found(reported).get() not in Finding.objects.visible_to(legal)

    def test_what_was_left_is_affected_too(self, told, cloudy, lumen):
        stake = make_interest(make_insider(), cloudy, 30)
        stake.organisation = lumen
        stake.save()
        recheck_conflicts(stake)
        assert marked(Transfer) == {told.pk}


class TestByAWorker:
    def test_writes_what_is_found_by_then(self, stranger, tickets, cloudy):
        transfer = make_transfer(stranger, tickets, cloudy, consideration=Transfer.NOTHING)
        recheck_conflicts(make_interest(make_insider(), cloudy, 30))
        assert not found(transfer).exists()
        recheck_marked()
        assert found(transfer).exists()
        assert not Recheck.objects.exists()

    def test_twice_writes_nothing_twice(self, told, case, cloudy):
        recheck_conflicts(make_interest(make_insider(), cloudy, 30))
        marks = list(Recheck.objects.all())
        recheck_marked()
        Recheck.objects.bulk_create(marks)
        assert not recheck_marked()["new"]
        assert not Recheck.objects.exists()

    def test_a_record_that_fails_stays_marked_and_stops_no_other(self, told, stranger, tickets, cloudy, monkeypatch):
        broken = make_transfer(stranger, tickets, cloudy)
        recheck_conflicts(make_interest(make_insider(), cloudy, 30))
        prepare = Transfer.prepare

        def failing(records):
            assert broken.pk not in {record.pk for record in records}
            prepare(records)

        monkeypatch.setattr(Transfer, "prepare", failing)
        assert recheck(batch=1)["failed"] == 1
        assert marked(Transfer) == {broken.pk}

    def test_a_mark_that_comes_meanwhile_is_kept(self, told, monkeypatch):
        Recheck.objects.add(Transfer.objects.filter(pk=told.pk))
        prepare = Transfer.prepare

        def meanwhile(records):
            Recheck.objects.add(Transfer.objects.filter(pk=told.pk))
            prepare(records)
            monkeypatch.undo()

        monkeypatch.setattr(Transfer, "prepare", meanwhile)
        first = Recheck.objects.get()
        _recheck(Transfer, [first.pk], [told.pk])
        assert [mark.pk > first.pk for mark in Recheck.objects.all()] == [True]

    def test_is_woken_when_the_change_is_on_record(self, told, cloudy, monkeypatch, django_capture_on_commit_callbacks):
        woken = []
        monkeypatch.setattr(recheck_marked, "delay", lambda: woken.append(True))
        with django_capture_on_commit_callbacks(execute=True):
            recheck_conflicts(make_interest(make_insider(), cloudy, 30))
            assert not woken
        assert woken

    def test_what_was_left_is_found_by_catching_up(self, told, cloudy):
        recheck_conflicts(make_interest(make_insider(), cloudy, 30))
        catch_up()
        assert not Recheck.objects.exists()


def test_requests_and_vendors_are_asked_again_too(case):
    recheck_conflicts(make_interest(make_insider(), case.counterparty, 30))
    assert marked(Agreement) == {case.pk}
    assert case.counterparty_id in marked(Organisation)


def test_the_page_of_a_finding_says_so(case, sign_in, legal):
    reconcile(case)
    finding = Finding.objects.visible_to(legal).about(case).first()
    client, words = sign_in(legal), "are being asked again"
    assert words not in client.get(finding.get_absolute_url()).content.decode()
    recheck_conflicts(make_interest(make_insider(), case.counterparty, 30))
    assert words in client.get(finding.get_absolute_url()).content.decode()
