"""From answers to sets of people. Reads the answers of one person after the other, as the database sends them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from apps.consents.models import CHUNK, OUTCOME_OF, Outcome, State
from apps.consents.sets.hierarchy import Group

# What a row of answers begins with: all that decides. COPY sends it, with times in seconds since 1970.
ANSWER = (
    "concat(e.subject_id, '|', e.use_id, '|', e.state, '|', extract(epoch from e.occurred_at), '|', "
    "extract(epoch from e.expires_at), '|')"
)
SUBJECT, USE, STATE, OCCURRED, EXPIRES, REST = range(6)

AnswerRow = list[bytes]
# {outcome: people}
Sets = dict[int, int]

# A moment in microseconds and the state in one number: the largest decides.
STATE_BITS = 4
STATE_MASK = (1 << STATE_BITS) - 1

_POSITIVE = {str(int(state)).encode() for state in State if state.is_positive}
_NO_ANSWER = {str(int(state)).encode() for state in State if not state.is_answer}
# Of the bytes that stand for outcomes, those of one outcome, or of any, as digits of a binary number.
_PICK = {outcome: bytes(49 if byte == outcome else 48 for byte in range(256)) for outcome in map(int, Outcome)}
_ANY = bytes(49 if byte else 48 for byte in range(256))


@dataclass
class ChunkSets:
    """What the answers say of people within one chunk of numbers."""

    seen: int  # the people whose answers were looked at
    sets: list[Sets]  # for each group of uses

    def overlay(self, later: ChunkSets) -> ChunkSets:
        """The same, with what was found later about some of the people in its place."""
        pairs = zip(self.sets, later.sets, strict=True)
        return ChunkSets(self.seen | later.seen, [replaced(old, new, later.seen) for old, new in pairs])


def replaced(old: Sets, new: Sets, people: int) -> Sets:
    """The old sets, with these people where the new ones have them."""
    return {key: old.get(key, 0) & ~people | new.get(key, 0) for key in old.keys() | new.keys()}


@dataclass
class Resolution:
    """Where answers given up to a moment put people, for each group of uses for which the same answers count."""

    groups: Sequence[Group]
    moment: int  # in microseconds
    begun: bool = False  # whether only answers are read that have begun to count
    chunks: dict[int, ChunkSets] = field(default_factory=dict)
    repeats: list[tuple[AnswerRow, AnswerRow]] = field(default_factory=list)
    _chunk: int = -1
    _of_one: dict[tuple[bytes, bytes], list[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._seconds = self.moment / 1_000_000

    def read(self, blocks: Iterable[list[bytes]], *, above: int = -1) -> None:
        """Resolve the answers of people with numbers `above`, whose rows follow each other in ascending order."""
        answers: list[AnswerRow] = []
        current = b""
        for rows in blocks:
            for row in rows:
                answer = row.split(b"|", REST)
                if answer[SUBJECT] == current:
                    if answer[USE:EXPIRES] == answers[-1][USE:EXPIRES]:
                        self.repeats.append((answers[-1], answer))
                    answers.append(answer)
                    continue
                if answers and int(current) > above:
                    self._add(int(current), answers)
                current, answers = answer[SUBJECT], [answer]
        if answers and int(current) > above:
            self._add(int(current), answers)
        self._close()

    def _add(self, subject: int, answers: list[AnswerRow]) -> None:
        chunk, place = divmod(subject, CHUNK)
        if chunk != self._chunk:
            self._close()
            self._chunk, self._seen = chunk, bytearray(CHUNK)
            self._outcomes = [bytearray(CHUNK) for _ in self.groups]
        self._seen[place] = 1
        for group, outcome in self._single(answers[0]) if len(answers) == 1 else self._decide(answers):
            self._outcomes[group][place] = outcome

    def _close(self) -> None:
        """Make sets of the last chunk."""
        if self._chunk < 0:
            return
        sets = [{key: _people(row, pick) for key, pick in _PICK.items() if key in row} for row in self._outcomes]
        made = ChunkSets(_people(self._seen, _ANY), sets)
        known = self.chunks.get(self._chunk)
        self.chunks[self._chunk] = known.overlay(made) if known else made
        self._chunk = -1

    def _single(self, answer: AnswerRow) -> list[tuple[int, int]]:
        """Most people have given one answer, and most answers know no time: of these there are few kinds."""
        if answer[EXPIRES] or not (self.begun or float(answer[OCCURRED]) <= self._seconds):
            return self._decide([answer])
        kind = (answer[USE], answer[STATE])
        if kind not in self._of_one:
            self._of_one[kind] = self._decide([answer])
        return self._of_one[kind]

    def _decide(self, answers: list[AnswerRow]) -> list[tuple[int, int]]:
        """The outcome for each group of uses that the answers reach."""
        positive: dict[int, int] = {}
        negative: dict[int, int] = {}
        for answer in answers:
            code = self._code(answer)
            if code is not None:
                latest = positive if answer[STATE] in _POSITIVE else negative
                use = int(answer[USE])
                latest[use] = max(code, latest.get(use, code))
        found = []
        for number, group in enumerate(self.groups):
            codes = [negative[use] for use, _ in group if use in negative]
            codes += [positive[use] for use, counts in group if counts and use in positive]
            if codes:
                found.append((number, int(OUTCOME_OF[State(max(codes) & STATE_MASK)])))
        return found

    def _code(self, answer: AnswerRow) -> int | None:
        """None for what is no answer, or not yet. A positive one that has lapsed reads as expired."""
        occurred = _moment(answer[OCCURRED])
        if answer[STATE] in _NO_ANSWER or not (self.begun or occurred <= self.moment):
            return None
        state = int(answer[STATE])
        if answer[STATE] in _POSITIVE and answer[EXPIRES] and _moment(answer[EXPIRES]) <= self.moment:
            state = int(State.EXPIRED)
        return occurred << STATE_BITS | state


def _people(row: bytearray, digits: bytes) -> int:
    return int(row.translate(digits)[::-1], 2)


def _moment(text: bytes) -> int:
    """Seconds with six decimals, as the database writes them."""
    return int(text.replace(b".", b""))
