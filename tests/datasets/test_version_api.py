import pytest

from tests.api_cast import api_of
from tests.factories import make_dataset_version


@pytest.fixture
def api(engineer):
    return api_of(engineer)


class TestCreating:
    def test_registers_the_next_version_of_a_dataset(self, api, version, tickets):
        body = {
            "dataset": tickets.pk,
            "digest": "CD" * 32,
            "record_count": 90,
            "parents": [version.pk],
            "derived_by": "sampled",
        }
        response = api.post("dataset-versions/", body)
        assert response.status_code == 201
        made = response.json()
        assert {name: made[name] for name in body} == {**body, "digest": "cd" * 32}
        assert (made["number"], made["subject_count"], made["status"]) == (2, None, "registered")

    def test_is_for_those_who_keep_the_dataset_and_for_engineers(self, tickets, requester):
        response = api_of(requester).post("dataset-versions/", {"dataset": tickets.pk})
        assert response.status_code == 403
        assert response.json() == {"detail": "Engineers, the owner and the steward of a dataset register its versions."}

    @pytest.mark.parametrize("name", ["number", "quarantined_by"])
    def test_what_the_portal_says_cannot_be_chosen(self, api, tickets, name):
        assert api.post("dataset-versions/", {"dataset": tickets.pk, name: 7}).status_code == 400

    def test_refuses_another_digest_with_a_sentence(self, api, tickets):
        response = api.post("dataset-versions/", {"dataset": tickets.pk, "digest": "sha256:abc"})
        assert response.json()["fields"] == {"digest": ["A SHA-256 has 64 characters 0 to 9 and a to f."]}


class TestEditing:
    def test_keeps_what_is_not_sent(self, api, version, tickets):
        second = make_dataset_version(tickets, parents=[version])
        made = api.patch(f"dataset-versions/{second.pk}/", {"record_count": 5}).json()
        assert (made["record_count"], made["parents"], made["derived_by"]) == (5, [version.pk], "filtered")

    def test_takes_parents_away(self, api, version, tickets):
        second = make_dataset_version(tickets, parents=[version])
        made = api.patch(f"dataset-versions/{second.pk}/", {"parents": []}).json()
        assert (made["parents"], made["derived_by"]) == ([], "")

    def test_refuses_a_loop(self, api, version, tickets):
        second = make_dataset_version(tickets, parents=[version])
        response = api.patch(f"dataset-versions/{version.pk}/", {"parents": [second.pk], "derived_by": "joined"})
        assert set(response.json()["fields"]) == {"parents"}

    def test_never_moves_it_to_another_dataset(self, api, version, photos):
        response = api.patch(f"dataset-versions/{version.pk}/", {"dataset": photos.pk})
        assert response.json()["fields"] == {"dataset": ["This is given once and never changes."]}

    def test_is_refused_after_approval(self, api, settled):
        assert api.patch(f"dataset-versions/{settled.pk}/", {"digest": "cd" * 32}).status_code == 409


class TestList:
    def test_finds_the_same_files_under_another_name(self, api, version, photos):
        other = make_dataset_version(photos)
        make_dataset_version(photos, digest="cd" * 32)
        assert api.ids("dataset-versions/", digest="ab" * 32) == {version.pk, other.pk}
        assert api.ids("dataset-versions/", dataset=photos.pk, search="abab") == {other.pk}

    def test_keeps_its_query_budget(self, api, version, tickets, django_assert_max_num_queries):
        for _ in range(20):
            make_dataset_version(tickets, parents=[version])
        with django_assert_max_num_queries(10):
            assert api.get("dataset-versions/").json()["count"] == 21
