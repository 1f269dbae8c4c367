"""Whether what people were told fits what is shared: at collection, at sharing, and before a notice is published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import models

from apps.agreements.comparison import (
    Compare,
    Compared,
    by_answer,
    compare_agreements,
    compare_transfers,
    know,
    moving_in,
    moving_under,
)
from apps.agreements.models import Agreement, Transfer
from apps.core import clock
from apps.core.reading import of_each
from apps.datasets.disclosed import undisclosed_days
from apps.datasets.models import DatasetNotice
from apps.disclosures.matching import MatchedPart, MatchOutcome
from apps.disclosures.models import NoticeVersion
from apps.findings.models import Result, Source, check
from apps.vendors.models import Organisation

BOTH = "Legal and privacy together, with a reason."
RECENT = 12  # months in which a transfer still tells what is done


def _compared(record: Agreement | Transfer) -> list[Compare]:
    """One for each dataset; none for a report of something that did not happen."""
    if isinstance(record, Transfer):
        return [] if record.is_closed else compare_transfers.of(record)
    return compare_agreements.of(record)


def versions_compared(record: Agreement | Transfer) -> list[NoticeVersion]:
    """Every version that the checks of the record compare it with, each once."""
    found = {compared.version.pk: compared.version for compare in _compared(record) for compared in compare.each_once}
    return list(found.values())


def _untold(record: Agreement | Transfer) -> Iterator[Result]:
    """Why there is nothing to compare."""
    if isinstance(record, Transfer) and record.is_closed:
        yield Result.not_asked("the report was closed: it did not happen, or is told elsewhere")
    elif not _compared(record):
        yield Result.not_asked("no datasets are chosen")
    for compare in _compared(record):
        if not compare.versions:
            yield Result.not_asked(f"no notice is known that people in “{compare.dataset}” have read")


def _disclosed(record: Agreement | Transfer, results: Iterable[Result]) -> Iterator[Result]:
    """Which agreement covers a transfer shows in what notices say about it, so that it is told to the same people."""
    return (replace(result, shown_to=_readers(record)) for result in results)


def _readers(record: Agreement | Transfer) -> frozenset[int] | None:
    return record.knows_cover if isinstance(record, Transfer) else None


def _names(answers: Sequence[MatchedPart]) -> str:
    return ", ".join(("sharing with " if a.topic == "recipient" else "") + a.words for a in answers)


def _quotes(answers: Sequence[MatchedPart]) -> str:
    sentences = dict.fromkeys(sentence for answer in answers for sentence in answer.sentences)
    return " ".join(f"“{sentence}”" for sentence in sentences)


def _version_source(version: NoticeVersion) -> Source:
    return Source(str(version), version.get_absolute_url())


def _contradicted(compare: Compare, compared: Compared, when: str) -> Iterator[Result]:
    if found := compared.of(MatchOutcome.CONTRADICTED):
        version = compared.version
        yield Result(
            fact=f"{version}, {when}, speaks against: {_names(found)}.",
            fingerprint=f"{compare.dataset.pk} {version.pk} {' '.join(answer.key for answer in found)}",
            detail=f"It says: {_quotes(found)} {version.claims_words}; {version.period_words}.",
            clears=BOTH,
            sources=(_version_source(version),),
        )


def _silent(compare: Compare, all_compared: Sequence[Compared], when: str) -> Iterator[Result]:
    silent = [(compared.version, compared.of(MatchOutcome.SILENT)) for compared in all_compared]
    silent = [(version, answers) for version, answers in silent if answers]
    if silent:
        yield Result(
            fact=f"What people were told {when} does not speak of everything that is shared.",
            fingerprint=f"{compare.dataset.pk} silent",
            detail=" ".join(
                f"{version} says nothing about: {_names(answers)}. {version.claims_words}."
                for version, answers in silent
            ),
            clears=f"{BOTH} Or by entering the sentences that speak of it.",
            sources=tuple(_version_source(version) for version, _ in silent),
        )


def _when_collected(compare: Compare) -> str:
    return f"read while “{compare.dataset}” was collected"


@check("FTC-COLLECT", Agreement, prepare=compare_agreements.know)
@check("FTC-COLLECT", Transfer, prepare=compare_transfers.know)
def contradicted_at_collection(record: Agreement | Transfer) -> Iterator[Result]:
    yield from _untold(record)
    for compare in _compared(record):
        for compared in compare.collection:
            yield from _disclosed(record, _contradicted(compare, compared, _when_collected(compare)))


@check("FTC-COLLECT-SILENT", Agreement)
@check("FTC-COLLECT-SILENT", Transfer)
def silent_at_collection(record: Agreement | Transfer) -> Iterator[Result]:
    yield from _untold(record)
    for compare in _compared(record):
        yield from _disclosed(record, _silent(compare, compare.collection, f"while “{compare.dataset}” was collected"))


@check("FTC-COLLECT-GAP", Agreement)
@check("FTC-COLLECT-GAP", Transfer)
def no_version_at_collection(record: Agreement | Transfer) -> Iterator[Result]:
    if not _compared(record):
        yield from _untold(record)
    for compare in _compared(record):
        if compare.dataset.collected_from is None:
            yield Result.not_asked(f"it is not recorded since when “{compare.dataset}” has been collected")
    for compare in _compared(record):
        if words := undisclosed_days(compare.dataset, compare.versions):
            yield Result(
                fact=f"“{compare.dataset}” was collected {words} while no version of a notice is known.",
                fingerprint=f"{compare.dataset.pk} no version known",
                clears="Legal and privacy, by recording the notices of that time.",
                sources=(Source(f"Dataset {compare.dataset}", compare.dataset.get_absolute_url()),),
            )


@check("FTC-SHARE", Agreement)
@check("FTC-SHARE", Transfer)
def contradicted_at_sharing(record: Agreement | Transfer) -> Iterator[Result]:
    yield from _untold(record)
    for compare in _compared(record):
        for compared in compare.sharing:
            yield from _disclosed(record, _contradicted(compare, compared, _when_shared(record, compare)))


def _when_shared(record: Agreement | Transfer, compare: Compare) -> str:
    return (
        f"in force on {compare.day:%-d %b %Y}, the day of the transfer"
        if isinstance(record, Transfer)
        else "in force today"
    )


@check("FTC-SHARE-SILENT", Agreement)
@check("FTC-SHARE-SILENT", Transfer)
def silent_at_sharing(record: Agreement | Transfer) -> Iterator[Result]:
    """Only of versions that did not speak at collection already, and of days without any."""
    yield from _untold(record)
    for compare in _compared(record):
        collected = {compared.version.pk for compared in compare.collection}
        later = [compared for compared in compare.sharing if compared.version.pk not in collected]
        day = f"{compare.day:%-d %b %Y}" if isinstance(record, Transfer) else "today"
        yield from _disclosed(record, _silent(compare, later, f"as of {day}, when “{compare.dataset}” is shared,"))
        if compare.versions and not compare.sharing:
            yield Result(
                fact=f"No version of a notice about “{compare.dataset}” is known for {day}, when it is shared.",
                fingerprint=f"{compare.dataset.pk} no version known",
                clears="Legal and privacy, by recording the notice of that day.",
                sources=(Source(f"Dataset {compare.dataset}", compare.dataset.get_absolute_url()),),
            )


@check("FTC-RETRO", Agreement)
def widened_later(agreement: Agreement) -> Iterator[Result]:
    """What today's notice provides for and that of the collection does not."""
    yield from _untold(agreement)
    for compare in _compared(agreement):
        now, then = by_answer(compare.sharing), by_answer(compare.collection)
        provided = {key for key, said in now.items() if all(a.outcome == MatchOutcome.CLEAR for _, a in said)}
        for version in dict.fromkeys(compared.version for compared in compare.collection):
            widened = [
                answer
                for key in now
                if key in provided and key[0] != "opt_out"
                for older, answer in then.get(key, [])
                if older == version and answer.outcome != MatchOutcome.CLEAR
            ]
            if widened:
                yield _widened(compare, version, widened, now)


