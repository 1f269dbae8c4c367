"""What a kind of record gets from its description. Run by tests/records/test_madeup.py, in a portal of its own."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.urls import reverse

from apps.ledger.models import Entry
from apps.records.registry import kind_of
from apps.workflow.models import Decision
from tests.factories import write_ledger
from tests.madeup.gardens.models import Garden

pytestmark = pytest.mark.django_db
LIST, API = "/gardens/", "/api/v1/gardens/"
# Who may do what with the garden of an engineer, as a table.
#                  engineer  legal  auditor  stranger
MATRIX = {
    "add_garden":    (True,  False, False, False),
    "change_garden": (True,  False, False, False),
    "submit_garden": (True,  False, False, False),
    "approve_garden": (False, True, False, False),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _tables(db):
    """The room has no migrations: its tables are made for each test, with the triggers that put them on the chain."""
    ContentType.objects.clear_cache()  # of the test before, whose rows are gone
    with connection.schema_editor() as editor:
        for model in (Garden, Garden.history.model):
            editor.create_model(model)
    with connection.cursor() as cursor:
        for model in (Garden, Garden.history.model):
            for trigger in getattr(model._meta, "triggers", ()):
                cursor.execute(trigger.compile(model).install_sql)


@pytest.fixture
def garden(cast):
    made = Garden(name="Orchard", gardener=cast["engineer"])
    made.on_behalf(cast["engineer"], "Create").save()
    return made


@pytest.mark.parametrize("action", MATRIX)
def test_permission_matrix(garden, cast, action):
    logins = ("engineer", "legal", "auditor", "stranger")
    record = None if action.startswith("add") else garden
    assert tuple(cast[login].has_perm(f"gardens.{action}", record) for login in logins) == MATRIX[action]


class TestPages:
    def test_list_shows_it_with_what_the_description_says(self, garden, cast, sign_in):
        page = sign_in(cast["engineer"]).get(LIST)
        columns = [column.name for column in page.context["table"].columns if column.visible]
        assert columns == ["name", "status", "trees", "gardener", "worst"]
        assert b"Orchard" in page.content
        assert b"Lay out a garden" in page.content
        assert b"Lay out a garden" not in sign_in(cast["legal"]).get(LIST).content

    def test_list_costs_as_much_for_many(self, garden, cast, sign_in, django_assert_max_num_queries):
        for number in range(20):
            Garden(name=f"Park {number}", gardener=cast["engineer"]).on_behalf(cast["engineer"], "Create").save()
        client = sign_in(cast["engineer"])
        client.get(LIST)
        with django_assert_max_num_queries(15):
            assert client.get(LIST).context["table"].page.paginator.count == 21

    def test_is_filtered_searched_and_exported(self, garden, cast, sign_in):
        client = sign_in(cast["legal"])
        assert b"Orchard" not in client.get(LIST, {"status": "approved"}).content
        assert b"Orchard" in client.get(LIST, {"q": "orch"}).content
        assert b"Orchard" in b"".join(client.get(LIST, {"export": "csv"}).streaming_content)

    def test_is_made_and_edited_by_those_who_may(self, cast, sign_in):
        client = sign_in(cast["engineer"])
        made = client.post(f"{LIST}new/", {"name": "Park", "trees": "3"})
        park = Garden.objects.get()
        assert (made.url, park.gardener) == (park.get_absolute_url(), cast["engineer"])
        client.post(f"{park.get_absolute_url()}edit/", {"name": "Park", "trees": "4", "revision": park.revision})
        assert Garden.objects.get().trees == 4
        refused = sign_in(cast["legal"]).post(f"{LIST}new/", {"name": "Lawn"})
        assert (refused.status_code, b"Engineers lay out gardens." in refused.content) == (403, True)

    def test_has_every_tab(self, garden, cast, sign_in):
        client = sign_in(cast["engineer"])
        for tab in ("", "checks/", "review/", "history/"):
            assert client.get(f"{garden.get_absolute_url()}{tab}").status_code == 200

    def test_is_found_by_the_search_and_on_the_admin_site(self, garden, cast, sign_in):
        assert b"Kept by" in sign_in(cast["legal"]).get("/search/", {"q": "orchard"}).content
        admin = sign_in(cast["auditor"]).get("/admin/gardens/garden/")
        assert (admin.status_code, b"Orchard" in admin.content) == (200, True)


class TestSteps:
    def test_each_is_refused_outside_its_status(self, garden, cast, sign_in):
        for step in Garden.transitions.values():
            if garden.status not in step.sources and not step.by_review:
                url = reverse("gardens:garden_step", args=[garden.pk, step.name])
                assert sign_in(cast["engineer"]).post(url, {"note": "Now"}).status_code == 409

    def test_two_roles_approve_it_on_what_is_material(self, garden, cast, sign_in):
        sign_in(cast["engineer"]).post(reverse("gardens:garden_step", args=[garden.pk, "submit"]), {"note": ""})
        for login, role in (("legal", "Legal"), ("privacy", "Privacy")):
            vote = {"role": role, "verdict": "approve", "reason": "Green."}
            sign_in(cast[login]).post(reverse("gardens:garden_vote", args=[garden.pk]), vote)
        garden.refresh_from_db()
        assert garden.status == Garden.Status.APPROVED
        assert garden.review_content() == [["Name", "Orchard", "Orchard"], ["Trees", "Not recorded.", ""]]
        steps = Decision.objects.about(garden).made().order_by("pk").values_list("transition", flat=True)
        assert list(steps) == ["submit", "approve"]

    def test_stands_in_its_history_and_on_the_ledger(self, garden, cast, sign_in):
        write_ledger()
        assert b"Create" in sign_in(cast["legal"]).get(f"{garden.get_absolute_url()}history/").content
        assert Entry.objects.filter(table_name="gardens_historicalgarden").exists()


class TestApi:
    def test_reads_and_writes_what_the_form_asks(self, cast, client):
        client.force_login(cast["engineer"])
        made = client.post(API, {"name": "Park", "trees": 3}, content_type="application/json")
        assert made.status_code == 201
        row = client.get(API).json()["results"][0]
        assert (row["name"], row["trees"], row["gardener_name"]) == ("Park", 3, str(cast["engineer"]))
        one = client.get(f"{API}{row['id']}/").json()
        assert one["transitions"] == ["submit"]
        assert client.get(f"{API}{row['id']}/history/").status_code == 200
        assert client.get(f"{API}{row['id']}/checks/").status_code == 200

    def test_page_and_api_refuse_in_the_same_words(self, cast, client):
        client.force_login(cast["legal"])
        refused = client.post(API, {"name": "Park"}, content_type="application/json")
        assert (refused.status_code, refused.json()) == (403, {"detail": "Engineers lay out gardens."})

    def test_stands_in_the_description(self, cast, client):
        client.force_login(cast["engineer"])
        paths = client.get("/api/v1/schema/", {"format": "json"}).json()["paths"]
        assert {f"{API}", f"{API}{{id}}/", f"{API}{{id}}/transitions/{{name}}/"} <= paths.keys()


def test_its_description_is_complete():
    assert kind_of(Garden).page("list") == "gardens:garden_list"
