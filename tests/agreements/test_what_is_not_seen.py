"""What somebody is told who does not see every record that it rests on: the same, whatever these say."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from apps.core import clock
from apps.core.exceptions import Blocked
from apps.disclosures.models import StatementClaim
from apps.findings.models import Finding, reconcile
from apps.ledger.models import set_links
from apps.workflow.models import Decision
from tests.api_cast import api_of
from tests.factories import (
    adopt,
    make_agreement,
    make_approved,
    make_claim,
    make_notice,
    make_stake,
    make_statement,
    make_transfer,
    make_version,
)

COVERED, BEFORE = -20, -60


def day(offset):
    return clock.today() + timedelta(days=offset)


@pytest.fixture
def secret(requester, cloudy, tickets):
    """An agreement in force for forty days, which the stranger does not see."""
    with clock.travel_to(clock.now() - timedelta(days=100)):
        made = make_agreement(requester, cloudy, [tickets], title="Secret desk", starts_on=day(50), status="active")
    made.starts_on = day(-50)
    made.save()
    at = timezone.make_aware(datetime.combine(day(-40), time(12)))
    Decision.objects.create(subject=made, transition="activate", to_status="active", by_name="Legal", at=at)
    return made


@pytest.fixture
def tried(secret, stranger, tickets, cloudy):
    """Two reports by the stranger: of a day that the agreement covers, and of one that nothing covers."""
    return [make_transfer(stranger, tickets, cloudy, transferred_on=day(offset)) for offset in (COVERED, BEFORE)]


def alike(text):
    """Without what tells two reports apart: their days and numbers, and what is new on each page."""
    text = re.sub(r'(csrf|name="once")[^>]*value="[^"]*"|x-csrftoken[^}]*}', "", text)
    return re.sub(r"\d+ \w{3} \d{4}|[A-Z][a-z]+ \d{1,2}, \d{4}|\d[\d:,.]*", "#", text)


class TestCoverOfATransfer:
    """The reporter learns nothing of the agreement by trying days."""

    def test_is_not_told_to_the_reporter_by_page(self, tried, stranger, sign_in):
        pages = []
        for transfer in tried:
            for tab in ("", "checks/", "history/"):
                page = sign_in(stranger).get(f"{transfer.get_absolute_url()}{tab}").content.decode()
                assert "Secret desk" not in page
                pages.append(alike(page))
        assert pages[:3] == pages[3:]
        assert "Whether an agreement covers it is open to those only who see all agreements." in pages[0]

    def test_is_not_told_to_the_reporter_by_api(self, tried, stranger):
        api = api_of(stranger)
        for transfer in tried:
            shown = api.get(f"transfers/{transfer.pk}/").json()
            assert [shown[name] for name in ("covered", "covered_by", "not_covered_by")] == [None, None, []]
        assert {row["covered"] for row in api.get("transfers/").json()["results"]} == {None}

    def test_is_no_filter_for_the_reporter(self, tried, stranger, sign_in):
        for value in ("true", "false"):
            assert api_of(stranger).ids("transfers/", covered=value) == set()
        for value in ("yes", "no"):
            assert len(sign_in(stranger).get(f"/transfers/?cover={value}").context["table"].rows) == 0

    def test_is_in_no_finding_column_badge_or_export_of_the_reporter(self, tried, stranger, sign_in):
        seen = [
            {(f.requirement.code, f.severity) for f in Finding.objects.about(transfer).visible_to(stranger)}
            for transfer in tried
        ]
        assert seen[0] == seen[1]
        export = b"".join(sign_in(stranger).get("/transfers/?export=csv").streaming_content).decode()
        assert len({alike(row) for row in export.splitlines()[1:]}) == 1
        assert api_of(stranger).get("findings/", requirement__code="OKC-1").json()["count"] == 0

    @pytest.mark.parametrize("member", ["legal", "privacy", "dpo", "auditor", "engineer"])
    def test_is_told_to_those_who_see_every_agreement(self, tried, secret, cast, member, sign_in):
        with clock.travel_to(clock.now() + timedelta(days=7)):
            api, client = api_of(cast[member]), sign_in(cast[member])
            covered, uncovered = (api.get(f"transfers/{transfer.pk}/").json() for transfer in tried)
            assert (covered["covered"], covered["covered_by"]) == (True, secret.pk)
            assert (uncovered["covered"], uncovered["not_covered_by"][0]["agreement"]) == (False, secret.pk)
            assert "Secret desk" in client.get(tried[0].get_absolute_url()).content.decode()
            assert "Nothing on record." in client.get(tried[1].get_absolute_url()).content.decode()
            assert api.ids("transfers/", covered="true") == {tried[0].pk}
            assert api.get("findings/", requirement__code="OKC-1").json()["count"] == 1

    def test_is_told_of_the_agreements_that_the_reporter_sees(self, secret, requester, tickets, cloudy, sign_in):
        covered, before = (make_transfer(requester, tickets, cloudy, transferred_on=day(d)) for d in (COVERED, BEFORE))
        assert api_of(requester).get(f"transfers/{covered.pk}/").json()["covered_by"] == secret.pk
        told = api_of(requester).get(f"transfers/{before.pk}/").json()
        assert (told["covered"], told["not_covered_by"][0]["agreement"]) == (None, secret.pk)
        assert "Secret desk</a> was put in force" in sign_in(requester).get(before.get_absolute_url()).content.decode()

    def test_names_no_other_report_to_somebody_who_does_not_see_it(self, tried, requester, legal, privacy, sign_in):
        first = tried[1]
        second = make_transfer(requester, first.dataset, first.recipient, transferred_on=first.transferred_on)
        second.propose(by=legal, note="Read.", proposal="duplicate", duplicate_of=first.pk)
        second.call_duplicate(by=privacy)
        assert api_of(requester).get(f"transfers/{second.pk}/").json()["duplicate_of"] is None
        page = sign_in(requester).get(second.get_absolute_url()).content.decode()
        assert first.get_absolute_url() not in page
        assert "The same is told in another report." in page
        assert api_of(legal).get(f"transfers/{second.pk}/").json()["duplicate_of"] == first.pk


class TestDraftOfAStatement:
    """Its author asks by claims what is on record of which days."""

    @pytest.fixture
    def asked(self, secret, stranger, cloudy):
        """The same sentence about a time with the agreement, and about one without."""
        statements = []
        for start, end in ((day(-30), day(-10)), (day(-90), day(-70))):
            statement = make_statement(stranger, cloudy)
            claim = StatementClaim(
                statement=statement, kind="no_agreement", period_from=start, period_until=end, sentence=statement.text
            )
            claim.enter(by=stranger)
            reconcile(statement)
            statements.append(statement)
        return statements

    def test_tells_its_author_nothing_of_what_is_on_record(self, asked, secret, stranger, sign_in):
        pages = []
        for statement in asked:
            for tab in ("", "checks/", "review/"):
                page = sign_in(stranger).get(f"{statement.get_absolute_url()}{tab}").content.decode()
                assert not re.search(rf"agreement (no\. )?{secret.pk}\b", page)
                pages.append(alike(page))
        assert pages[:3] == pages[3:]
        assert "that you see. Legal and privacy compare it with all" in pages[0]
        assert api_of(stranger).get("findings/").json()["count"] == 0

    @pytest.mark.parametrize("member", ["legal", "privacy"])
    def test_tells_those_who_clear_it(self, asked, secret, cast, member, sign_in):
        page = sign_in(cast[member]).get(f"{asked[0].get_absolute_url()}checks/").content.decode()
        assert f"agreement no. {secret.pk}" in page
        assert "Contradicted" in sign_in(cast[member]).get(asked[0].get_absolute_url()).content.decode()
        assert api_of(cast[member]).get("findings/").json()["count"] == 1

    def test_tells_its_author_of_what_the_author_sees(self, secret, requester, cloudy, sign_in):
        statement = make_statement(requester, cloudy)
        StatementClaim(statement=statement, kind="no_agreement", sentence=statement.text).enter(by=requester)
        page = sign_in(requester).get(statement.get_absolute_url()).content.decode()
        assert "Contradicted by what is on record, as far as you see it" in page
        assert "Secret desk" in page


class TestDraftOfANotice:
    @pytest.fixture
    def draft(self, secret, stranger, tickets):
        notice = make_notice(stranger)
        set_links(tickets.notice_links, "notice", [notice], by=stranger)
        draft = make_version(notice, "never", "We never share.", "draft", effective_from=clock.today())
        make_claim(draft, "service_provider", "We never share.", says="never")
        reconcile(draft)
        return draft

    def test_tells_legal_and_not_its_author_what_is_in_force(self, draft, secret, stranger, legal, sign_in):
        words = f"Agreement no. {secret.pk} is in force"
        assert words not in sign_in(stranger).get(f"{draft.get_absolute_url()}checks/").content.decode()
        assert api_of(stranger).get("findings/").json()["count"] == 0
        assert words in sign_in(legal).get(f"{draft.get_absolute_url()}checks/").content.decode()
        assert api_of(legal).get("findings/", requirement__code="HOUSE-22").json()["count"] == 1


class TestHoldOfADataset:
    def test_numbers_no_transfer_to_those_who_do_not_see_it(self, tried, tickets, stranger, requester, engineer, legal):
        with clock.travel_to(clock.now() + timedelta(days=7)):
            reconcile(tickets)
            for member, count in ((stranger, 0), (requester, 0), (engineer, 1), (legal, 1)):
                found = [o for o in tickets.outcomes_for(member) if o.requirement.code == "OKC-1-HOLD"]
                assert len(found) == count
                assert api_of(member).get("findings/", requirement__code="OKC-1-HOLD").json()["count"] == count


class TestRefusal:
    """How many rules object is not counted for somebody who may not read what they say."""

    @pytest.fixture
    def held(self, tickets, of_2014, second_lawyer, lumen):
        """A dataset held for a transfer to a company in which the lawyer has an interest."""
        make_stake(second_lawyer, lumen)
        of_2014.withheld_from = [*of_2014.withheld_from, second_lawyer.pk]
        of_2014.save()
        adopt("OKC-1-HOLD")
        make_approved(tickets, tickets.owner)
        return tickets

    def test_says_that_the_reasons_are_not_open(self, held, second_lawyer, sign_in):
        with clock.travel_to(clock.now() + timedelta(days=7)):
            answer = api_of(second_lawyer).post(f"datasets/{held.pk}/transitions/retire/", {"note": "Old."})
            page = sign_in(second_lawyer).post(f"{held.get_absolute_url()}do/retire/", {"note": "Old."})
        words = "Adopted rules object to the retirement. The reasons are not open to you; ask legal or privacy."
        assert answer.json() == {"detail": words, "facts": []}
        assert (page.status_code, page.context["obstacle"]) == (409, {"words": words, "facts": []})

    def test_counts_for_those_who_read_them(self, held, privacy):
        with clock.travel_to(clock.now() + timedelta(days=7)):
            answer = api_of(privacy).post(f"datasets/{held.pk}/transitions/retire/", {"note": "Old."}).json()
        assert answer["detail"] == "1 adopted rule objects to the retirement."
        assert len(answer["facts"]) == 1
        assert Decision.objects.about(held).latest("pk").refusal == "Adopted rules object to the retirement."

    def test_counts_only_what_one_reads(self):
        blocked = Blocked("approval", [("About you.", lambda user: user != "you"), ("No end date.", lambda user: True)])
        assert (blocked.words_for("you"), blocked.facts_for("you")) == (
            "1 adopted rule objects to the approval.",
            ["No end date."],
        )
        assert blocked.words_for("me") == "2 adopted rules object to the approval."
