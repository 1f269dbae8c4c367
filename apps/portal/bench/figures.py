"""A measured figure beside its baseline, and how one is taken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

MOST_QUERIES = 10
WARM_UPS = 3  # at most


@dataclass(frozen=True)
class Figure:
    """A median beside that of its baseline. A `ratio` over the goal is slow; what stands in `broken` is wrong."""

    name: str
    value: float
    baseline: float
    goal: float
    unit: str = "ms"
    extra: dict[str, Any] = field(default_factory=dict)
    broken: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        return self.value / self.baseline

    @property
    def verdict(self) -> str:
        if self.broken:
            return "broken"
        return "met" if self.ratio <= self.goal else "missed"

    def as_json(self) -> str:
        row = {
            "name": self.name,
            "value": round(self.value, 3),
            "baseline": round(self.baseline, 3),
            "ratio": round(self.ratio, 4),
            "goal": self.goal,
            "unit": self.unit,
            **self.extra,
        }
        return json.dumps(row)


def alternate(measured: Callable[[], Any], baseline: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """The medians of both in milliseconds, taken in turn so that a busy moment of the machine hits both."""
    for _ in range(min(WARM_UPS, repeats // 3)):
        measured()
        baseline()
    times = [(milliseconds(measured), milliseconds(baseline)) for _ in range(repeats)]
    return median(value for value, _ in times), median(value for _, value in times)


def middle(work: Callable[[], Any], repeats: int) -> float:
    """The median in milliseconds of one alone."""
    return alternate(work, lambda: None, repeats)[0]


def milliseconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def write_figures(figures: list[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{figure.as_json()}\n" for figure in figures))


def headings(width: int) -> str:
    return f"{'Figure':{width}} {'value':>12} {'baseline':>12} {'ratio':>7} {'at most':>8} {'queries':>8}  goal"


def as_line(figure: Figure, width: int = 0) -> str:
    return (
        f"{figure.name:{width}} {figure.value:9.2f} {figure.unit} {figure.baseline:9.2f} {figure.unit} "
        f"{figure.ratio:7.3f} {figure.goal:8.3f} {figure.extra.get('queries', ''):>8}  {figure.verdict}"
    )


def as_table(figures: list[Figure]) -> str:
    width = max((len(figure.name) for figure in figures), default=0)
    lines = [headings(width), *(as_line(figure, width) for figure in figures)]
    return "\n".join([*lines, *(sentence for figure in figures for sentence in figure.broken)])
