"""Lists and records through the whole portal: as JSON against one SQL statement, as a page against that JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from apps.portal.bench import statements
from apps.portal.bench.asking import HOST, Statement, Visitor, recorded, scanned_whole
from apps.portal.bench.figures import MOST_QUERIES, Figure, alternate, middle
from apps.portal.bench.records import Records

API_GOAL, ONE_GOAL, PAGE_GOAL, GROWTH_GOAL = 3, 4, 4, 1.3
NAMES = ("vendors", "agreements", "findings")
OF_API = (*NAMES, "transfers")
NO_LEI = "529900T8BM49AURSDO55"  # nobody here has it


@dataclass
class MeasuredList:
    name: str
    ask: Callable[[], Any]
    baseline: Callable[[], Any]
    goal: float
    most_queries: int = MOST_QUERIES
    queries_with_few: int | None = None
    with_fewer: float = field(default=0, init=False)

    def asked(self) -> list[Statement]:
        self.ask()  # what is only asked once does not count
        return recorded(self.ask).statements

    def figure(self, repeats: int, *, large: int = 0) -> Figure:
        """Broken when it asks too much, or reads a table of so many rows from beginning to end."""
        asked = self.asked()
        queries, broken = len(asked), []
        if queries > self.most_queries:
            broken.append(f"{self.name}: {queries} queries, and {self.most_queries} are allowed.")
        if self.queries_with_few is not None and queries > self.queries_with_few:
            broken.append(f"{self.name}: {queries} queries, but only {self.queries_with_few} with few rows.")
        if large and (whole := scanned_whole(asked, large)):
            broken.append(f"{self.name}: reads all of {', '.join(whole)}.")
        value, baseline = alternate(self.ask, self.baseline, repeats)
        return Figure(self.name, value, baseline, self.goal, extra={"queries": queries}, broken=tuple(broken))

    def keep_with_fewer(self, repeats: int) -> None:
        self.with_fewer = middle(self.ask, repeats)

    def growth(self, times: int, repeats: int) -> Figure:
        name = f"{self.name}, {times} times the rows"
        return Figure(name, middle(self.ask, repeats), self.with_fewer, GROWTH_GOAL)


def measured_lists(loaded: Records) -> tuple[list[MeasuredList], list[MeasuredList]]:
    """Those of the API, and the pages."""
    user = loaded.lawyer
    api, pages = Visitor(user, token=True), Visitor(user)
    of_api = [
        MeasuredList(
            f"API: 50 {name}",
            partial(api.get, f"/api/v1/{name}/"),
            partial(statements.list_as_json, name, user.pk, HOST),
            API_GOAL,
        )
        for name in OF_API
    ]
    # What any list takes, whatever it shows: who asks, and an answer without rows.
    empty = f"/api/v1/vendors/?lei={NO_LEI}"
    of_api.append(
        MeasuredList(
            "API: no vendor",
            partial(api.get, empty),
            partial(statements.list_as_json, "vendors", user.pk, HOST),
            API_GOAL,
        )
    )
    # A page asks for the name of whoever is signed in, and what waits for them, besides its rows.
    as_pages = [
        MeasuredList(
            f"Page: 25 {name}",
            partial(pages.get, f"/{name}/"),
            partial(api.get, f"/api/v1/{name}/?page_size=25"),
            PAGE_GOAL,
            most_queries=MOST_QUERIES + 3,
        )
        for name in NAMES
    ]
    return of_api, as_pages


def measured_records(loaded: Records) -> list[MeasuredList]:
    """One vendor and one agreement, through the API."""
    api = Visitor(loaded.lawyer, token=True)
    return [
        MeasuredList(
            f"API: one {name.removesuffix('s')}",
            partial(api.get, url := f"/api/v1/{name}/{pk}/"),
            partial(statements.one_as_json, name, pk, rest_of(name, json.loads(api.get(url)))),
            ONE_GOAL,
            most_queries=MOST_QUERIES + 3,
        )
        for name, pk in (("vendors", loaded.last_vendor), ("agreements", loaded.last_agreement))
    ]


def rest_of(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    """What no column tells, which the baseline is given."""
    told = {
        "vendors": ("may_not_take_part", "conflicts", "transitions"),
        "agreements": ("justification", "transitions"),
    }
    return {key: answer[key] for key in told[name]}
