"""The admin site: who enters by role, what they see there, and that records change nowhere in it.

Every address is taken from the registry of the site, so that a new model is covered by itself.
"""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.accounts.models import ApiToken, User
from apps.agreements.models import Agreement, Justification
from apps.core import clock
from apps.core.models import SharedValue
from apps.findings.models import Finding, Requirement
from apps.ledger.models import Entry, RedactableField, Salt, StoredResponse, Verification
from apps.notifications.models import Line, Message, NightlyRun
from apps.portal.admin import SINGLE_PEOPLE, site
from apps.portal.visibility import says_who_sees, visible
from apps.vendors.models import Evidence, InterestDeclaration, Statement
from apps.workflow.models import Attachment, Comment, Condition, Decision, Delegation, Redaction, Vote
from tests.factories import (
    make_agreement,
    make_due_diligence,
    make_insider,
    make_organisation,
    make_person,
    make_relation,
    make_stake,
    make_transfer,
    make_user,
    write_ledger,
)

SCHEDULES = {PeriodicTask, CrontabSchedule, IntervalSchedule}
RECORDS = sorted(set(site._registry) - SCHEDULES, key=lambda model: model._meta.label)
LINE = Line(group="Decide", text="What only one person reads.", path="/")
PLACES = ("changelist", "add", "change", "delete", "history")


def address(model, place, pk=None):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{place}"
    return reverse(name, args=[] if place in ("changelist", "add") else [pk or 0])


@pytest.fixture
def records(cast, case, lumen, tickets, legal, requester):
    """A row of every model that nothing else makes."""
    comment = Comment.write(case, by=requester, body="Asked @legal.")
    holder = make_insider("Holder")
    make_relation(holder, make_person("Relative"))
    rows = [
        ApiToken(user=legal, name="reports", digest="secret-digest", expires_at=comment.created_at),
        Attachment(comment=comment, file="attachments/none", name="a.txt", media_type="text/plain", size=1, sha256="x"),
        Delegation(
            person=legal, deputy=cast["second_lawyer"], role="Legal", starts_on="2026-01-01", ends_on="2026-01-02"
        ),
        InterestDeclaration(person=holder, made_on="2026-01-01", nothing=True),
        Justification(agreement=case, text="It is right.", signed_by=cast["independent"], digest="x"),
        Statement(statement_id="s", record_id="r", record_type="person", record_status="new", digest="x"),
    ]
    asked = make_due_diligence(lumen, "open")
    file = {"name": "a.txt", "media_type": "text/plain", "size": 1, "sha256": "x", "file": "attachments/none"}
    rows.append(Evidence(due_diligence=asked, question=asked.questionnaire.questions.first(), **file))
    for row in rows:
        row.on_behalf(None, "test").save()
    Redaction.request(case, "signatories", by=legal, reason="A name.")
    Requirement.objects.get(code="HOUSE-4").suspend(by=legal, note="To be read again.", until=clock.today())
    make_organisation("Registered").identifiers.create(scheme="HRB", value="1")
    vote = Vote.objects.create(
        review=case.review, by=legal, by_name="Legal", role="Legal", verdict="abstain", digest="x", facts="x"
    )
    Condition(vote=vote, text="Encrypt it.").on_behalf(legal, "vote").save()
    Verification.objects.create(by_name="Auditor", finished_at=timezone.now())
    NightlyRun.objects.create()
    Message.queue(requester, Message.Kind.DIGEST, "one", subject="Nothing", lines=[LINE])
    make_transfer(requester, tickets, lumen)
    write_ledger()
    auditor = cast["auditor"]
    found = {model: visible(model, auditor).order_by("-pk").first() or model.objects.first() for model in RECORDS}
    return {model: row for model, row in found.items() if row is not None}


def ask(user, url, body=None, method="get"):
    """What the site answers, without the middleware and without rendering a page: there are hundreds of addresses."""
    request = getattr(RequestFactory(), method)(url, body)
    request.user, request.session, request._dont_enforce_csrf_checks = user, SessionStore(), True
    request._messages = FallbackStorage(request)
    view, args, kwargs = resolve(url)
    try:
        return view(request, *args, **kwargs)
    except PermissionDenied:
        return HttpResponse(status=403)
    except Http404:
        return HttpResponse(status=404)


