"""What the checks find about a transfer, and which day they speak of."""

from datetime import date, timedelta

import pytest

from apps.core import clock
from apps.findings.models import Finding
from tests.factories import make_insider, make_interest, make_organisation, make_position, make_stake, make_transfer
from tests.scenes import THE_DAY


def found(transfer):
    return {f.requirement.code: f for f in Finding.objects.about(transfer).open().select_related("requirement")}


@pytest.mark.parametrize("channel", ["personal_mail", "file_share", "media"])
def test_some_ways_leave_no_trace(channel, stranger, tickets, cloudy):
    assert "OKC-2" in found(make_transfer(stranger, tickets, cloudy, channel=channel))


@pytest.mark.parametrize("channel", ["api", "cloud", "sftp", "company_mail", "other"])
def test_other_ways_are_our_own(channel, stranger, tickets, cloudy):
    assert "OKC-2" not in found(make_transfer(stranger, tickets, cloudy, channel=channel))


class TestNothingReceived:
    @pytest.mark.parametrize(
        ("consideration", "expected"), [("none", True), ("unknown", True), ("they_pay", False), ("reciprocal", False)]
    )
    def test_matters_where_somebody_of_ours_profits(self, consideration, expected, stranger, tickets, lumen):
        assert ("OKC-3" in found(make_transfer(stranger, tickets, lumen, consideration=consideration))) is expected

    def test_does_not_matter_where_nobody_does(self, stranger, tickets, cloudy):
        assert "OKC-3" not in found(make_transfer(stranger, tickets, cloudy, consideration="none"))

    def test_does_not_matter_within_our_own_group(self, stranger, founder, tickets, ours):
        sister = make_organisation("Sister", kind="affiliate")
        make_interest(ours, sister, 100)
        make_position(make_insider(user=founder), sister)
        assert "OKC-3" not in found(make_transfer(stranger, tickets, sister, consideration="none"))


class TestDays:
    """A path is asked for on the day of the transfer and today, and the finding says which day it holds for."""

    @pytest.fixture
    def fact(self, stranger, tickets, cloudy, legal):
        def fact(**dates):
            stake = make_stake(legal, cloudy)
            for name, day in dates.items():
                setattr(stake, name, day)
            stake.save()
            transfer = make_transfer(
                stranger, tickets, cloudy, transferred_on=THE_DAY, consideration="none", executor=legal.person
            )
            return found(transfer)

        return fact

    @pytest.mark.parametrize(
        ("dates", "words"),
        [
            ({}, "for 15 Sep 2014 and for today"),
            ({"ends_on": date(2015, 1, 1)}, "for 15 Sep 2014, not for today"),
            ({"starts_on": date(2020, 1, 1)}, "for today, not for 15 Sep 2014"),
        ],
    )
    def test_are_said(self, fact, dates, words):
        findings = fact(**dates)
        assert words in findings["OKC-4"].detail
        assert words in findings["OKC-3"].detail

    def test_outside_both_nothing_is_found(self, fact):
        findings = fact(starts_on=date(2015, 1, 1), ends_on=clock.today() - timedelta(days=1))
        assert "OKC-4" not in findings

    def test_amounts_are_confidential(self, fact):
        finding = fact()["OKC-4"]
        assert "10 %" in finding.confidential
        assert "%" not in finding.fact + finding.detail

    def test_the_person_does_not_read_it(self, fact, legal):
        assert legal.pk in fact()["OKC-4"].hidden_from


@pytest.mark.parametrize(("outcome", "step"), [("mistaken", "call_mistaken"), ("duplicate", "call_duplicate")])
def test_nothing_is_asked_of_what_was_mistaken_or_told_twice(of_2014, outcome, step, stranger, legal, privacy):
    other = make_transfer(stranger, of_2014.dataset, of_2014.recipient, transferred_on=THE_DAY)
    of_2014.propose(by=legal, note="Looked into.", proposal=outcome, duplicate_of=other.pk)
    getattr(of_2014, step)(by=privacy, note="Looked into.")
    assert found(of_2014) == {}
    assert Finding.objects.about(of_2014).exists()


def test_house_rules_about_transfers_hold_from_the_first_day(of_2014):
    rules = [finding.requirement for finding in found(of_2014).values()]
    assert all(rule.is_adopted and rule.house for rule in rules)
