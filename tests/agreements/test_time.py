"""What time brings to agreements, vendors, people and datasets: the day before shows nothing, the day itself does."""

from datetime import date, timedelta

import pytest

from apps.agreements.models import Agreement
from apps.core import clock
from apps.findings.models import Finding, Requirement, evaluate, reconcile
from apps.vendors.models import InterestDeclaration
from apps.workflow.models import Decision, Review
from tests.factories import make_agreement, make_dataset, make_person, make_vendor, suspend


def facts(record, code):
    """What the checks of a rule find, asked freshly."""
    outcomes = evaluate(type(record).objects.get(pk=record.pk))
    return [outcome.result.fact for outcome in outcomes if outcome.requirement.code == code]


def in_days(days):
    return clock.travel_to(clock.now() + timedelta(days=days))


class TestNotReviewedForAYear:
    @pytest.fixture
    def reviewed(self, requester, cloudy, tickets):
        """In force, and approved on 26 Sep 2025."""
        agreement = make_agreement(requester, cloudy, [tickets], status="active", ends_on=date(2029, 1, 1))
        with clock.travel_to(clock.now().replace(year=2025, month=9, day=26, hour=12)):
            Decision.record(agreement, "approve", ("in_review", "approved"), by=None, note="")
        return agreement

    @pytest.mark.parametrize(
        ("year", "month", "day", "fact"),
        [
            (2026, 9, 26, []),
            (2026, 9, 27, ["“Support desk” was last reviewed on 26 Sep 2025, 12 months ago."]),
            (2026, 11, 25, ["“Support desk” was last reviewed on 26 Sep 2025, 13 months ago."]),
            (2026, 11, 26, ["“Support desk” was last reviewed on 26 Sep 2025, 14 months ago."]),
        ],
    )
    def test_counts_from_the_last_approval(self, reviewed, year, month, day, fact):
        with clock.travel_to(clock.now().replace(year=year, month=month, day=day, hour=12)):
            assert facts(reviewed, "HOUSE-10") == fact

    def test_says_where_no_review_is_known(self, requester, cloudy, tickets):
        agreement = make_agreement(requester, cloudy, [tickets], status="suspended")
        assert facts(agreement, "HOUSE-10") == ["No review of “Support desk” is on record."]

    @pytest.mark.parametrize("status", [status for status in Agreement.Status if status not in Agreement.IN_FORCE])
    def test_is_asked_of_what_is_in_force_only(self, requester, cloudy, tickets, status):
        assert facts(make_agreement(requester, cloudy, [tickets], status=status), "HOUSE-10") == []


class TestEnds:
    @pytest.fixture
    def ends(self, requester, cloudy, tickets):
        return make_agreement(
            requester, cloudy, [tickets], status="active", ends_on=clock.today() + timedelta(days=200)
        )

    @pytest.mark.parametrize(
        ("left", "words"),
        [
            (91, None),
            (90, "within 90 days"),
            (31, "within 90 days"),
            (30, "within 30 days"),
            (8, "within 30 days"),
            (7, "within 7 days"),
            (2, "within 7 days"),
            (1, "within a day"),
            (0, "within a day"),
            (-1, None),
        ],
    )
    def test_soon_says_how_soon(self, ends, left, words):
        with in_days(200 - left):
            found = facts(ends, "HOUSE-11")
        assert found == ([f"“Support desk” ends on {ends.ends_on:%-d %b %Y}, {words}."] if words else [])

    def test_soon_is_one_finding_that_changes_with_the_threshold_only(self, ends):
        for days in range(115, 195, 10):
            with in_days(days):
                reconcile(ends)
        finding = Finding.objects.about(ends).get(requirement__code="HOUSE-11")
        assert finding.history.count() == 2  # 90 days, 30 days

    @pytest.mark.parametrize(("left", "found"), [(0, 0), (-1, 1)])
    def test_passed_is_found_while_it_is_in_force(self, ends, left, found):
        with in_days(200 - left):
            assert len(facts(ends, "HOUSE-12")) == found

    def test_passed_is_not_found_once_it_has_expired(self, ends):
        with in_days(201):
            reconcile(ends)
            ends.expire(by=None)
            reconcile(ends)
        finding = Finding.objects.about(ends).get(requirement__code="HOUSE-12")
        assert finding.status == "resolved"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (91, None),
        (90, "within 90 days"),
        (30, "within 30 days"),
        (7, "within 7 days"),
        (0, "within 7 days"),
        (-1, None),
    ],
)
def test_an_approval_lapses_soon(cloudy, left, words):
    with in_days(300 - left):
        found = facts(cloudy, "HOUSE-13")
    assert found == ([f"The approval of Cloudy lapses on {cloudy.approved_until:%-d %b %Y}, {words}."] if words else [])