def _widened(compare: Compare, version: NoticeVersion, widened: list[MatchedPart], now: dict[Any, Any]) -> Result:
    newer = dict.fromkeys(v for answer in widened for v, _ in now[answer.topic, answer.key])
    quotes = _quotes([said for answer in widened for _, said in now[answer.topic, answer.key]])
    return Result(
        fact=f"Today's notice provides for what {version} did not, {_when_collected(compare)}: {_names(widened)}.",
        fingerprint=f"{compare.dataset.pk} {version.pk} {' '.join(answer.key for answer in widened)}",
        detail=f"Today it says: {quotes} Data that was collected before was collected without that.",
        clears="Legal and privacy together: people agreed expressly to the change, or data from before stays out.",
        sources=(_version_source(version), *(_version_source(one) for one in newer)),
    )


@check("OKC-6", Agreement)
@check("OKC-6", Transfer)
def promised_choice_not_offered(record: Agreement | Transfer) -> Iterator[Result]:
    yield from _untold(record)
    for compare in _compared(record):
        for compared in compare.each_once:
            if broken := compared.broken_offer:
                version = compared.version
                by = f"by {compare.day:%-d %b %Y}" if isinstance(record, Transfer) else "so far"
                yield Result(
                    fact=f"{version} promises a choice to opt out before “{compare.dataset}” goes to such a recipient, "
                    f"and no finished offer is recorded {by}.",
                    fingerprint=f"{compare.dataset.pk} {version.pk} {broken.key}",
                    detail=f"It says: {_quotes([broken])} The class of the recipient: {broken.words}.",
                    clears="Legal or privacy, by recording a finished offer whose exclusion list was applied.",
                    sources=(_version_source(version),),
                    shown_to=_readers(record),
                )


