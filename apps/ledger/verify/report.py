"""What a verification found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Discrepancy:
    """The first place of its kind that does not fit. `sequence` is the ledger entry's number where there is one.

    `table` is empty for what concerns the database as a whole; `row` is 0 for what concerns a whole table.
    """

    sequence: int | None
    table: str
    row: int
    what: str

    def __str__(self) -> str:
        place = f"row {self.row} of {self.table}" if self.row else self.table or "the database"
        return f"{place} (ledger entry {self.sequence}): {self.what}" if self.sequence else f"{place}: {self.what}"


@dataclass
class Report:
    entries: int = 0
    redactions: int = 0
    head: str = ""
    # What was compared, and what no comparison can cover; sentences for people.
    checked: list[str] = field(default_factory=list)
    not_covered: list[str] = field(default_factory=list)
    problems: list[Discrepancy] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def first_broken(self) -> Discrepancy | None:
        """The earliest on the chain; a broken row without an entry comes last."""
        return min(self.problems, key=lambda problem: problem.sequence or 2**63, default=None)

    def as_dict(self) -> dict[str, Any]:
        first = self.first_broken
        return {**asdict(self), "ok": self.ok, "first_broken": asdict(first) if first else None}
