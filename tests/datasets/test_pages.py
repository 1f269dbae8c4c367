"""Datasets as engineers register and everybody reads them."""

import csv

import pytest

from apps.datasets.models import Dataset
from apps.ledger.models import set_links
from apps.taxonomy.models import DataCategory
from tests.factories import make_claim, make_dataset, make_notice, make_version


@pytest.fixture
def listed(sign_in):
    def listed(user, **query):
        page = sign_in(user).get("/datasets/", query)
        assert page.status_code == 200
        return {row.record.name for row in page.context["table"].page.object_list}

    return listed


class TestList:
    def test_shows_what_is_visible(self, listed, tickets, engineer, legal, stranger):
        assert listed(engineer) == {"Tickets"}
        for user in (legal, stranger):
            assert listed(user) == set(Dataset.objects.visible_to(user).values_list("name", flat=True))

    def test_is_filtered(self, listed, tickets, engineer):
        make_dataset(engineer, "Photos", categories=("user.content.self_image",))
        image = DataCategory.objects.get(key="user.content.self_image")
        assert listed(engineer, categories=image.pk) == {"Photos"}
        assert listed(engineer, q="tick") == {"Tickets"}
        assert listed(engineer, status="retired") == set()

    def test_export_quotes_formulas(self, engineer, sign_in):
        make_dataset(engineer, "@SUM(A1)")
        answer = sign_in(engineer).get("/datasets/?export=csv")
        (_, row) = csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines())
        assert row[0] == "'@SUM(A1)"


class TestForm:
    def test_registers_a_dataset_of_the_engineer(self, engineer, sign_in):
        category = DataCategory.objects.get(key="user.contact.email")
        answer = sign_in(engineer).post(
            "/datasets/new/", {"name": "Logs", "obtained": "unknown", "categories": [category.pk]}
        )
        made = Dataset.objects.get(name="Logs")
        assert answer.url == made.get_absolute_url()
        assert (made.owner, list(made.categories.all())) == (engineer, [category])

    @pytest.mark.parametrize("who", ["requester", "legal", "auditor"])
    def test_is_for_engineers(self, cast, sign_in, who):
        assert sign_in(cast[who]).get("/datasets/new/").status_code == 403
        assert sign_in(cast[who]).post("/datasets/new/", {"name": "Logs"}).status_code == 403

    def test_keeps_what_was_typed(self, engineer, sign_in):
        answer = sign_in(engineer).post("/datasets/new/", {"name": "", "description": "From the web server"})
        assert answer.status_code == 422
        assert b"From the web server" in answer.content

    def test_of_others_answers_403(self, tickets, legal, sign_in):
        assert sign_in(legal).get(f"{tickets.get_absolute_url()}edit/").status_code == 403

    def test_opened_on_an_older_version_answers_409(self, tickets, engineer, sign_in):
        url, opened_on = f"{tickets.get_absolute_url()}edit/", tickets.revision
        data = {"name": "Tickets", "obtained": "from_subjects", "revision": opened_on}
        assert sign_in(engineer).post(url, {**data, "description": "First"}).status_code == 302
        answer = sign_in(engineer).post(url, {**data, "description": "Second"})
        assert answer.status_code == 409
        assert b"Second" in answer.content
        tickets.refresh_from_db()
        assert tickets.description == "First"


@pytest.mark.parametrize("part", ["", "checks/", "review/", "history/"])
def test_every_part_reads(tickets, engineer, sign_in, part):
    assert sign_in(engineer).get(f"{tickets.get_absolute_url()}{part}").status_code == 200


class TestWhatPeopleWereToldAboutKeepingIt:
    @pytest.mark.parametrize(
        ("months", "words"),
        [(24, ""), (36, "The dataset records 36 months."), (None, "The dataset does not record how long it is kept.")],
    )
    def test_stands_beside_what_the_dataset_records(self, tickets, legal, sign_in, months, words):
        version = make_version(make_notice(legal), "2012", "It goes after 24 months. Photos too.")
        make_claim(version, 24)
        set_links(tickets.notice_links, "notice", [version.notice], by=legal)
        tickets.collected_from, tickets.retention_months = version.effective_from, months
        tickets.save()
        page = sign_in(legal).get(tickets.get_absolute_url()).content.decode()
        assert "<q>It goes after 24 months.</q>" in page
        assert words in page
        assert page.count("<b>The dataset ") == bool(words)


def test_counts_that_are_not_known_are_said_so(tickets, support, requester, engineer, sign_in):
    page = sign_in(engineer).get(tickets.get_absolute_url()).text
    assert "An unknown number of people, an unknown number of records" in page
    sheet = sign_in(requester).get(f"{support.get_absolute_url()}review/").text
    assert "about an unknown number of people" in sheet
