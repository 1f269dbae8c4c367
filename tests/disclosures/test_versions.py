"""Versions of notices: their steps, their periods, and that what was published stays."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.accounts.models import Role
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.disclosures.models import NoticeVersion
from apps.disclosures.tasks import supersede_notices
from tests.disclosures.conftest import ONLY
from tests.factories import make_approved, make_claim, make_notice, make_version
from tests.roles import triggers_off


def approve(version, legal, privacy):
    version.submit(by=version.author)
    version.review.vote(by=legal, role=Role.LEGAL, verdict="approve")
    version.review.vote(by=privacy, role=Role.PRIVACY, verdict="approve")
    version.refresh_from_db()


def run_sql(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


class TestLifeCycle:
    def test_legal_and_privacy_approve_and_one_of_them_publishes(self, draft, legal, privacy):
        approve(draft, legal, privacy)
        assert draft.status == "approved"
        draft.publish(by=privacy)
        assert draft.status == "published"
        assert draft.published_at is not None

    def test_neither_the_author_nor_the_owner_votes(self, draft, second_lawyer):
        draft.submit(by=second_lawyer)
        with pytest.raises(PermissionDenied, match="You wrote this version and do not decide about it"):
            draft.review.vote(by=second_lawyer, role=Role.LEGAL, verdict="approve")

    def test_an_approved_text_that_was_changed_is_not_published(self, draft, legal, privacy):
        approve(draft, legal, privacy)
        draft.text = f"{draft.text} And one more thing."
        draft.clean()
        draft.save()
        with pytest.raises(Conflict, match="changed after the votes"):
            draft.publish(by=legal)

    def test_claims_are_part_of_what_is_approved(self, draft, legal, privacy):
        make_claim(draft, "affiliate", ONLY, says="only")
        approve(draft, legal, privacy)
        draft.claims.get().delete()
        with pytest.raises(Conflict, match="changed after the votes"):
            draft.publish(by=legal)

    def test_publishing_supersedes_the_version_in_force(self, old, draft, requester, legal):
        make_approved(draft, requester)
        draft.publish(by=legal)
        old.refresh_from_db()
        assert old.status == "superseded"
        assert old.effective_until == clock.today() - timedelta(days=1)

    def test_one_of_the_future_supersedes_on_its_day(self, old, draft, requester, legal, tomorrow):
        draft.effective_from = clock.today() + timedelta(days=1)
        make_approved(draft, requester).publish(by=legal)
        old.refresh_from_db()
        assert old.status == "published"
        with clock.travel_to(tomorrow):
            supersede_notices()
        old.refresh_from_db()
        assert old.status == "superseded"

    def test_an_old_one_is_recorded_late_with_a_word_about_its_source(self, old, draft, requester, legal):
        draft.effective_from = date(2008, 1, 1)
        make_approved(draft, requester)
        with pytest.raises(ValidationError, match="took effect in the past"):
            draft.publish(by=legal)
        draft.publish(by=legal, note="From the archive of the web pages.")
        assert draft.status == "superseded"
        old.refresh_from_db()
        assert old.status == "published"

    def test_another_notice_is_left_alone(self, draft, second_lawyer, requester, legal):
        other = make_version(make_notice(second_lawyer, "Another"))
        make_approved(draft, requester).publish(by=legal)
        other.refresh_from_db()
        assert other.status == "published"

    def test_two_do_not_take_effect_on_one_day(self, old, draft, requester, legal):
        draft.effective_from = old.effective_from
        make_approved(draft, requester)
        with pytest.raises(Conflict, match="took effect on the same day"):
            draft.publish(by=legal, note="From the archive.")

    def test_what_is_not_replaced_is_not_superseded(self, old):
        with pytest.raises(Conflict, match="No later version"):
            old.supersede(by=None)

    def test_an_empty_text_is_not_submitted(self, notice, second_lawyer):
        empty = make_version(notice, text="", status="draft")
        with pytest.raises(ValidationError, match="Enter the text"):
            empty.submit(by=second_lawyer)


class TestPublishedStays:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("text", "Something else"),
            ("sha256", "0" * 64),
            ("effective_from", "2020-01-01"),
            ("label", "other"),
            ("published_at", None),
        ],
    )
    @pytest.mark.parametrize("status", ["published", "superseded"])
    def test_against_sql(self, old, column, value, status):
        old.status = status
        old.save()
        with pytest.raises(DatabaseError, match="neither removed nor edited"):
            run_sql(f"UPDATE disclosures_noticeversion SET {column} = %s WHERE id = %s", value, old.pk)

    def test_its_status_does_not_go_back(self, old):
        with pytest.raises(DatabaseError, match="neither removed nor edited"):
            run_sql("UPDATE disclosures_noticeversion SET status = 'draft' WHERE id = %s", old.pk)

    def test_no_version_is_deleted(self, draft):
        with pytest.raises(DatabaseError, match="neither removed nor edited"):
            run_sql("DELETE FROM disclosures_noticeversion WHERE id = %s", draft.pk)

    def test_a_draft_is_edited(self, draft):
        draft.text = "Another text"
        draft.clean()
        draft.save()
        assert NoticeVersion.objects.get(pk=draft.pk).text == "Another text"

    def test_text_and_digest_always_agree(self, draft):
        with pytest.raises(IntegrityError, match="digest_is_of_the_text"):
            run_sql("UPDATE disclosures_noticeversion SET text = 'Something else' WHERE id = %s", draft.pk)

    def test_even_while_triggers_are_off(self, old):
        with pytest.raises(IntegrityError, match="digest_is_of_the_text"), transaction.atomic(), triggers_off():
            run_sql("UPDATE disclosures_noticeversion SET text = 'Something else' WHERE id = %s", old.pk)


class TestPeriods:
    @pytest.fixture
    def versions(self, notice, old):
        make_version(notice, "2015", effective_from=date(2015, 2, 1))
        make_version(notice, "draft", "Not read yet.", "draft", effective_from=date(2016, 1, 1))
        make_version(notice, "2021", effective_from=date(2021, 1, 15))
        return NoticeVersion.objects.order_by("effective_from")

    @pytest.mark.parametrize(
        ("day", "label"),
        [
            (date(2012, 2, 29), None),
            (date(2012, 3, 1), "2012"),
            (date(2015, 1, 31), "2012"),
            (date(2015, 2, 1), "2015"),
            (date(2021, 1, 14), "2015"),
            (date(2026, 1, 1), "2021"),
        ],
    )
    def test_on_a_day(self, versions, day, label):
        assert list(versions.in_force_on(day).values_list("label", flat=True)) == ([label] if label else [])

    @pytest.mark.parametrize(
        ("start", "end", "labels"),
        [
            (date(2004, 1, 1), date(2012, 3, 1), ["2012"]),
            (date(2004, 1, 1), date(2011, 1, 1), []),
            (date(2014, 1, 1), date(2015, 2, 1), ["2012", "2015"]),
            (date(2022, 1, 1), None, ["2021"]),
            (None, date(2015, 1, 31), ["2012"]),
            (None, None, ["2012", "2015", "2021"]),
        ],
    )
    def test_during_a_period(self, versions, start, end, labels):
        assert list(versions.in_force_during(start, end).values_list("label", flat=True)) == labels

    def test_ends_on_the_day_before_the_next_one(self, versions):
        ends = [date(2015, 1, 31), date(2021, 1, 14), None]
        spoken = versions.spoken()
        assert [version.effective_until for version in spoken.with_periods()] == ends
        assert [version.effective_until for version in spoken] == ends
