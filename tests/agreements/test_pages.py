"""Requests and agreements as people ask for, list and edit them."""

import csv
from datetime import timedelta

import pytest

from apps.agreements.models import Agreement
from apps.core import clock
from tests.factories import adopt, make_agreement, make_stake, make_vendor


@pytest.fixture
def listed(sign_in):
    """The titles on the list, as somebody finds them."""

    def listed(user, **query):
        page = sign_in(user).get("/agreements/", query)
        assert page.status_code == 200
        return {row.record.title for row in page.context["table"].page.object_list}

    return listed


@pytest.fixture
def exported(sign_in):
    def exported(user, **query):
        answer = sign_in(user).get("/agreements/", {"export": "csv", **query})
        return list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))

    return exported


@pytest.fixture
def hosting(executive, cloudy, tickets):
    """A draft of somebody else, with another vendor."""
    return make_agreement(executive, make_vendor("Rainy"), [tickets], title="Hosting", type="joint_controller")


@pytest.fixture
def answers(support):
    """What the form of a new request is filled in with."""
    return {
        "title": "New request",
        "type": "processor",
        "our_entity": support.our_entity_id,
        "counterparty": support.counterparty_id,
        "purpose": "They answer.",
        "datasets": [dataset.pk for dataset in support.datasets.all()],
        "categories": [category.pk for category in support.categories.all()],
        "uses": [use.pk for use in support.uses.all()],
        "consideration": "none",
        "may_train": "no",
        "may_derive": "no",
        "onward_transfer": "no",
        "starts_on": clock.today(),
        "ends_on": clock.today() + timedelta(days=30),
    }


