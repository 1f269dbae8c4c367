"""Whether what we told somebody outside fits what is on record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.agreements.models import Agreement, Transfer
from apps.agreements.statements import Consistency, Judgement, judge, on_record
from apps.core.reading import of_each
from apps.disclosures.models import PublicStatement
from apps.findings.models import Result, Source, check


@of_each
def judgements_of(statements: list[PublicStatement]) -> dict[int, Judgement]:
    known = on_record({statement.organisation.pk for statement in statements})
    return {statement.pk: judge(statement, known[statement.organisation.pk]) for statement in statements}


@check("OKC-5", PublicStatement, prepare=judgements_of.know)
def does_not_fit_the_record(statement: PublicStatement) -> Iterator[Result]:
    judgement = judgements_of.of(statement)
    if not judgement.verdicts and not judgement.left_out:
        yield Result.not_asked("no sentence of the statement was entered")
    hidden = frozenset(statement.organisation.conflicted_users)
    for verdict in judgement.verdicts:
        if verdict.fits == Consistency.CONTRADICTED:
            yield Result(
                # For those who see every record: an author could ask by drafts what is on record of which day.
                fact=f"“{verdict.claim.sentence}” On record is something else: {_numbers(verdict.records)}.",
                fingerprint=f"contradicted {verdict.claim.identity}",
                detail=f"The sentence says: {verdict.claim.words}",
                clears="the author, by another text; what was said already stays as it was said.",
                sources=_sources(statement, verdict.records),
                hidden_from=hidden | _kept_from(verdict.records),
                shown_to=frozenset(),
            )
    if judgement.left_out:
        days = ", ".join(f"{transfer.transferred_on:%-d %b %Y}" for transfer in judgement.left_out)
        yield Result(
            fact=f"The statement leaves out recorded facts: {_numbers(judgement.left_out)}.",
            fingerprint=f"left out {' '.join(str(transfer.pk) for transfer in judgement.left_out)}",
            detail="Nothing that was entered about the statement says that data was shared.",
            confidential=f"Data went to {statement.organisation} on {days}. Nothing that was entered about the "
            "statement says that data was shared.",
            clears="the author, by saying it; what was said already stays as it was said.",
            sources=_sources(statement, judgement.left_out),
            hidden_from=hidden | _kept_from(judgement.left_out),
            shown_to=frozenset(),
        )


def _numbers(records: Sequence[Agreement | Transfer]) -> str:
    return ", ".join(f"{record._meta.verbose_name} no. {record.pk}" for record in records)


def _sources(statement: PublicStatement, records: Sequence[Agreement | Transfer]) -> tuple[Source, ...]:
    """Each record is a link to those only who see it."""
    own = Source(f"Statement “{statement}”", statement.get_absolute_url())
    linked = [Source(f"{r._meta.verbose_name} {r.pk}".capitalize(), r.get_absolute_url(), r) for r in records]
    return (own, *linked)


def _kept_from(records: Sequence[Agreement | Transfer]) -> frozenset[int]:
    return frozenset(pk for record in records if isinstance(record, Transfer) for pk in record.withheld_from)
