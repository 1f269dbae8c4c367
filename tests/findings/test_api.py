import pytest

from apps.findings.models import Finding, reconcile
from tests.api_cast import api_of
from tests.factories import make_dataset


@pytest.fixture
def finding(case):
    """That no end date is set: low, and about nobody."""
    return Finding.objects.about(case).get(requirement__code="HOUSE-4")


@pytest.fixture
def conflict(case):
    """That the founder is the sponsor."""
    return Finding.objects.about(case).get(requirement__code="OKC-4")


def test_a_finding_says_what_it_is_about(legal, finding, case):
    row = api_of(legal).get(f"findings/{finding.pk}/").json()
    assert row["fact"] == "No end date is set."
    assert row["subject"]["name"] == case.title
    assert row["subject"]["url"].endswith(f"/api/v1/agreements/{case.pk}/")


def test_findings_are_not_written_by_people(legal, finding):
    api = api_of(legal)
    assert api.post("findings/", {}).status_code == 405
    assert api.patch(f"findings/{finding.pk}/", {}).status_code == 405


@pytest.mark.parametrize(
    ("member", "reads"),
    [("legal", True), ("auditor", True), ("privacy", False), ("independent", False), ("executive", False)],
)
def test_amounts_are_for_legal_and_auditors(cast, conflict, member, reads):
    response = api_of(cast[member]).get(f"findings/{conflict.pk}/")
    assert ("4.8 % in effect" in (response.json()["confidential"] or "")) == reads
    assert ("%" in response.content.decode()) == reads


def test_whoever_it_is_hidden_from_does_not_find_it(founder, conflict, finding):
    api = api_of(founder)
    assert conflict.pk not in api.ids("findings/")
    assert api.get(f"findings/{conflict.pk}/").status_code == 404
    assert api.get(f"findings/{finding.pk}/").status_code == 200


def test_nobody_finds_amounts_by_searching(privacy, conflict):
    assert api_of(privacy).ids("findings/", search="in effect") == set()


def test_strangers_see_no_findings_about_what_they_do_not_see(stranger, case):
    assert Finding.objects.about(case).exists()
    kinds = {row["subject"]["kind"] for row in api_of(stranger).get("findings/").json()["results"]}
    assert "agreement" not in kinds


class TestFilters:
    def test_by_severity_and_rule(self, legal, finding):
        assert api_of(legal).ids("findings/", severity=finding.severity, requirement__code="HOUSE-4") == {finding.pk}

    def test_by_what_it_is_about(self, legal, case):
        about = set(Finding.objects.about(case).values_list("pk", flat=True))
        assert api_of(legal).ids("findings/", subject_kind="agreement", subject_id=case.pk) == about

    def test_an_unknown_kind_is_400(self, legal):
        assert api_of(legal).get("findings/", subject_kind="cat").status_code == 400


class TestSteps:
    def test_those_open_to_the_reader_are_named(self, legal, requester, finding):
        assert "acknowledge" in api_of(legal).get(f"findings/{finding.pk}/").json()["transitions"]
        assert api_of(requester).get(f"findings/{finding.pk}/").json()["transitions"] == []

    def test_a_proposal_says_how_and_until_when(self, legal, finding):
        response = api_of(legal).post(f"findings/{finding.pk}/transitions/propose/", {"proposal": "accepted"})
        assert set(response.json()["fields"]) == {"note"}

    @pytest.mark.parametrize("until", ["2999-01-01", "never", 5, []])
    def test_a_date_that_does_not_fit_is_400(self, legal, finding, until):
        body = {"proposal": "accepted", "note": "We wait for the vendor.", "until": until}
        response = api_of(legal).post(f"findings/{finding.pk}/transitions/propose/", body)
        assert response.status_code == 400
        assert set(response.json()["fields"]) == {"until"}

    def test_those_of_the_system_are_for_nobody(self, legal, finding):
        response = api_of(legal).post(f"findings/{finding.pk}/transitions/resolve/")
        assert response.status_code == 403
        assert "Resolve" in response.json()["detail"]


def test_the_list_keeps_its_query_budget(engineer, legal, case, cloudy, django_assert_max_num_queries):
    for number in range(30):
        reconcile(make_dataset(engineer, f"Set {number}"))
    reconcile(cloudy)
    api = api_of(legal)
    with django_assert_max_num_queries(10):
        assert api.get("findings/").json()["count"] > 30