class TestDeclarations:
    @pytest.fixture
    def person(self, requester):
        return make_person("A. Marsh", user=requester)

    def declare(self, person):
        declaration = InterestDeclaration(person=person, nothing=True)
        declaration.save()
        return declaration

    def test_never_made_are_asked_for(self, person):
        assert facts(person, "HOUSE-14") == ["A. Marsh has not declared any interests yet, nor that there are none."]

    @pytest.mark.parametrize(
        ("days", "words"), [(334, None), (335, "lapses on"), (365, "lapses on"), (366, "lapsed on"), (900, "lapsed on")]
    )
    def test_last_a_year(self, person, days, words):
        declaration = self.declare(person)
        with in_days(days):
            found = facts(person, "HOUSE-14")
        assert len(found) == (words is not None)
        assert all(f"{words} {declaration.lapses_on:%-d %b %Y}" in fact for fact in found)

    def test_are_asked_of_people_with_an_account_only(self, db):
        assert facts(make_person("Somebody"), "HOUSE-14") == []

    def test_are_not_asked_of_auditors_nor_of_who_left(self, auditor, stranger):
        stranger.is_active = False
        stranger.save()
        assert facts(make_person("Auditor", user=auditor), "HOUSE-14") == []
        assert facts(make_person("Left", user=stranger), "HOUSE-14") == []

    def test_are_heard_of_by_the_person_by_legal_and_by_auditors(self, person, cast):
        reconcile(person)
        seeing = {name for name, user in cast.items() if Finding.objects.visible_to(user).exists()}
        assert seeing == {"requester", "legal", "second_lawyer", "auditor"}
        assert {name for name, user in cast.items() if not person.hides_remarks_from(user)} == seeing

    def test_have_a_page_and_a_row(self, person, legal, sign_in):
        reconcile(person)
        finding = Finding.objects.get()
        assert "A. Marsh has not declared" in sign_in(legal).get(finding.get_absolute_url()).content.decode()
        assert "A. Marsh has not declared" in sign_in(legal).get("/findings/").content.decode()


class TestPromisedRetention:
    @pytest.fixture
    def photos(self, engineer):
        return make_dataset(
            engineer,
            "Profile photos",
            collected_until=date(2014, 12, 31),
            retention_months=24,
            retention_promise="“We delete your photos within 24 months.” Policy of 2012.",
        )

    def test_passed_is_said_with_the_promise(self, photos):
        (outcome,) = [o for o in evaluate(photos) if o.requirement.code == "HOUSE-15"]
        assert outcome.result.fact == (
            "People were told that “Profile photos” is kept 24 months. Collection ended on 31 Dec 2014: where the "
            "24 months began by then, they were over on 31 Dec 2016."
        )
        assert outcome.result.detail == "The promise: “We delete your photos within 24 months.” Policy of 2012."

    @pytest.mark.parametrize(
        ("day", "words"),
        [
            (date(2016, 10, 1), None),
            (date(2016, 10, 2), "they are over on 31 Dec 2016, within 90 days."),
            (date(2016, 12, 31), "they are over on 31 Dec 2016, within 30 days."),
            (date(2017, 1, 1), "they were over on 31 Dec 2016."),
        ],
    )
    def test_is_near_in_the_last_90_days(self, photos, day, words):
        with clock.travel_to(clock.now().replace(year=day.year, month=day.month, day=day.day, hour=12)):
            found = facts(photos, "HOUSE-15")
        assert len(found) == (words is not None)
        assert all(fact.endswith(words) for fact in found)

    @pytest.mark.parametrize("field", ["collected_until", "retention_months"])
    def test_is_not_guessed(self, photos, field):
        setattr(photos, field, None)
        photos.save()
        assert facts(photos, "HOUSE-15") == []

    def test_is_not_asked_of_what_is_retired(self, photos):
        photos.status = "retired"
        photos.save()
        assert facts(photos, "HOUSE-15") == []


class TestReviewPastItsDate:
    @pytest.mark.parametrize(("days", "found"), [(10, 0), (11, 1)])
    def test_counts_from_the_day_after(self, in_review, days, found):
        due = in_review.review.due_on
        with in_days(days):
            expected = [f"The review of “Support desk” was to be decided by {due:%-d %b %Y}."] * found
            assert facts(in_review, "HOUSE-16") == expected

    def test_stands_still_while_a_question_waits(self, in_review, privacy):
        in_review.review.ask(by=privacy, note="Why?")
        with in_days(30):
            assert facts(in_review, "HOUSE-16") == []

    def test_changes_no_vote(self, in_review, legal):
        in_review.review.vote(by=legal, role="Legal", verdict="approve")
        with in_days(30):
            assert facts(in_review, "HOUSE-16")
            (seat, _) = in_review.review.seats()
        assert seat.is_carried

    def test_is_not_asked_once_it_is_decided(self, in_review, legal):
        in_review.review.vote(by=legal, role="Legal", verdict="refuse", reason="No")
        with in_days(30):
            assert facts(in_review, "HOUSE-16") == []

    def test_is_asked_of_vendors_and_datasets_too(self, tickets, engineer, ours):
        vendor = make_vendor("Foggy", status="proposed", owner=engineer)
        tickets.submit(by=engineer)
        vendor.submit(by=engineer)
        assert Review.objects.running().count() == 2
        with in_days(11):
            assert len(facts(tickets, "HOUSE-16")) == len(facts(vendor, "HOUSE-16")) == 1


class TestHouseRuleSuspended:
    def test_is_found_at_once_and_gone_when_it_is_adopted_again(self, legal):
        rule = Requirement.objects.get(code="HOUSE-4")
        rule = suspend(rule)
        finding = Finding.objects.about(rule).get()
        assert finding.fact.startswith("The house rule “Every agreement ends” is suspended until ")
        assert finding.detail == f"Suspended by Legal and Privacy on {clock.today():%-d %b %Y}."
        rule.adopt(by=legal)
        finding.refresh_from_db()
        assert finding.status == "resolved"

    def test_is_not_asked_of_other_rules(self, db):
        rule = Requirement.objects.get(code="GDPR-5-1b")
        assert (rule.status, facts(rule, "HOUSE-17")) == ("proposed", [])

    def test_has_a_page_for_everybody_who_sees_the_rules(self, legal, stranger, sign_in):
        suspend(Requirement.objects.get(code="HOUSE-4"))
        assert sign_in(stranger).get(Finding.objects.get().get_absolute_url()).status_code == 200


def test_none_of_these_rules_stops_a_step(db):
    rules = Requirement.objects.filter(code__in=[f"HOUSE-{number}" for number in range(10, 18)])
    assert [rule.stops for rule in rules] == [[]] * 8
