import pytest

from tests.api_cast import api_of
from tests.factories import make_dataset


@pytest.fixture
def api(engineer):
    return api_of(engineer)


class TestCreating:
    def test_registers_with_terms_by_key_and_owner_by_token(self, api, engineer):
        body = {
            "name": "Profile photos",
            "categories": ["user.content.self_image"],
            "uses": ["essential.service"],
            "subject_types": ["customer"],
            "collected_from": "2014-01-01",
        }
        response = api.post("datasets/", body)
        assert response.status_code == 201
        made = response.json()
        assert {name: made[name] for name in body} == body
        assert (made["owner"], made["status"], made["transitions"]) == (engineer.pk, "registered", ["submit", "retire"])

    def test_is_for_engineers(self, requester):
        response = api_of(requester).post("datasets/", {"name": "Logs"})
        assert response.status_code == 403
        assert response.json() == {"detail": "Engineers register datasets."}

    def test_the_owner_cannot_be_chosen(self, api, engineer, legal):
        assert api.post("datasets/", {"name": "Logs", "owner": legal.pk}).status_code == 400
        assert api.post("datasets/", {"name": "Logs"}).json()["owner"] == engineer.pk

    def test_a_name_stands_once(self, api, tickets):
        response = api.post("datasets/", {"name": tickets.name})
        assert response.status_code == 400
        assert set(response.json()["fields"]) == {"name"}


class TestEditing:
    def test_terms_become_exactly_those_sent(self, api, tickets):
        response = api.patch(f"datasets/{tickets.pk}/", {"categories": ["user.content.self_image"]})
        assert response.json()["categories"] == ["user.content.self_image"]
        assert response.json()["uses"] == ["essential.service"]

    def test_a_number_can_become_unknown_again(self, api, engineer):
        dataset = make_dataset(engineer, record_count=5)
        assert api.patch(f"datasets/{dataset.pk}/", {"record_count": None}).json()["record_count"] is None


class TestList:
    def test_filters_by_status_and_owner(self, api, engineer, legal):
        mine = make_dataset(engineer, "Mine")
        make_dataset(legal, "Theirs")
        make_dataset(engineer, "Retired", status="retired")
        assert api.ids("datasets/", status="registered", owner=engineer.pk) == {mine.pk}

    def test_keeps_its_query_budget(self, api, engineer, django_assert_max_num_queries):
        for number in range(30):
            make_dataset(engineer, f"Set {number}", steward=engineer)
        with django_assert_max_num_queries(10):
            assert api.get("datasets/").json()["count"] == 30
