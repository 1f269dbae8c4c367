from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from apps.vendors.bods.known import Known
from apps.vendors.bods.loading import Loading
from apps.vendors.bods.meaning import meaning_problems
from apps.vendors.bods.problems import Problem, Rejected, reject_any
from apps.vendors.bods.reading import read_statements
from apps.vendors.bods.schema import schema_problems, version_problems
from apps.vendors.bods.statement import BodsStatement
from apps.vendors.services import look_again_at_conflicts

if TYPE_CHECKING:
    from apps.accounts.models import User

# Two imports at once would both find a record unknown.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('import_bods'))"


@dataclass(frozen=True)
class ImportResult:
    """How many statements had which effect; with errors nothing was imported."""

    created: int = 0
    updated: int = 0
    closed: int = 0
    unchanged: int = 0
    errors: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def import_bods(content: bytes, *, by: User | None, dry_run: bool = False) -> ImportResult:
    """Take over every statement of the file, or none. A dry run does the same and rolls back."""
    try:
        statements = _understand(content)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(ONE_AT_A_TIME)
            known = Known(statements)
            reject_any(known.problems(statements))
            loading = Loading(known, by)
            loading.load(statements)
            look_again_at_conflicts()
            if dry_run:
                transaction.set_rollback(True)
        counts = loading.counts
        return ImportResult(counts["created"], counts["updated"], counts["closed"], counts["unchanged"])
    except Rejected as rejected:
        return ImportResult(errors=rejected.problems)


def _understand(content: bytes) -> list[BodsStatement]:
    raw = read_statements(content)
    reject_any(version_problems(raw))
    reject_any(schema_problems(raw))
    statements = [BodsStatement(number, statement) for number, statement in enumerate(raw, start=1)]
    reject_any(meaning_problems(statements))
    return statements
