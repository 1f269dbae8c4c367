"""One list of what waits for whom: alike on Home, in the badge, in the mail and in the API; gone when it is done."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role, RoleGrant, User
from apps.core import clock
from apps.notifications.digest import Records, queue_digest
from apps.notifications.models import Message
from apps.notifications.work import tasks_of
from apps.workflow.models import Comment, Mention
from tests.api_cast import api_of
from tests.everywhere import Answer
from tests.factories import (
    make_agreement,
    make_due_diligence,
    make_insider,
    make_interest,
    make_role,
    make_vendor,
)


def whats(user):
    """What waits for the user, as if signed in anew."""
    return [task.what for task in tasks_of(User.objects.get(pk=user.pk))]


def task_of(user, what):
    return next(task for task in tasks_of(User.objects.get(pk=user.pk)) if task.what == what)


def said(response):
    return Answer.of(response).words


@pytest.mark.parametrize("name", ["legal", "requester", "privacy", "administrator"])
def test_home_badge_mail_and_api_count_the_same(name, case, cast, sign_in, administrator, legal):
    Comment.write(case, by=legal, body="@requester and @privacy, please look.")
    case.review.ask(by=legal, note="Who gains?")
    user = cast[name]
    page = sign_in(user).get("/").content.decode()
    rows = page.count('data-label="Asked by"')
    badge = re.search(r"(\d+)<span", said_raw(sign_in(user).get("/work/count/")))
    queue_digest(user, Records(), clock.today())
    mail = Message.objects.filter(recipient=user).first()
    counted = int(re.match(r"\d+", mail.subject)[0]) if mail and mail.subject[0].isdigit() else 0
    assert rows == (int(badge[1]) if badge else 0) == counted == api_of(user).get("work/").data["count"]
    assert rows or name == "administrator"


def said_raw(response):
    return response.content.decode()


def test_twenty_open_reviews_are_within_the_budget_of_home(ours, requester, engineer, legal, tickets, founder, sign_in):
    for number in range(20):
        vendor = make_vendor(f"Vendor {number}")
        if number == 0:
            make_interest(make_insider(user=founder), vendor, 30)
        make_agreement(requester, vendor, [tickets], sponsor=engineer, title=f"A {number}").submit(by=requester)
    client = sign_in(legal)
    client.get("/")
    with CaptureQueriesContext(connection) as captured:
        page = client.get("/").content.decode()
    assert page.count("Decide: ") == 20
    assert len(captured) <= MOST_QUERIES, "\n".join(query["sql"][:150] for query in captured)


MOST_QUERIES = 30


class TestReturned:
    def test_a_request_comes_back_to_requester_and_business_owner_with_the_reason(self, in_review, requester, legal):
        in_review.review.request_changes(by=legal, note="Name the categories.")
        task = task_of(requester, "Change and submit again")
        assert (task.why, task.by, task.name) == ("Name the categories.", str(legal), in_review.title)
        assert "Change and submit again" in whats(in_review.sponsor)
        assert "Change and submit again" not in whats(legal)
        in_review.refresh_from_db()
        in_review.submit(by=requester)
        assert "Change and submit again" not in whats(requester)

    def test_due_diligence_comes_back_to_the_owner_with_the_reason(self, ours, engineer, requester, privacy):
        asked = make_due_diligence(make_vendor(owner=engineer), "open")
        assert task_of(engineer, "Answer the questions").about == asked
        asked.hand_in(by=engineer)
        assert task_of(privacy, "Conclude").by == str(engineer)
        asked.return_answers(by=privacy, note="Say who hosts it.")
        task = task_of(engineer, "Answer again")
        assert (task.why, task.by) == ("Say who hosts it.", str(privacy))
        assert "Conclude" not in whats(privacy)


class TestQuestion:
    def test_home_names_who_asked_and_what(self, in_review, requester, legal, sign_in):
        in_review.review.ask(by=legal, note="Why tickets of 2012?")
        home = said(sign_in(requester).get("/"))
        assert "Why tickets of 2012?" in home
        assert task_of(requester, "Answer a question").by == str(legal)
        in_review.review.answer(by=requester, note="They are kept.")
        assert "Answer a question" not in whats(requester)


class TestMention:
    def test_waits_until_it_is_marked_as_read(self, in_review, legal, privacy, sign_in):
        Comment.write(in_review, by=legal, body="@privacy, please look.")
        mention = Mention.objects.get(user=privacy)
        assert sign_in(legal).post(f"/mentions/{mention.pk}/read/").status_code == 404
        assert "You were mentioned" in whats(privacy)
        sign_in(privacy).post(f"/mentions/{mention.pk}/read/")
        assert "You were mentioned" not in whats(privacy)
        assert mention.history.latest().history_user == privacy

    def test_or_answered_in_the_thread(self, in_review, legal, privacy):
        Comment.write(in_review, by=legal, body="@privacy, please look.")
        Comment.write(in_review, by=privacy, body="Seen.")
        assert "You were mentioned" not in whats(privacy)

    def test_of_nobody_is_refused_with_the_nearest_name_and_keeps_the_text(self, in_review, legal, sign_in):
        sent = {"comment-body": "@privcy, please look."}
        page = sign_in(legal).post(f"{in_review.get_absolute_url()}comment/", sent)
        assert page.status_code == 422
        assert "Nobody here is called @privcy. Did you mean @privacy" in said(page)
        assert "@privcy, please look." in page.content.decode()
        assert not Comment.objects.exists()

    def test_of_nobody_is_refused_in_the_api_too(self, in_review, legal):
        sent = {"subject_kind": "agreement", "subject_id": in_review.pk, "body": "@nobody_here"}
        answer = api_of(legal).post("comments/", sent)
        assert answer.status_code == 400
        assert "Nobody here is called @nobody_here." in answer.json()["fields"]["body"][0]


class TestPeopleLeave:
    """The only holders of a role leave while a request is open, and others come after them."""

    @pytest.fixture
    def successor(self, in_review, legal, second_lawyer, administrator):
        for lawyer in (legal, second_lawyer):
            for grant in lawyer.grants.current():
                grant.end(by=administrator)
        return make_role(User.objects.get(email="stranger@example.org"), Role.LEGAL)

    def test_home_asks_only_those_to_decide_who_can(self, successor, legal, independent):
        assert "Decide" not in whats(successor)
        assert "Decide" not in whats(legal)
        assert "Decide" in whats(independent)

    def test_the_sheet_says_what_to_do(self, successor, in_review, sign_in):
        sheet = said(sign_in(successor).get(f"{in_review.get_absolute_url()}review/"))
        assert "An independent reviewer does, or the requester withdraws the request and submits it again" in sheet

    def test_the_requester_hears_when_nobody_at_all_can_decide(self, successor, in_review, independent, requester):
        RoleGrant.objects.get(user=independent).end(by=User.objects.get(email="administrator@example.org"))
        assert "withdraws the request and submits it again" in task_of(requester, "Nobody can decide").why
        in_review.review.withdraw(by=requester, note="Anew.")
        in_review.refresh_from_db()
        in_review.submit(by=requester)
        assert "Nobody can decide" not in whats(requester)
        assert "Decide" in whats(successor)

    def test_who_grants_roles_hears_of_one_that_nobody_holds(self, in_review, legal, second_lawyer, administrator):
        for lawyer in (legal, second_lawyer):
            lawyer.close(by=administrator)
        assert "Grant a role" in whats(administrator)


def test_a_mail_names_a_record_by_the_number_its_page_shows(in_review, legal, sign_in):
    number = f"Agreement no. {in_review.pk}"
    assert number in task_of(legal, "Decide").in_mails
    assert number in said(sign_in(legal).get(in_review.get_absolute_url()))
    assert in_review.title in said(sign_in(legal).get("/search/", {"q": number}))


def test_a_filled_seat_waits_for_nobody_else(in_review, legal, second_lawyer, privacy):
    in_review.review.vote(by=legal, role=Role.LEGAL, verdict="approve")
    assert "Decide" not in whats(second_lawyer)
    assert "Decide" in whats(privacy)