class TestList:
    def test_shows_what_is_visible(self, listed, support, hosting, requester, stranger, legal, engineer):
        assert listed(requester) == {"Support desk"}
        assert listed(stranger) == set()
        assert listed(legal) == {"Support desk", "Hosting"}
        assert listed(engineer) == {"Support desk", "Hosting"}, "the data are the engineer's"

    def test_is_filtered(self, listed, support, hosting, legal):
        assert listed(legal, q="host") == {"Hosting"}
        assert listed(legal, recipient="cloud") == {"Support desk"}
        assert listed(legal, type="joint_controller") == {"Hosting"}
        assert listed(legal, status="active") == set()

    def test_refuses_a_filter_that_it_does_not_know(self, support, legal, sign_in):
        page = sign_in(legal).get("/agreements/", {"status": "nonsense"})
        assert page.status_code == 400
        assert support.title not in page.text

    def test_says_which_filters_are_in_use(self, support, legal, sign_in):
        page = sign_in(legal).get("/agreements/?status=draft&q=desk").content.decode()
        assert "Take away the filter" in page
        assert "?q=desk" in page

    @pytest.mark.parametrize("query", ["page=999", "per_page=100", "sort=-title"])
    def test_takes_what_it_knows(self, support, legal, sign_in, query):
        assert sign_in(legal).get(f"/agreements/?{query}").status_code == 200

    def test_of_nothing_says_what_to_do(self, stranger, sign_in):
        page = sign_in(stranger).get("/agreements/").content
        assert b"You have no agreement or request yet." in page
        assert b"Ask to share data" in page

    def test_sends_the_rows_alone_to_htmx(self, support, legal, sign_in):
        client = sign_in(legal)
        rows = client.get("/agreements/", headers={"HX-Request": "true"})
        assert b"<html" not in rows.content
        assert b"Support desk" in rows.content
        assert "HX-Request" in rows["Vary"]
        again = client.get("/agreements/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
        assert b"<html" in again.content


class TestExport:
    def test_holds_what_is_listed(self, exported, support, hosting, requester, legal):
        assert [row[0] for row in exported(requester)] == ["Title", "Support desk"]
        assert [row[0] for row in exported(legal, q="host")] == ["Title", "Hosting"]

    def test_holds_words_and_no_markup(self, exported, case, legal):
        names, row = exported(legal)
        told = dict(zip(names, row, strict=True))
        assert (told["Status"], told["Worst finding"]) == ("In review", "Critical")

    def test_holds_all_that_the_page_tells(self, exported, support, legal):
        names, row = exported(legal)
        told = dict(zip(names, row, strict=True))
        assert told["Type"] == support.get_type_display()
        assert told["Datasets"] == "Tickets"
        assert told["Uses"] == ", ".join(str(use) for use in support.uses.all())
        assert told["Address"].endswith(support.get_absolute_url())

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_quotes_what_a_spreadsheet_would_run(self, exported, support, requester, start):
        support.title = f'{start}HYPERLINK("http://evil.example")'
        support.on_behalf(requester, "edit").save()
        (_, row) = exported(requester)
        assert row[0].startswith("'")
        assert "HYPERLINK" in row[0]


class TestVisibility:
    PARTS = ("", "edit/", "history/", "checks/", "review/", "do/submit/", "justify/")

    @pytest.mark.parametrize("part", PARTS)
    def test_every_part_of_an_invisible_one_is_404(self, support, stranger, sign_in, part):
        assert sign_in(stranger).get(f"{support.get_absolute_url()}{part}").status_code == 404

    def test_the_conflicted_sponsor_reads_the_request_without_talk(self, case, founder, requester, legal, sign_in):
        sign_in(requester).post(f"{case.get_absolute_url()}comment/", {"comment-body": "He profits from it."})
        pages = [
            sign_in(founder).get(f"{case.get_absolute_url()}{part}").content
            for part in ("", "checks/", "review/", "history/")
        ]
        for hidden in (b"He profits", b"4.8 %", b"The sponsor, Founder", b"No independent justification"):
            assert not any(hidden in page for page in pages)
        assert b"He profits" in sign_in(legal).get(f"{case.get_absolute_url()}review/").content

    def test_the_conflicted_sponsor_finds_no_finding(self, case, founder, legal, sign_in):
        about = "/findings/?q=may+not+take+part"
        assert "may not take part in decisions" not in sign_in(founder).get(about).content.decode()
        assert "may not take part in decisions" in sign_in(legal).get(about).content.decode()

    def test_refused_attempts_are_hidden_from_the_conflicted(self, case, legal, founder, sign_in):
        adopt("HOUSE-4")
        sign_in(legal).post(f"{case.get_absolute_url()}review/vote/", {"role": "Legal", "verdict": "approve"})
        history = f"{case.get_absolute_url()}history/"
        assert b"tried to approve, and was refused" in sign_in(legal).get(history).content
        assert b"tried to approve, and was refused" not in sign_in(founder).get(history).content


class TestForm:
    def test_makes_a_draft_of_the_requester(self, answers, requester, sign_in):
        answer = sign_in(requester).post("/agreements/new/", answers)
        made = Agreement.objects.get(title="New request")
        assert answer.url == made.get_absolute_url()
        assert (made.requester, made.status) == (requester, "draft")
        assert made.uses.exists()
        assert made.history.latest().history_user == requester

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"title": ""}, "This field is required."),
            ({"ends_on": clock.today() - timedelta(days=1)}, "The last day comes before the first."),
            ({"starts_on": "soon"}, "Enter a valid date."),
            ({"counterparty": "999999"}, "Select a valid choice."),
            ({"datasets": ["999999"]}, "Select a valid choice."),
            ({"delete_within_days": "-1"}, "Ensure this value is greater than or equal to 0."),
        ],
    )
    def test_with_mistakes_keeps_what_was_typed(self, answers, requester, sign_in, wrong, says):
        answer = sign_in(requester).post("/agreements/new/", answers | wrong)
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert b"They answer." in answer.content
        assert not Agreement.objects.filter(title="New request").exists()

    def test_is_not_for_auditors(self, answers, auditor, sign_in):
        assert sign_in(auditor).get("/agreements/new/").status_code == 403
        assert sign_in(auditor).post("/agreements/new/", answers).status_code == 403

    def test_of_a_request_in_review_answers_409(self, in_review, answers, requester, sign_in):
        answer = sign_in(requester).post(f"{in_review.get_absolute_url()}edit/", answers)
        assert answer.status_code == 409
        assert "cannot be edited while it is in review" in answer.content.decode()

    def test_is_for_those_who_ask(self, support, answers, legal, sign_in):
        assert sign_in(legal).post(f"{support.get_absolute_url()}edit/", answers).status_code == 403


