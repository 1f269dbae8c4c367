"""What holds for every page of the portal: who gets in, who changes something, and that no link leads nowhere."""

import html
import re

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import get_resolver

from apps.agreements.models import Agreement
from apps.ledger.models import Entry
from apps.portal.demo.agreements import CASE
from apps.workflow.models import Comment, Decision
from tests.addresses import ENTRANCES, MODELS, OWN_ACCOUNT, patterns
from tests.databases import PASSWORD
from tests.everywhere import Answer, client_of
from tests.file_doors import PAGE_DOORS, file_inputs
from tests.shown import shown_on_page

# One process asks for each page once, for all of these tests and those that look at the pages in a browser.
pytestmark = [pytest.mark.django_db, pytest.mark.whole, pytest.mark.xdist_group("pages")]
# Something for every field that some form asks for.
ANSWERS = {
    "note": "A reason.",
    "reason": "A reason.",
    "text": "A text.",
    "evidence": "Seen.",
    "comment-body": "A remark.",
    "verdict": "abstain",
    "role": "Legal",
    "signed_on": "2026-01-01",
    "signatories": "Both sides",
    "document_sha256": "0" * 64,
    "proposal": "accepted",
    "title": "Changed",
    "sentence": "Changed",
    "source": "Changed",
    "severity": "low",
    "name": "Changed",
    "kind": "company",
    "field": "fact",
    "starts_on": "2027-01-01",
    "ends_on": "2027-02-01",
}
LISTS = ("agreements", "vendors", "people", "datasets", "findings", "rules", "ledger", "redactions", "users", "mail")


@pytest.fixture(scope="module")
def demo(everywhere, django_db_setup, django_db_blocker):
    """(name, url) of every page. Each test is a savepoint inside the transaction of all of them."""
    with django_db_blocker.unblock(), django_db_setup.entered("everywhere"), transaction.atomic():
        yield everywhere.addresses
        transaction.set_rollback(True)


@pytest.fixture
def as_user(demo):
    return client_of


@pytest.fixture
def everything(demo, everywhere):
    """Every answer that a login gets."""
    return everywhere.told


@pytest.fixture
def case(demo):
    return Agreement.objects.get(title=CASE)


def is_guarded(name):
    return name not in ENTRANCES


def words_of(response):
    return Answer.of(response).words


def test_every_page_has_an_address_here(demo):
    assert {name for name, _ in patterns(get_resolver())} == {name for name, _ in demo}
    assert set(MODELS) <= {name for name, _ in demo}


class TestAnonymous:
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_every_page_leads_to_the_login(self, demo, client, method):
        open_pages = {}
        for name, url in demo:
            answer = getattr(client, method)(url)
            sent_away = answer.status_code == 302 and answer["Location"].startswith(("/accounts/login/", "/account/"))
            if is_guarded(name) and not sent_away and answer.status_code != 405:
                open_pages[url] = answer.status_code
        assert open_pages == {}

    def test_no_entrance_tells_about_records(self, demo, client):
        told = {url for name, url in demo if not is_guarded(name) and "Lumen" in words_of(client.get(url))}
        assert told == set()


class TestAuditor:
    def test_reads_without_a_fault(self, everything):
        # No worker runs beside the tests, and /healthz says so.
        assert {answer.url for answer in everything("auditor") if answer.status >= 500} <= {"/healthz"}

    def test_changes_nothing_anywhere(self, demo, as_user):
        client = as_user("auditor")
        before = counts()
        taken = {}
        for name, url in demo:
            # Verifying is an auditor's work, and leaves its result beside what is recorded.
            if (
                is_guarded(name)
                and name not in {*OWN_ACCOUNT, "portal:verify"}
                and not name.startswith(("account_", "mfa_"))
            ):
                status = client.post(url, ANSWERS | shown_on_page(url)).status_code
                # 409: the record is in another state, which is said before anything else.
                if status not in (403, 404, 405, 409):
                    taken[url] = status
        assert taken == {}
        assert counts() == before
        assert not Decision.objects.filter(by__email="auditor@example.org", refusal="").exists()


def counts():
    """How many rows each table has, without those that say that somebody was refused."""
    left_out = {Decision, Entry, apps.get_model("ledger.Salt"), apps.get_model("sessions.Session")}
    return {model: model._base_manager.count() for model in apps.get_models() if model not in left_out}


