"""Lists through the whole portal, as JSON and as pages, against the same rows written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import ApiToken, User
from apps.portal.bench import by_hand
from apps.portal.bench.figures import MOST_QUERIES, Figure, alternate

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
API_GOAL, PAGE_GOAL = 4, 8


@dataclass(frozen=True)
class MeasuredList:
    name: str
    client: Client
    url: str
    by_hand: Callable[[], str]
    goal: float

    def ask(self) -> None:
        answer = self.client.get(self.url)
        if answer.status_code != 200:
            raise RuntimeError(f"{self.url} answered {answer.status_code}.")

    def queries(self) -> int:
        self.ask()  # what is only asked once does not count
        with CaptureQueriesContext(connection) as captured:
            self.ask()
        return len(captured)

    def figure(self, queries_with_few: int, repeats: int) -> Figure:
        """`queries_with_few` is what the list cost when there were few rows."""
        queries, broken = self.queries(), []
        if queries > MOST_QUERIES:
            broken.append(f"{self.name}: {queries} queries, and {MOST_QUERIES} are allowed.")
        if queries != queries_with_few:
            broken.append(f"{self.name}: {queries} queries, but only {queries_with_few} with few rows.")
        value, baseline = alternate(self.ask, self.by_hand, repeats)
        extra = {"queries": queries}
        return Figure(self.name, value, baseline, self.goal, extra=extra, broken=tuple(broken))


def measured_lists(user: User) -> list[MeasuredList]:
    _, key = ApiToken.issue(user, "benchmark", by=user)
    # A host that the settings allow.
    api = Client(SERVER_NAME="localhost", HTTP_AUTHORIZATION=f"Token {key}")
    pages = Client(SERVER_NAME="localhost")
    pages.force_login(user, backend=BACKEND)
    return [
        MeasuredList("API: 50 vendors", api, "/api/v1/vendors/", lambda: by_hand.vendors_as_json(user), API_GOAL),
        MeasuredList(
            "API: 50 agreements", api, "/api/v1/agreements/", lambda: by_hand.agreements_as_json(user), API_GOAL
        ),
        MeasuredList("Page: 25 vendors", pages, "/vendors/", lambda: by_hand.vendors_as_html(user), PAGE_GOAL),
        MeasuredList("Page: 25 agreements", pages, "/agreements/", lambda: by_hand.agreements_as_html(user), PAGE_GOAL),
    ]