# --- Before a notice is published -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SharedBeside:
    """What is in force or was done lately with data that a new version would speak for."""

    agreements: list[tuple[Agreement, list[MatchedPart]]]
    transfers: list[tuple[Transfer, list[MatchedPart]]]


@of_each
def shared_beside(versions: list[NoticeVersion]) -> dict[int, SharedBeside]:
    """Of versions that are to be published. An old one stops nothing: what was done under it is judged by itself."""
    new = [v for v in versions if not v.is_spoken and v.effective_from >= clock.today()]
    shared = {version.pk: SharedBeside([], []) for version in versions}
    links = DatasetNotice.objects.filter(notice__in={version.notice_id for version in new}) if new else []
    datasets: dict[int, set[int]] = defaultdict(set)
    for link in links:
        datasets[link.notice_id].add(link.dataset_id)
    if not datasets:
        return shared
    every = {pk for those in datasets.values() for pk in those}
    agreements, transfers, known = _agreements(every), _transfers(every), know([])
    for version in new:
        shared[version.pk] = SharedBeside(
            [(a, _against(version, a, datasets[version.notice_id], known)) for a in agreements],
            [
                (t, moving_in(t).beside(version, known).of(MatchOutcome.CONTRADICTED))
                for t in transfers
                if t.dataset_id in datasets[version.notice_id]
            ],
        )
    return shared


def _against(version: NoticeVersion, agreement: Agreement, datasets: set[int], known: Any) -> list[MatchedPart]:
    found: dict[tuple[str, str], MatchedPart] = {}
    for dataset in agreement.datasets.all():
        if dataset.pk in datasets:
            for answer in moving_under(agreement, dataset).beside(version, known).of(MatchOutcome.CONTRADICTED):
                found[answer.topic, answer.key] = answer
    return list(found.values())


def _agreements(datasets: set[int]) -> list[Agreement]:
    in_force = Agreement.objects.filter(status__in=Agreement.IN_FORCE)
    about = in_force.filter(pk__in=in_force.filter(datasets__in=datasets).order_by().values("pk")).order_by("pk")
    found = list(about.select_related("counterparty").prefetch_related("datasets__categories", "categories", "uses"))
    Organisation.prefetch_conflicts([agreement.counterparty for agreement in found])
    return found


def _transfers(datasets: set[int]) -> list[Transfer]:
    since = clock.months_after(clock.today(), -RECENT)
    recent = (
        Transfer.objects.released().not_closed().filter(dataset__in=datasets, transferred_on__gte=since).order_by("pk")
    )
    found = list(recent.select_related("recipient", "dataset").prefetch_related("dataset__categories"))
    Transfer.prefetch_covers(found)
    models.prefetch_related_objects([t.cover.agreement for t in found if t.cover.agreement], "uses")
    return found


@check("HOUSE-22", NoticeVersion, prepare=shared_beside.know)
def speaks_against_what_is_done(version: NoticeVersion) -> Iterator[Result]:
    """Agreements in force, and transfers of the last year, that the new text would speak against."""
    shared = shared_beside.of(version)
    if not shared.agreements and not shared.transfers:
        yield Result.not_asked("no agreement in force and no transfer of the last year is about such data")
    for agreement, against in shared.agreements:
        if against:
            yield Result(
                # Whoever sees the notice need not see the agreement, and then does not read this.
                fact=f"Agreement no. {agreement.pk} is in force, and this version speaks against: {_names(against)}.",
                fingerprint=f"agreement {agreement.pk}",
                detail=f"It says: {_quotes(against)}",
                confidential=f"It says: {_quotes(against)} Agreement “{agreement}” with {agreement.counterparty}.",
                clears="Legal, by ending the agreement; or the author, by another text.",
                sources=(Source(f"Agreement {agreement.pk}", agreement.get_absolute_url(), agreement),),
                hidden_from=frozenset(agreement.counterparty.conflicted_users),
                shown_to=frozenset(),
            )
    for transfer, against in shared.transfers:
        if against:
            yield Result(
                fact=f"Transfer no. {transfer.pk} is on record, and this version speaks against: {_names(against)}.",
                fingerprint=f"transfer {transfer.pk}",
                detail=f"It says: {_quotes(against)}",
                clears=BOTH,
                sources=(Source(f"Transfer {transfer.pk}", transfer.get_absolute_url(), transfer),),
                hidden_from=frozenset(transfer.withheld_from),
                shown_to=frozenset(),
            )