@pytest.fixture
def answers(records):
    def answers(user):
        """{model: {place: status code}}"""
        return {
            model: {place: ask(user, address(model, place, records[model].pk)).status_code for place in PLACES}
            for model in records
        }

    return answers


class TestWhoEnters:
    def test_somebody_unknown_signs_in_through_the_portals_own_login(self, client, db):
        answer = client.get("/admin/accounts/user/")
        assert (answer.status_code, answer.url) == (302, "/accounts/login/?next=/admin/accounts/user/")

    @pytest.mark.parametrize("name", ["auditor", "administrator"])
    def test_by_role(self, name, cast, sign_in):
        assert sign_in(cast[name]).get("/admin/").status_code == 200

    @pytest.mark.parametrize("name", ["legal", "privacy", "stranger", "executive"])
    def test_nobody_else(self, name, cast, sign_in):
        assert sign_in(cast[name]).get("/admin/").status_code == 403

    def test_a_superuser_without_a_role_gets_nothing(self, superuser, answers):
        assert {code for got in answers(superuser).values() for code in got.values()} == {403}
        assert {ask(superuser, url).status_code for url in ("/admin/", "/admin/jsi18n/", "/admin/ledger/")} == {403}

    def test_without_a_second_factor_the_admin_site_is_closed_too(self, settings, auditor, sign_in):
        settings.REQUIRE_SECOND_FACTOR = True
        assert sign_in(auditor).get("/admin/").url == reverse("mfa_activate_totp")

    def test_its_own_login_logout_and_password_pages_lead_to_the_portals(self, auditor, sign_in):
        client = sign_in(auditor)
        places = {name: client.get(f"/admin/{name}/").url for name in ("login", "logout", "password_change")}
        assert places == {
            "login": "/admin/",
            "logout": "/accounts/logout/",
            "password_change": "/accounts/password/change/",
        }


class TestWhatIsThere:
    def test_every_model_of_ours_but_salts_kept_answers_single_people_and_histories(self):
        ours = {m for m in apps.get_models() if m.__module__.startswith("apps.")}
        histories = {m for m in ours if m.__name__.startswith("Historical")}
        assert set(RECORDS) == ours - histories - {Salt, StoredResponse, RedactableField, SharedValue} - SINGLE_PEOPLE

    def test_nothing_of_others_that_would_go_past_our_rules(self):
        assert set(site._registry) - set(RECORDS) == SCHEDULES

    def test_somebody_has_said_of_each_who_sees_it(self):
        assert [model for model in RECORDS if not says_who_sees(model)] == []

    def test_an_auditor_reads_all_of_it_and_finds_nothing_to_change(self, answers, auditor):
        expected = {"changelist": 200, "add": 403, "change": 200, "delete": 403, "history": 200}
        unlike = {model.__name__: got for model, got in answers(auditor).items() if got != expected}
        # A report is for legal and privacy first.
        assert unlike == {"Transfer": {**expected, "change": 404, "history": 404}}

    @pytest.mark.parametrize("name", ["legal", "stranger"])
    def test_others_have_no_business_there(self, name, answers, cast):
        assert {code for got in answers(cast[name]).values() for code in got.values()} == {403}

    def test_an_administrator_sees_there_what_the_portal_shows_them(self, answers, administrator, records):
        for model, got in answers(administrator).items():
            seen = visible(model, administrator).filter(pk=records[model].pk).exists()
            assert {got["change"], got["history"]} <= ({200} if seen else {403, 404})
            assert (got["add"], got["delete"]) == (302 if model is User else 403, 403)

    def test_what_administrators_do_not_see_by_their_role(self, administrator, records):
        unseen = {
            model.__name__ for model, row in records.items() if not visible(model, administrator).filter(pk=row.pk)
        }
        assert unseen == {
            "Agreement", "AgreementCategory", "AgreementDataset", "AgreementUse", "Attachment", "Comment", "Condition",
            "Finding", "Interest", "InterestDeclaration", "Justification", "Mention", "Redaction", "Relation", "Review",
            "Statement", "Transfer", "Vote", "Decision", "Person", "QuestionnaireAnswer", "DueDiligence", "Evidence",
        }  # fmt: skip


