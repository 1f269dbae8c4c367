"""Lists on pages: what the address asks for is understood, or said not to be."""

import pytest
from django.db.models import QuerySet
from django.urls import reverse

from tests.addresses import patterns
from tests.factories import make_vendor


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


def test_however_a_list_is_sorted_rows_that_are_equal_have_an_order(ask):
    """Otherwise one may be on two pages, and another on none."""
    for address in lists(ask):
        rows = ask(address).context["table"]
        for column in ["", *(column.name for column in rows.columns if column.orderable)]:
            found = ask(address, {"sort": column} if column else {}).context["table"].data.data
            if isinstance(found, QuerySet) and not found.query.combinator:
                assert {"pk", "-pk", "id", "-id"} & {name for name in found.query.order_by if isinstance(name, str)}


def test_the_pages_of_a_sorted_list_hold_every_row_once(cloudy, ask):
    pks = [make_vendor(f"Same {number:02}", purpose="The same").pk for number in range(60)]
    for sort in ("status", "-status"):
        asked = [ask("/vendors/", {"q": "Same", "sort": sort, "page": page}) for page in (1, 2, 3)]
        shown = [row.record.pk for answer in asked for row in answer.context["table"].page.object_list]
        assert (sort, sorted(shown)) == (sort, pks)


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
