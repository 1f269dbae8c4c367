"""No page asks the database the same thing twice, and none asks much."""

from collections import Counter

import pytest
from django.db import connection, transaction

from tests.everywhere import client_of

pytestmark = pytest.mark.whole

# What asks again all the same. The pages of the sign-in are a library's.
TWICE = {
    "agreements:agreement_create": "Two fields offer the same people.",
    "vendors:duediligence_history": "The history tells the answers, the step counts them.",
    "vendors:interest_create": "Two fields offer the same organisations.",
    "vendors:interest_edit": "Two fields offer the same organisations.",
    "workflow:review_step": "A refusal names the page of the record.",
}
MOST = 40  # of any page
MORE = {"agreements:agreement_review": 45}
# Home and its badge look through everything that waits for somebody.
LESS = {"portal:home": 30, "portal:work_count": 30}


@pytest.fixture(scope="module")
def demo(everywhere, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), django_db_setup.entered("everywhere"), transaction.atomic():
        yield everywhere.addresses
        transaction.set_rollback(True)


def test_no_page_asks_twice_and_none_asks_much(demo):
    client = client_of("legal")
    client.get("/")
    twice, much, known = {}, {}, set()
    for name, url in demo:
        asked = Counter()

        def note(execute, sql, params, many, context, asked=asked):
            if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                asked[sql, repr(params)] += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            client.get(url)
        again = [sql[:200] for (sql, _), times in asked.items() if times > 1]
        if again and name in TWICE:
            known.add(name)
        elif again and not url.startswith("/accounts/"):
            twice[url] = again
        if asked.total() > (MORE | LESS).get(name, MOST):
            much[url] = asked.total()
    assert (twice, much) == ({}, {})
    assert known == TWICE.keys(), "What asks nothing again need not be listed."