class TestNothingChanges:
    @pytest.mark.parametrize("name", ["auditor", "administrator"])
    def test_no_post_changes_a_record(self, name, cast, records):
        before = fingerprint()
        body = {"action": "delete_selected", "_selected_action": "1", "post": "yes", "status": "approved", "name": "x"}
        for model, row in records.items():
            for place in PLACES:
                ask(cast[name], address(model, place, row.pk), {**body, "_selected_action": row.pk}, "post")
        write_ledger()
        assert fingerprint() == before

    def test_an_auditor_changes_no_schedule_either(self, auditor, schedule):
        before = CrontabSchedule.objects.count(), IntervalSchedule.objects.count()
        for model, pk in ((PeriodicTask, schedule.pk), (CrontabSchedule, schedule.crontab_id), (IntervalSchedule, 1)):
            for place in PLACES:
                ask(auditor, address(model, place, pk), {"enabled": "", "every": "1", "period": "days"}, "post")
        assert (CrontabSchedule.objects.count(), IntervalSchedule.objects.count()) == before
        schedule.refresh_from_db()
        assert schedule.enabled

    def test_there_are_no_bulk_actions(self, rf, administrator):
        request = rf.get("/")
        request.user = administrator
        assert {shown for admin in site._registry.values() for shown in admin.get_actions(request)} == set()


def fingerprint():
    """How many rows everything has, and what the records say."""
    counts = {model._meta.label: model._default_manager.count() for model in apps.get_models()}
    counts.pop("sessions.Session")
    return counts, sorted(map(str, Agreement.objects.values_list())), sorted(map(str, User.objects.values_list()))


class TestSecrets:
    def test_what_somebody_is_told_by_mail_is_theirs(self, auditor, sign_in, records):
        page = sign_in(auditor).get(address(Message, "change", records[Message].pk))
        assert page.status_code == 200
        assert LINE["text"].encode() not in page.content

    def test_neither_password_nor_digest_is_shown(self, auditor, sign_in, records, legal):
        client = sign_in(auditor)
        pages = [
            client.get(address(User, "change", legal.pk)),
            client.get(address(ApiToken, "change", records[ApiToken].pk)),
            client.get(address(ApiToken, "history", records[ApiToken].pk)),
        ]
        for page in pages:
            assert page.status_code == 200
            assert b"secret-digest" not in page.content
            assert legal.password.encode() not in page.content

    @pytest.mark.parametrize(
        ("model", "lookup"),
        [(ApiToken, "digest__startswith"), (User, "password__startswith"), (Finding, "confidential__contains")],
    )
    def test_nor_can_be_guessed_letter_by_letter(self, model, lookup, administrator, sign_in):
        assert sign_in(administrator).get(address(model, "changelist"), {lookup: "a"}).status_code == 400

    def test_only_those_who_see_interests_read_amounts(self, case, administrator, sign_in):
        owner, reader = make_user("owner", "Administrator"), make_user("reader", "Auditor")
        finding = Finding.objects.about(case).exclude(confidential="").first()
        case.business_owner = owner
        case.on_behalf(None, "test").save()
        shown = {}
        for user in (owner, reader):
            page = sign_in(user).get(address(Finding, "change", finding.pk))
            assert page.status_code == 200
            shown[str(user)] = finding.confidential[:30] in page.content.decode()
        assert shown == {"Owner": False, "Reader": True}


