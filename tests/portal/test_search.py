"""What people find: what they may see, the best first, one query for each kind, whatever they type."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.reading import reading
from apps.portal.search import MOST_OF_EACH, search_all, searched
from tests.factories import make_agreement, make_organisation, make_role, make_vendor


def found(user, words, only=""):
    """{kind: titles}"""
    return {g.kind.key: [f.title for f in g.found] for g in search_all(user, words, only) if g.found}


class TestWhatIsFound:
    def test_by_name_in_any_spelling_of_letters(self, cloudy, stranger):
        assert found(stranger, "CLOUDY")["vendors"] == ["Cloudy"]

    def test_by_identifier(self, cloudy, stranger):
        cloudy.identifiers.create(scheme="HRB", value="98 765")
        assert found(stranger, "98 765") == {"vendors": ["Cloudy"]}

    def test_by_lei(self, stranger, db):
        make_organisation("Known", lei="529900T8BM49AURSDO55")
        assert found(stranger, "529900T8BM49AURSDO55") == {"vendors": ["Known"]}

    def test_once_however_many_identifiers_match(self, cloudy, stranger):
        for number in range(3):
            cloudy.identifiers.create(scheme="HRB", value=f"77{number}")
        assert found(stranger, "77")["vendors"] == ["Cloudy"]
        assert {g.kind.key: g.total for g in search_all(stranger, "77") if g.total}["vendors"] == 1

    @pytest.mark.parametrize("words", ["agreement {}", "agreements {}", "Agreement #{}"])
    def test_by_kind_and_number(self, words, support, requester):
        assert found(requester, words.format(support.pk)) == {"agreements": ["Support desk"]}

    def test_by_number_alone(self, support, requester):
        assert "Support desk" in found(requester, f"#{support.pk}")["agreements"]

    def test_by_the_code_of_a_rule(self, stranger, db):
        assert len(found(stranger, "HOUSE-1")["rules"]) >= 1

    def test_users_by_address_for_those_who_see_accounts(self, cast):
        assert found(cast["administrator"], "requester@example.org") == {"users": ["Requester"]}
        assert found(cast["stranger"], "requester@example.org") == {}

    def test_an_exact_name_comes_first_then_those_that_start_with_it(self, stranger, db):
        for name in ("A bright Sky", "Sky Data", "Sky"):
            make_organisation(name)
        assert found(stranger, "sky")["vendors"] == ["Sky", "Sky Data", "A bright Sky"]


def test_an_organisation_that_is_no_vendor_is_not_called_one(cloudy, legal, sign_in):
    page = sign_in(legal).get("/search/", {"q": "cloudy"}).content.decode()
    assert "<h2>Organisations " in page
    assert "<h2>Vendors " not in page


class TestWhatIsNot:
    def test_what_one_may_not_see(self, support, requester, stranger):
        assert "agreements" in found(requester, "Support desk")
        assert "agreements" not in found(stranger, "Support desk")
        assert "agreements" not in found(stranger, f"agreement {support.pk}")

    def test_findings_about_ones_own_path(self, case, legal, founder):
        assert any("Founder" in fact for fact in found(legal, "may not take part")["findings"])
        assert "findings" not in found(make_role(founder, "Legal"), "may not take part")

    @pytest.mark.parametrize("words", ["%", "_", "C%y", "\\", "'; --"])
    def test_signs_stand_for_themselves(self, words, cloudy, stranger):
        assert found(stranger, words) == {}

    @pytest.mark.parametrize("words", ["\x00", "   ", "", "x" * 5000, "9" * 400, "agreement 99999999999999999999"])
    def test_nothing_sensible_finds_nothing_and_breaks_nothing(self, words, cloudy, stranger, sign_in):
        page = sign_in(stranger).get("/search/", {"q": words, "kind": words})
        assert page.status_code == 200
        assert page.context["total"] == 0


class TestThePage:
    def test_counts_each_kind_and_narrows_to_one(self, stranger, sign_in, ours):
        for number in range(MOST_OF_EACH + 5):
            make_vendor(f"Many {number:02}")
        client = sign_in(stranger)
        page = client.get("/search/", {"q": "many"})
        [vendors] = page.context["groups"]
        assert (vendors.total, len(vendors.found)) == (MOST_OF_EACH + 5, MOST_OF_EACH)
        assert b"Show more organisations" in page.content
        [narrowed] = client.get("/search/", {"q": "many", "kind": "vendors"}).context["groups"]
        assert len(narrowed.found) == MOST_OF_EACH + 5

    def test_sets_off_the_match_and_shows_the_status(self, cloudy, stranger, sign_in):
        page = sign_in(stranger).get("/search/", {"q": "lou"}).content.decode()
        assert "C<mark>lou</mark>dy" in page
        assert "Approved" in page

    def test_shows_the_passage_that_matched(self, requester, sign_in, cloudy, tickets):
        make_agreement(requester, cloudy, [tickets], purpose=f"{'word ' * 50}needle{' word' * 50}")
        page = sign_in(requester).get("/search/", {"q": "needle"}).content.decode()
        assert "word <mark>needle</mark> word" in page

    def test_what_was_typed_is_text(self, sign_in, stranger, db):
        make_organisation("<b>Bold</b> & Co")
        page = sign_in(stranger).get("/search/", {"q": "<b>bold"}).content.decode()
        assert "<b>bold" not in page.lower()
        assert "<mark>&lt;b&gt;Bold</mark>" in page

    def test_says_what_to_do_when_nothing_is_found(self, stranger, sign_in):
        assert b"Try fewer letters" in sign_in(stranger).get("/search/", {"q": "nothing-like-this"}).content


def test_one_query_for_each_kind(support, cloudy, auditor):
    search_all(auditor, "warm")
    with CaptureQueriesContext(connection) as captured, reading():
        search_all(auditor, "o")
    besides = 2  # the records of who searches, and until when reports are released
    assert len(captured) == len(searched()) + besides
