"""Whether what a request rests on was entered by people who may take part in deciding about it."""

from __future__ import annotations

from collections.abc import Iterator

from apps.agreements.checks.notices import versions_compared
from apps.agreements.models import Agreement
from apps.disclosures.models import NoticeVersion, OptOutOffer
from apps.findings.models import Result, Source, check

CLEARS = "Somebody without an interest, by entering or checking it again. Or legal and privacy together, with a reason."


@check("HOUSE-41", Agreement)
def entered_by_who_profits(agreement: Agreement) -> Iterator[Result]:
    profiting = frozenset(agreement.counterparty.conflicted_users)
    versions = versions_compared(agreement) if profiting else []
    for version in versions:
        claims = [c for c in version.claims.all() if profiting & {c.entered_by_id, c.checked_by_id}]
        if claims:
            people = {c.entered_by if c.entered_by_id in profiting else c.checked_by for c in claims}
            words = f"{len(claims)} of the sentences of {version} that are compared here were"
            yield _result(words, version, f"claims {version.pk}", ", ".join(sorted(map(str, people))), profiting)
    for version, who in _offers_by(profiting, versions):
        yield _result(f"An offer to opt out under {version} was", version, f"offer {version.pk}", who, profiting)


def _result(what: str, version: NoticeVersion, fingerprint: str, who: str, profiting: frozenset[int]) -> Result:
    return Result(
        fact=f"{what} entered or checked by somebody who may not take part in deciding about this request.",
        fingerprint=fingerprint,
        confidential=f"By {who}.",
        clears=CLEARS,
        sources=(Source(str(version), version.get_absolute_url()),),
        hidden_from=profiting,
    )


def _offers_by(people: frozenset[int], versions: list[NoticeVersion]) -> Iterator[tuple[NoticeVersion, str]]:
    """Each version with a finished offer that one of these people recorded, or wrote in later, with who."""
    if not versions:
        return
    by_key = {version.pk: version for version in versions}
    finished = [offer for those in OptOutOffer.objects.finished_under(by_key).values() for offer in those]
    wrote = {}
    if finished:
        writers = OptOutOffer.history.filter(id__in=[offer.pk for offer in finished], history_user__in=people)
        wrote = {row.id: row.history_user for row in writers.select_related("history_user")}
    for offer in sorted(finished, key=lambda offer: offer.pk):
        if offer.recorded_by_id in people:
            yield by_key[offer.version_id], str(offer.recorded_by)
        elif offer.pk in wrote:
            yield by_key[offer.version_id], str(wrote[offer.pk])