class TestAPathOfInterests:
    """An auditor with a path to the recipient reads no remarks about it in the admin site either."""

    @pytest.fixture
    def reader(self, case, lumen):
        reader = make_user("profits", "Auditor")
        make_stake(reader, lumen, 20)
        return User.objects.get(pk=reader.pk)

    @pytest.mark.parametrize("model", [Comment, Decision, Vote, Condition, Attachment, Redaction, Justification])
    def test_hides_what_people_wrote(self, model, records, reader, auditor):
        about = records[model]
        assert visible(model, auditor).filter(pk=about.pk).exists()
        assert not visible(model, reader).filter(pk=about.pk).exists()

    def test_hides_findings(self, case, reader):
        assert not visible(Finding, reader).filter(object_id=case.pk).exists()

    def test_hides_the_reasons_in_the_history(self, case, reader, sign_in, legal):
        case.on_behalf(legal, "Looks odd to me").save()
        page = sign_in(reader).get(address(Agreement, "history", case.pk))
        assert page.status_code == 200
        assert b"Looks odd" not in page.content

    def test_leaves_everything_else(self, support, reader, requester):
        comment = Comment.write(support, by=requester, body="Fine.")
        assert visible(Comment, reader).filter(pk=comment.pk).exists()


class TestHistory:
    def test_shows_before_and_after_with_who_and_why(self, support, requester, auditor, sign_in):
        support.title = "Support desk, renewed"
        support.on_behalf(requester, "A better name").save()
        page = sign_in(auditor).get(address(Agreement, "history", support.pk)).content.decode()
        assert "<del>Support desk</del>" in page
        assert "<ins>Support desk, renewed</ins>" in page
        assert "Requester" in page
        assert "A better name" in page

    def test_costs_as_much_for_a_long_history_as_for_a_short_one(self, support, requester, auditor, sign_in):
        client = sign_in(auditor)

        url = address(Agreement, "history", support.pk)
        queries_of(client, url)
        few = queries_of(client, url)
        for number in range(10):
            support.title = f"Title {number}"
            support.on_behalf(requester, "edit").save()
        assert queries_of(client, url) == few


class TestLists:
    MOST = 12

    def test_cost_a_bounded_number_of_queries_however_many_rows(self, records, auditor, grow):
        self.queries_of(auditor, Decision)  # what is asked once: roles, kinds of records
        few = {model: self.queries_of(auditor, model) for model in RECORDS}
        grow()
        assert {model: self.queries_of(auditor, model) for model in RECORDS} == few
        assert {model: count for model, count in few.items() if count > self.MOST} == {}

    def queries_of(self, user, model):
        with CaptureQueriesContext(connection) as captured:
            ask(user, address(model, "changelist")).render()
        return len(captured)

    @pytest.fixture
    def grow(self, requester, engineer, lumen, tickets):
        def grow():
            for number in range(4):
                make_agreement(requester, lumen, [tickets], title=f"More {number}", sponsor=engineer).submit(
                    by=requester
                )
                make_user(f"more{number}", "Engineer")
            write_ledger()

        return grow

    @pytest.mark.parametrize("words", ["%", "a\x00b", "x" * 5000])
    def test_take_any_words_to_search_for(self, words, auditor):
        answers = {model: ask(auditor, address(model, "changelist"), {"q": words}) for model in site._registry}
        assert {model for model, page in answers.items() if page.status_code not in (200, 302)} == set()
        assert all(list(page.context_data["cl"].result_list) is not None for page in answers.values())

    def test_find_entries_by_who_made_them(self, support, requester, auditor, sign_in):
        write_ledger()
        page = sign_in(auditor).get(address(Entry, "changelist"), {"q": "Requester"})
        actors = {entry.actor for entry in page.context["cl"].result_list}
        assert actors == {f"user {requester.pk}"}

    def test_filter_entries_by_kind_of_record(self, support, auditor, sign_in):
        write_ledger()
        table = Agreement.history.model._meta.db_table
        page = sign_in(auditor).get(address(Entry, "changelist"), {"table": table})
        assert {entry.table_name for entry in page.context["cl"].result_list} == {table}