@pytest.mark.parametrize("login", ["legal", "requester", "engineer", "auditor", "admin"])
def test_no_link_leads_nowhere(everything, as_user, login):
    client, known = as_user(login), {answer.url: answer.status for answer in everything(login)}
    pages = [answer.text for answer in everything(login) if answer.status == 200 and answer.is_page]
    links = {html.unescape(link) for page in pages for link in re.findall(r'href="(/[^"#]*)', page)}
    links = {link for link in links if not link.startswith("/static/")}
    led_to = {link: known.get(link) or client.get(link).status_code for link in sorted(links)}
    assert {link: status for link, status in led_to.items() if status >= 400} == {}


@pytest.mark.parametrize("login", ["legal", "requester"])
def test_no_page_locks_a_row_while_it_is_read(everything, login):
    """Whoever only opens a form keeps nobody waiting."""
    assert [answer.url for answer in everything(login) if answer.locks] == []


def test_the_doors_for_files_are_known(everything):
    answers = [answer for login in ("legal", "requester", "privacy") for answer in everything(login)]
    doors = (file_inputs(answer.url, answer.text) for answer in answers if answer.status == 200 and answer.is_page)
    assert set().union(*doors) == PAGE_DOORS


class TestConfidential:
    """What the path of interests to the start-up looks like is for legal and auditors."""

    @pytest.mark.parametrize("login", ["requester", "privacy", "independent"])
    def test_amounts_stand_on_no_page_of_others(self, everything, login):
        amount = re.compile(r"\b(40|25|12|4\.8|3) ?%")
        assert {answer.url for answer in everything(login) if amount.search(answer.words)} == set()

    def test_legal_and_auditors_read_them(self, case, as_user):
        for login in ("legal", "auditor"):
            assert "4.8 % in effect" in words_of(as_user(login).get(f"{case.get_absolute_url()}review/"))

    @pytest.fixture
    def founder(self, case, as_user):
        """What the sponsor of the case finds: every page, every list as CSV, and some searches."""
        client = as_user("founder")

        def founder(demo):
            urls = [url for _, url in demo]
            urls += [f"/{name}/?export=csv" for name in LISTS]
            urls += [f"/search/?q={words}" for words in ("sponsor", "justification", "Marsh", "take part")]
            return {url: words_of(client.get(url)) for url in urls}

        return founder

    def test_the_conflicted_sponsor_finds_neither_path_nor_talk(self, demo, case, founder):
        remarks = list(Comment.objects.about(case).values_list("body", flat=True))
        hidden = ["The sponsor, Adrian Marsh", "No independent justification", "4.8 %", *remarks]
        told = {(url, text) for url, page in founder(demo).items() for text in hidden if text in page}
        assert told == set()

    def test_the_conflicted_sponsor_is_not_counted_what_is_hidden(self, case, as_user):
        page = words_of(as_user("founder").get(f"{case.get_absolute_url()}checks/"))
        assert "Checks 13" in page

    def test_who_profits_is_hidden_from_those_who_do(self, case, as_user):
        for login in ("founder", "founder2"):
            assert "Who of us profits" not in words_of(as_user(login).get(case.counterparty.get_absolute_url()))


class TestSearch:
    def test_finds_only_what_is_visible(self, demo, as_user):
        assert "Profile photos for face recognition" in words_of(as_user("requester").get("/search/?q=face"))
        assert "Profile photos for face recognition" not in words_of(as_user("admin").get("/search/?q=face"))

    @pytest.mark.parametrize("words", ["", "%00", "'\"<script>", "x" * 5000, "%25_%5C"])
    def test_takes_any_words(self, demo, as_user, words):
        answer = as_user("legal").get(f"/search/?q={words}")
        assert answer.status_code == 200
        assert b"<script>'" not in answer.content


class TestErrorPages:
    def test_404_is_a_page_of_ours(self, demo, as_user):
        answer = as_user("legal").get("/nowhere/")
        assert answer.status_code == 404
        assert "Nothing is found at this address" in words_of(answer)

    def test_405_is_a_page_of_ours(self, demo, as_user):
        answer = as_user("legal").post("/datasets/")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
        assert "nothing was changed" in words_of(answer)

    def test_409_names_what_stands_in_the_way(self, case, as_user):
        answer = as_user("legal").post(
            f"{case.get_absolute_url()}review/vote/", {"role": "Legal", "verdict": "approve"}
        )
        assert answer.status_code == 409
        assert "Lumen Vision is not an approved vendor." in words_of(answer)

    def test_the_csrf_page_keeps_drafts(self, demo, client):
        client.handler.enforce_csrf_checks = True
        answer = client.post("/accounts/login/", {"login": "legal@example.org", "password": PASSWORD})
        assert answer.status_code == 403
        assert b"data-keep-drafts" in answer.content