class TestStaleEdit:
    @pytest.fixture
    def collide(self, support, answers, requester, engineer, sign_in):
        """Two people open the form, both save: the engineer another purpose and title, the requester these answers."""
        url = f"{support.get_absolute_url()}edit/"
        opened = sign_in(requester).get(url).context
        saved = {name: getattr(support, name) for name in ("title", "purpose", "ends_on")}
        shown = answers | saved | {"revision": opened["revision"], "seen": opened["seen"]}
        assert sign_in(engineer).post(url, shown | {"purpose": "First", "title": "Theirs"}).status_code == 302

        def save(**mine):
            return sign_in(requester).post(url, shown | mine)

        return save

    def test_shows_what_both_changed_by_whom_and_overwrites_nothing(self, support, collide):
        answer = collide(purpose="Second", ends_on="2031-01-01")
        page = answer.content.decode()
        assert answer.status_code == 409
        assert [(r["row"].name, r["row"].by_me, r["row"].by_them) for r in answer.context["conflict"]["rows"]] == [
            ("title", False, True),
            ("purpose", True, True),
            ("ends_on", True, False),
        ]
        assert all(
            words in page for words in ("First", "Second", "Engineer", 'name="keep-purpose"', "Nothing is saved")
        )
        assert "Revision" not in page
        support.refresh_from_db()
        assert support.purpose == "First"

    @pytest.mark.parametrize(("kept", "purpose"), [("mine", "Second"), ("theirs", "First")])
    def test_is_saved_when_what_both_changed_is_chosen(self, support, collide, kept, purpose):
        page = collide(purpose="Second", ends_on="2031-01-01").context
        again = {"revision": page["revision"], "seen": page["seen"], "title": "Theirs", "purpose": "Second"}
        assert collide(**again, ends_on="2031-01-01").status_code == 409
        assert collide(**again, ends_on="2031-01-01", **{"keep-purpose": kept}).status_code == 302
        support.refresh_from_db()
        assert (support.title, support.purpose, str(support.ends_on)) == ("Theirs", purpose, "2031-01-01")

    @pytest.mark.parametrize("revision", ["", "x", None])
    def test_without_its_revision_is_not_saved(self, support, answers, requester, sign_in, revision):
        sent = answers | {"purpose": "Blindly"} | ({} if revision is None else {"revision": revision})
        assert sign_in(requester).post(f"{support.get_absolute_url()}edit/", sent).status_code == 409
        support.refresh_from_db()
        assert support.purpose != "Blindly"


class TestJustification:
    def test_is_signed_by_the_independent_reviewer(self, case, independent, sign_in):
        url = f"{case.get_absolute_url()}justify/"
        assert sign_in(independent).post(url, {"text": " "}).status_code == 422
        assert sign_in(independent).post(url, {"text": "Because."}).status_code == 302
        assert case.justification.signed_by == independent

    def test_is_not_signed_by_others(self, case, legal, sign_in):
        assert sign_in(legal).post(f"{case.get_absolute_url()}justify/", {"text": "Because."}).status_code == 403

    def test_is_not_signed_by_somebody_who_profits(self, case, independent, sign_in):
        make_stake(independent, case.counterparty)
        url = f"{case.get_absolute_url()}justify/"
        assert sign_in(independent).post(url, {"text": "Because."}).status_code == 403
