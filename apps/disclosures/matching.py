"""What a notice says about a sharing: a pure function of the sharing and of what was entered about the notice.

It never says that a sharing is allowed. At best nobody has found a sentence that speaks against it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any, Protocol

from apps.disclosures.recipients import RecipientClass
from apps.taxonomy.models import DataCategory, DataUse


class MatchOutcome(IntEnum):
    """What a notice says about one part of a sharing, worst first."""

    CONTRADICTED = 0
    NO_VERSION = 1
    SILENT = 2
    CLEAR = 3

    @property
    def words(self) -> str:
        return {
            MatchOutcome.CONTRADICTED: "contradicted",
            MatchOutcome.NO_VERSION: "no version known",
            MatchOutcome.SILENT: "silent",
            MatchOutcome.CLEAR: "no contradiction found",
        }[self]


class Said(Protocol):
    """A claim, as far as it is compared. `apps.disclosures.models.Claim` is one."""

    kind: Any
    says: Any
    recipient_class: Any
    use: Any
    category: Any
    sentence: Any

    @property
    def may_clear(self) -> bool:
        """Whether a sharing may rest on it. Any claim may speak against one."""


@dataclass(frozen=True)
class Sharing:
    """What is compared with a notice."""

    recipient: str
    uses: tuple[DataUse, ...] = ()
    categories: tuple[DataCategory, ...] = ()
    opt_out_offered: bool = False

    @property
    def recipient_words(self) -> str:
        return str(RecipientClass(self.recipient).label).lower()


@dataclass(frozen=True)
class MatchedPart:
    """What a notice says about one part of a sharing, with the claims that this rests on."""

    topic: str  # a kind of claim: recipient, use, category or opt_out
    key: str
    words: str
    outcome: MatchOutcome
    claims: tuple[Said, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """The sentences of the notice, each once."""
        return list(dict.fromkeys(claim.sentence for claim in self.claims))


def match(sharing: Sharing, claims: Iterable[Said], asked_separately: Collection[str] = ()) -> list[MatchedPart]:
    """What these claims of one notice version say about the sharing, part by part."""
    said = list(claims)
    answers = [_recipient(sharing, said)]
    answers += [
        _term("use", use, said, lambda use, key: use.permitted_by([key], asked_separately)) for use in sharing.uses
    ]
    answers += [
        _term("category", category, said, lambda category, key: category.is_within(key))
        for category in sharing.categories
    ]
    promised = _promised_opt_out(sharing, said)
    if promised:
        outcome = MatchOutcome.CLEAR if sharing.opt_out_offered else MatchOutcome.CONTRADICTED
        answers.append(MatchedPart("opt_out", sharing.recipient, sharing.recipient_words, outcome, promised))
    return answers


def _promised_opt_out(sharing: Sharing, said: list[Said]) -> tuple[Said, ...]:
    return tuple(c for c in said if c.kind == "opt_out" and c.recipient_class == sharing.recipient)


def _recipient(sharing: Sharing, said: list[Said]) -> MatchedPart:
    """The class of the recipient. Where the notice promises a choice first, it counts once people had that choice."""
    about = [claim for claim in said if claim.kind == "recipient"]
    own = [claim for claim in about if claim.recipient_class == sharing.recipient]
    chosen = _promised_opt_out(sharing, said) if sharing.opt_out_offered else ()
    named = [claim for claim in own if claim.says != "never"]
    outcome, rests_on = _judge(
        never=[claim for claim in own if claim.says == "never"],
        allowed=[claim for claim in (*named, *chosen) if claim.may_clear],
        only=[claim for claim in about if claim.says == "only" and claim not in named],
    )
    return MatchedPart("recipient", sharing.recipient, sharing.recipient_words, outcome, rests_on)


def _term(topic: str, term: Any, said: list[Said], permits: Callable[[Any, str], bool]) -> MatchedPart:
    """A use or category. A promise that something does not happen reaches all below it, and all that includes it."""
    about = [claim for claim in said if claim.kind == topic]
    never = [c for c in about if c.says == "never" and (term.is_within(_key(c)) or _term_of(c).is_within(term.key))]
    named = [claim for claim in about if claim.says != "never"]
    own = [claim for claim in named if permits(term, _key(claim))]
    allowed = [claim for claim in own if claim.may_clear]
    if not allowed and not never and any(term.is_within(_key(claim)) for claim in named if claim.may_clear):
        # Something wider is named, and this needs a word of its own.
        return MatchedPart(topic, term.key, term.name, MatchOutcome.SILENT)
    outcome, rests_on = _judge(never, allowed, [claim for claim in about if claim.says == "only" and claim not in own])
    return MatchedPart(topic, term.key, term.name, outcome, rests_on)


def _judge(
    never: Sequence[Said], allowed: Sequence[Said], only: Sequence[Said]
) -> tuple[MatchOutcome, tuple[Said, ...]]:
    if never:
        return MatchOutcome.CONTRADICTED, tuple(never)
    if allowed:
        return MatchOutcome.CLEAR, tuple(allowed)
    if only:
        return MatchOutcome.CONTRADICTED, tuple(only)
    return MatchOutcome.SILENT, ()


def _term_of(claim: Said) -> Any:
    return claim.use or claim.category


def _key(claim: Said) -> str:
    key: str = _term_of(claim).key
    return key


# --- Periods ----------------------------------------------------------------------------------------------------------


class Dated(Protocol):
    """A version with its days, as `with_periods` gives it."""

    effective_from: date

    @property
    def effective_until(self) -> date | None: ...


def gaps(versions: Iterable[Dated], start: date, end: date) -> list[tuple[date, date]]:
    """The days of a period, both ends included, on which none of these versions was in force."""
    found, day = [], start
    for version in sorted(versions, key=lambda version: version.effective_from):
        if version.effective_from > end:
            break
        if version.effective_from > day:
            found.append((day, version.effective_from - timedelta(days=1)))
        until = version.effective_until
        if until is None:
            return found
        day = max(day, until + timedelta(days=1))
    if day <= end:
        found.append((day, end))
    return found


def worst(answers: Iterable[MatchedPart]) -> MatchOutcome:
    """The worst of several answers; a notice of which nothing was asked is silent."""
    return min((answer.outcome for answer in answers), default=MatchOutcome.SILENT)
