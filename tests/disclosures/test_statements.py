"""Public statements beside what is on record, and who clears them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import Role
from apps.core import clock
from apps.core.exceptions import Blocked, Conflict
from apps.disclosures.models import PublicStatement, StatementClaim
from apps.findings.models import Finding, evaluate, reconcile
from apps.findings.sweep import sweep
from tests.factories import make_agreement, make_approved, make_stake, make_statement, make_transfer

TEXT = "Then there was nothing. Now there is nothing."
DAY = date(2014, 9, 15)


def say(statement, kind, start=None, end=None):
    claim = StatementClaim(
        statement=statement, kind=kind, period_from=start, period_until=end, sentence="Then there was nothing."
    )
    claim.enter(by=statement.author)
    return claim


def facts(statement):
    return [outcome.result.fact for outcome in evaluate(statement) if outcome.requirement.code == "OKC-5"]


@pytest.fixture
def statement(requester, cloudy):
    return make_statement(requester, cloudy, TEXT)


@pytest.fixture
def moved(stranger, tickets, cloudy):
    """A transfer of 2014 of which everybody may hear."""
    with clock.travel_to(clock.now() - timedelta(days=10)):
        return make_transfer(stranger, tickets, cloudy, transferred_on=DAY)


class TestBesideTheRecord:
    def test_nothing_on_record_fits_everything_denied(self, statement):
        for kind in ("no_agreement", "no_relation", "no_sharing", "no_payment"):
            say(statement, kind)
        assert facts(statement) == []

    def test_a_transfer_in_the_period_contradicts_that_nothing_was_shared(self, statement, moved):
        say(statement, "no_sharing")
        assert facts(statement) == [f"“Then there was nothing.” On record is something else: transfer no. {moved.pk}."]

    def test_a_careful_answer_leaves_the_transfer_out(self, statement, moved):
        say(statement, "no_agreement", date(2014, 1, 1), date(2014, 12, 31))
        say(statement, "no_relation", clock.today(), clock.today())
        assert facts(statement) == [f"The statement leaves out recorded facts: transfer no. {moved.pk}."]

    def test_a_transfer_outside_the_period_is_left_out(self, statement, moved):
        say(statement, "no_sharing", date(2020, 1, 1))
        assert facts(statement) == [f"The statement leaves out recorded facts: transfer no. {moved.pk}."]

    def test_what_is_said_is_not_left_out(self, statement, moved):
        say(statement, "shared", DAY, DAY)
        assert facts(statement) == []

    def test_what_came_after_the_statement_is_not_left_out(self, statement, moved):
        statement.said_on = date(2014, 9, 14)
        statement.save()
        assert facts(statement) == []

    def test_an_agreement_in_force_contradicts_that_there_was_none(self, statement, support, requester, legal, privacy):
        say(statement, "no_agreement")
        assert facts(statement) == []
        support.submit(by=requester)
        support.review.vote(by=legal, role=Role.LEGAL, verdict="approve")
        support.review.vote(by=privacy, role=Role.PRIVACY, verdict="approve")
        support.refresh_from_db()
        support.sign(by=legal, signed_on=clock.today(), signatories="A, B", document_sha256="a" * 64)
        support.activate(by=legal)
        assert facts(statement) == [
            f"“Then there was nothing.” On record is something else: agreement no. {support.pk}."
        ]

    def test_what_they_paid_contradicts_that_they_paid_nothing(self, statement, stranger, tickets, cloudy):
        with clock.travel_to(clock.now() - timedelta(days=10)):
            paid = make_transfer(stranger, tickets, cloudy, consideration="they_pay")
        say(statement, "no_payment")
        say(statement, "shared")
        assert facts(statement) == [f"“Then there was nothing.” On record is something else: transfer no. {paid.pk}."]

    def test_what_only_legal_and_privacy_hear_of_is_not_told(self, statement, stranger, tickets, cloudy):
        make_transfer(stranger, tickets, cloudy, transferred_on=DAY)
        say(statement, "no_sharing")
        assert facts(statement) == []

    def test_is_asked_again_when_facts_change(self, statement, stranger, tickets, cloudy):
        say(statement, "no_sharing")
        reconcile(statement)
        assert not Finding.objects.about(statement).exists()
        with clock.travel_to(clock.now() - timedelta(days=10)):
            make_transfer(stranger, tickets, cloudy, transferred_on=DAY)
        sweep()
        assert Finding.objects.about(statement).get().requirement.code == "OKC-5"


class TestClearance:
    def test_is_given_by_legal_and_privacy(self, statement, requester, legal, privacy):
        say(statement, "no_sharing")
        statement.submit(by=requester)
        statement.review.vote(by=legal, role=Role.LEGAL, verdict="approve")
        statement.review.vote(by=privacy, role=Role.PRIVACY, verdict="approve")
        statement.refresh_from_db()
        assert statement.status == "pre_cleared"
        statement.make(by=privacy)
        assert statement.status == "made"

    def test_is_stopped_by_what_is_on_record(self, statement, moved, requester, legal):
        say(statement, "no_sharing")
        statement.submit(by=requester)
        with pytest.raises(Blocked, match="rules object to the approval"):
            statement.review.vote(by=legal, role=Role.LEGAL, verdict="approve")

    def test_is_asked_again_before_it_is_made(self, statement, moved, requester, legal):
        say(statement, "no_sharing")
        make_approved(statement, requester)
        statement.status = "pre_cleared"
        statement.save()
        with pytest.raises(Blocked, match="rules object to the making of the statement"):
            statement.make(by=legal)

    def test_is_not_asked_for_without_a_word_about_what_it_says(self, statement, requester):
        with pytest.raises(Conflict, match="Enter what the statement says"):
            statement.submit(by=requester)

    def test_is_not_given_by_those_with_a_path_to_the_organisation(self, statement, requester, cloudy, second_lawyer):
        say(statement, "no_sharing")
        statement.submit(by=requester)
        make_stake(second_lawyer, cloudy)
        with pytest.raises(PermissionDenied, match="may not take part"):
            statement.review.vote(by=second_lawyer, role=Role.LEGAL, verdict="approve")

    def test_its_author_does_not_give_it(self, cloudy, legal):
        statement = make_statement(legal, cloudy, TEXT)
        say(statement, "no_sharing")
        statement.submit(by=legal)
        with pytest.raises(PermissionDenied, match="wrote this statement"):
            statement.review.vote(by=legal, role=Role.LEGAL, verdict="approve")

    def test_what_was_said_long_ago_is_recorded_whatever_it_says(self, statement, moved, legal):
        statement.said_on = date(2019, 7, 15)
        statement.save()
        say(statement, "no_sharing")
        statement.record_as_made(by=legal, note="Found among the letters of 2019.")
        assert statement.status == "made"
        assert Finding.objects.about(statement).open().exists()

    def test_what_is_still_to_come_was_not_made(self, statement, legal):
        statement.said_on = clock.today() + timedelta(days=1)
        statement.save()
        with pytest.raises(Conflict, match="that day has not come"):
            statement.record_as_made(by=legal, note="Planned.")


class TestStays:
    @pytest.mark.parametrize(("column", "value"), [("text", "Other."), ("said_on", "2020-01-01"), ("status", "draft")])
    def test_what_was_said_against_sql(self, requester, cloudy, column, value):
        statement = make_statement(requester, cloudy, TEXT, "made")
        sql = f"UPDATE disclosures_publicstatement SET {column} = %s WHERE id = %s"
        with (
            pytest.raises(DatabaseError, match="neither removed nor edited"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, [value, statement.pk])

    def test_what_it_says_is_part_of_what_is_cleared(self, statement, requester):
        claim = say(statement, "no_sharing")
        make_approved(statement, requester)
        with pytest.raises(Conflict):
            claim.remove(by=requester, reason="Wrong.")


class TestHidden:
    def test_the_path_of_the_reader_hides_what_is_found(self, statement, moved, founder, cloudy):
        say(statement, "no_sharing")
        statement.status = "made"
        statement.save()
        make_stake(founder, cloudy)
        statement = PublicStatement.objects.get()
        reconcile(statement)
        assert statement.outcomes_for(founder) == []
        assert not Finding.objects.about(statement).visible_to(founder).exists()

    def test_others_read_numbers_and_no_days(self, statement, moved, stranger):
        say(statement, "no_agreement")
        (outcome,) = evaluate(statement)
        assert "2014" not in outcome.result.fact + outcome.result.detail
        assert "15 Sep 2014" in outcome.result.confidential


def test_an_agreement_of_another_company_says_nothing(statement, requester, engineer, tickets, lumen):
    agreement = make_agreement(requester, lumen, [tickets], sponsor=engineer)
    agreement.status = "active"
    agreement.save()
    say(statement, "no_agreement")
    assert facts(statement) == []
