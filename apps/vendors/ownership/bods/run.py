from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from apps.vendors.models import Interest, Organisation, Person
from apps.vendors.ownership.bods.effects import Effect, Effects, Party, plan_of
from apps.vendors.ownership.bods.known import RegisterRecords
from apps.vendors.ownership.bods.loading import Loading
from apps.vendors.ownership.bods.meaning import meaning_problems
from apps.vendors.ownership.bods.problems import Rejected, StatementError, reject_any
from apps.vendors.ownership.bods.reading import read_statements
from apps.vendors.ownership.bods.schema import schema_problems, version_problems
from apps.vendors.ownership.bods.statement import BodsStatement
from apps.vendors.services import look_for_twins, recheck_conflicts

if TYPE_CHECKING:
    from apps.accounts.models import User

# Two imports at once would both find a record unknown.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('import_bods'))"


# How many statements a page or the API reads at once; the command reads more.
MOST_STATEMENTS = 5000
COUNTED = ("created", "updated", "closed", "unchanged", "errors")


@dataclass(frozen=True)
class ImportResult:
    """How many statements had which effect; with errors nothing was imported."""

    created: int = 0
    updated: int = 0
    closed: int = 0
    unchanged: int = 0
    errors: list[StatementError] = field(default_factory=list)
    # What happened to single records, the first of them; and the digest of all that, see `effects.plan_of`.
    effects: list[Effect] = field(default_factory=list)
    records: int = 0
    plan: str = ""
    # Whether something else would have happened than was looked at before; then nothing was done.
    outdated: bool = False

    @property
    def ok(self) -> bool:
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name in COUNTED}


def import_bods(
    content: bytes, *, by: User | None, dry_run: bool = False, most: int | None = None, plan: str | None = None
) -> ImportResult:
    """Take over every statement of the file, or none. A dry run does the same and rolls back.

    `most` limits the number of statements. With the `plan` of a dry run, nothing is done but what it showed.
    """
    try:
        statements = _understand(content, most)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(ONE_AT_A_TIME)
            result = _load(statements, by)
            outdated = plan is not None and plan != result.plan
            if dry_run or outdated:
                transaction.set_rollback(True)
        return replace(result, outdated=outdated)
    except Rejected as rejected:
        return ImportResult(errors=rejected.problems)


def _load(statements: list[BodsStatement], by: User | None) -> ImportResult:
    known = RegisterRecords(statements)
    reject_any(known.problems(statements))
    concerned = _concerning(by)
    loading = Loading(known, by)
    loading.load(statements)
    companies, people = loading.effects.parties()
    look_for_twins(companies, people, by=by)
    recheck_conflicts(*companies, *people)
    _require_disinterest(loading.effects, concerned | _concerning(by))
    counts, effects = loading.counts, loading.effects.in_words()
    return ImportResult(
        counts["created"],
        counts["updated"],
        counts["closed"],
        counts["unchanged"],
        effects=effects,
        records=loading.effects.count,
        plan=plan_of(effects, loading.effects.count),
    )


def _concerning(by: User | None) -> set[Party]:
    """In whom the user has an interest, who is close to them or profits with them. The command line is nobody."""
    if by is None:
        return set()
    people = {*Person.objects.close_to(by).values_list("pk", flat=True), *Interest.objects.partners_of(by)}
    return {*((Organisation, pk) for pk in Interest.objects.profits_from(by)), *((Person, pk) for pk in people)}


def _require_disinterest(effects: Effects, concerned: set[Party]) -> None:
    """As on the pages: nobody writes about those who concern an interest of theirs, neither before nor after."""
    if effects.touched & concerned:
        reason = (
            "The file changes organisations on a path of interests that leads from you, what is held in them, "
            "or people close to you. Somebody else of legal has to import it."
        )
        raise Rejected([StatementError("file", reason)])


def _understand(content: bytes, most: int | None) -> list[BodsStatement]:
    raw = read_statements(content, most)
    reject_any(version_problems(raw))
    reject_any(schema_problems(raw))
    statements = [BodsStatement(number, statement) for number, statement in enumerate(raw, start=1)]
    reject_any(meaning_problems(statements))
    return statements