def queries_of(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.fixture
def schedule(db):
    crontab = CrontabSchedule.objects.create(minute="0", hour="3")
    PeriodicTask.objects.all().delete()
    return PeriodicTask.objects.create(name="Nightly", task="apps.ledger.tasks.verify_nightly", crontab=crontab)


class TestSchedules:
    def test_an_administrator_switches_one_off(self, schedule, administrator, sign_in):
        body = {"crontab": schedule.crontab_id, "task": "os.system", "name": "Other"}
        answer = sign_in(administrator).post(address(PeriodicTask, "change", schedule.pk), body)
        assert answer.status_code == 302
        schedule.refresh_from_db()
        assert (schedule.enabled, schedule.name) == (False, "Nightly")

    def test_who_changed_one_and_what_it_was_before_stays_on_the_record(self, schedule, administrator, sign_in):
        client = sign_in(administrator)
        client.post(address(PeriodicTask, "change", schedule.pk), {"crontab": schedule.crontab_id})
        page = client.get(address(PeriodicTask, "history", schedule.pk)).content.decode()
        assert "<b>Administrator</b> changed this record" in page
        assert "<del>yes</del>" in page

    def test_one_that_somebody_changed_meanwhile_is_not_overwritten(self, schedule, administrator, sign_in):
        url, client = address(PeriodicTask, "change", schedule.pk), sign_in(administrator)
        opened = client.get(url).context["adminform"].form["seen"].value()
        schedule.enabled = False
        schedule.save()
        answer = client.post(url, {"crontab": schedule.crontab_id, "enabled": "on", "seen": opened})
        assert (answer.status_code, "It now says Enabled: no" in answer.content.decode()) == (409, True)
        schedule.refresh_from_db()
        assert not schedule.enabled

    def test_nobody_names_another_task(self, schedule, administrator, sign_in):
        body = {"crontab": schedule.crontab_id, "enabled": "on", "task": "os.system", "args": '["x"]'}
        sign_in(administrator).post(address(PeriodicTask, "change", schedule.pk), body)
        schedule.refresh_from_db()
        assert (schedule.task, schedule.args) == ("apps.ledger.tasks.verify_nightly", "[]")

    def test_nobody_adds_or_removes_one(self, schedule, administrator, sign_in):
        client = sign_in(administrator)
        assert client.post(address(PeriodicTask, "add"), {"name": "x"}).status_code == 403
        assert client.post(address(PeriodicTask, "delete", schedule.pk), {"post": "yes"}).status_code == 403

    def test_an_auditor_reads_them(self, schedule, auditor, sign_in):
        page = sign_in(auditor).get(address(PeriodicTask, "changelist"))
        assert b"Nightly" in page.content

    @pytest.mark.parametrize(
        ("days_ago", "enabled", "says"),
        [(5, True, "Late"), (0, True, "On time"), (5, False, "Switched off"), (None, True, "Has not had to run yet")],
    )
    def test_says_whether_one_is_late(self, days_ago, enabled, says, schedule, auditor, sign_in):
        last = None if days_ago is None else timezone.now() - timedelta(days=days_ago)
        PeriodicTask.objects.filter(pk=schedule.pk).update(last_run_at=last, enabled=enabled)
        assert says in sign_in(auditor).get(address(PeriodicTask, "changelist")).content.decode()


def test_no_page_carries_script_or_style_in_itself(records, administrator, auditor, schedule):
    """The content security policy forbids both."""
    urls = [address(model, place, row.pk) for model, row in records.items() for place in ("changelist", "change")]
    answers = {url: ask(auditor, url) for url in urls}
    pages = {url: page.render().content.decode() for url, page in answers.items() if page.status_code == 200}
    assert len(pages) > len(RECORDS)
    urls = [address(PeriodicTask, "change", schedule.pk), address(CrontabSchedule, "add"), "/admin/"]
    pages |= {url: ask(administrator, url).render().content.decode() for url in urls}
    inline = re.compile(r"<style|\son[a-z]+=|\sstyle=|<script(?![^>]*\ssrc=)")
    assert {url: found for url, html in pages.items() if (found := inline.findall(html))} == {}
