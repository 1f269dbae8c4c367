"""Lists on pages: what the address asks for is understood, or said not to be."""

import pytest
from django.urls import reverse

from tests.addresses import patterns


@pytest.fixture
def ask(sign_in, auditor, cloudy):
    return sign_in(auditor).get


def lists(ask):
    """The addresses of every list that the auditor reads."""
    for name, pattern in patterns():
        if not pattern.pattern.converters and not name.startswith(("account_", "mfa_", "portal:healthz")):
            answer = ask(reverse(name))
            if answer.status_code == 200 and "filter" in (getattr(answer, "context", None) or ()):
                yield reverse(name)


def test_every_list_refuses_a_filter_that_it_does_not_know(ask):
    refused = {address: ask(address, {"zzz": "1"}) for address in lists(ask)}
    assert len(refused) > 15
    assert {answer.status_code for answer in refused.values()} == {400}
    assert all("There is no filter “zzz”." in answer.content.decode() for answer in refused.values())


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("statsu=approved", "Did you mean status?"),
        ("status=aproved", "“aproved” is no value of this filter. Did you mean approved?"),
        ("status=approved&status=proposed", "“status” is given 2 times"),
        ("sort=nmae", "There is no column to sort by “nmae”. Did you mean name?"),
        ("page=x", "page: “x” is not a number"),
        ("per_page=all", "per_page: “all” is not a number of at most 100"),
        ("export=pdf", "A list is not exported as “pdf”."),
    ],
)
def test_what_is_not_understood_is_said_and_no_row_is_shown(ask, query, sentence):
    answer = ask(f"/vendors/?{query}")
    page = answer.content.decode()
    assert (answer.status_code, "Cloudy" in page) == (400, False)
    assert sentence in page


def test_a_file_is_refused_like_the_page(ask):
    answer = ask("/vendors/?statsu=approved&export=csv")
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_what_mails_add_to_links_is_no_filter(ask):
    assert "Cloudy" in ask("/vendors/?utm_source=mail&q=&status=").content.decode()
