"""Matching is a pure function: no database is asked."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.disclosures.matching import MatchOutcome, Sharing, gaps, match, worst
from apps.disclosures.recipients import RecipientClass, sharing_use
from apps.taxonomy.models import DataCategory, DataUse

CLEAR, SILENT, CONTRADICTED = MatchOutcome.CLEAR, MatchOutcome.SILENT, MatchOutcome.CONTRADICTED
SEPARATELY = {"train.faces"}


@dataclass(frozen=True)
class Said:
    kind: str
    value: str
    says: str = "may"
    sentence: str = "A sentence."
    may_clear: bool = True

    @property
    def recipient_class(self):
        return self.value if self.kind in ("recipient", "opt_out") else ""

    @property
    def use(self):
        return DataUse(key=self.value, name=self.value) if self.kind == "use" else None

    @property
    def category(self):
        return DataCategory(key=self.value, name=self.value) if self.kind == "category" else None


def sharing(recipient="third_party", uses=(), categories=(), offered=False):
    return Sharing(
        recipient,
        tuple(DataUse(key=key, name=key) for key in uses),
        tuple(DataCategory(key=key, name=key) for key in categories),
        offered,
    )


def outcomes(shared, *said):
    return {answer.topic: answer.outcome for answer in match(shared, said, SEPARATELY)}


UNCHECKED = Said("recipient", "third_party", may_clear=False)


class TestRecipient:
    @pytest.mark.parametrize(
        ("said", "outcome"),
        [
            ([], SILENT),
            ([Said("recipient", "third_party")], CLEAR),
            ([Said("recipient", "third_party", "only")], CLEAR),
            ([Said("recipient", "third_party", "never")], CONTRADICTED),
            ([Said("recipient", "affiliate")], SILENT),
            ([Said("recipient", "affiliate", "only")], CONTRADICTED),
            ([Said("recipient", "affiliate", "never")], SILENT),
            ([Said("recipient", "third_party"), Said("recipient", "third_party", "never")], CONTRADICTED),
            ([Said("recipient", "affiliate", "only"), Said("recipient", "third_party")], CLEAR),
        ],
    )
    def test_is_judged_by_the_worst_that_is_said(self, said, outcome):
        assert outcomes(sharing(), *said)["recipient"] == outcome

    @pytest.mark.parametrize(
        ("said", "outcome"),
        [
            ([UNCHECKED], SILENT),
            ([replace(UNCHECKED, says="only")], SILENT),
            ([replace(UNCHECKED, says="never")], CONTRADICTED),
            ([UNCHECKED, Said("recipient", "affiliate", "only")], CONTRADICTED),
            ([Said("recipient", "affiliate", "only", may_clear=False)], CONTRADICTED),
        ],
    )
    def test_what_one_person_alone_says_of_it_clears_nothing(self, said, outcome):
        assert outcomes(sharing(), *said)["recipient"] == outcome

    def test_rests_on_the_sentences_that_decide(self):
        only, other = Said("recipient", "affiliate", "only", "Only our family."), Said("use", "train")
        (answer,) = match(sharing(), [only, other])
        assert answer.sentences == ["Only our family."]


class TestChoice:
    PROMISE = (Said("recipient", "affiliate", "only", "Only ours."), Said("opt_out", "third_party", "may", "Else ask."))

    def test_that_is_promised_and_not_offered_contradicts_both(self):
        answers = {answer.topic: answer for answer in match(sharing(), self.PROMISE)}
        assert answers["recipient"].outcome == answers["opt_out"].outcome == CONTRADICTED
        assert answers["recipient"].sentences == ["Only ours."]
        assert answers["opt_out"].sentences == ["Else ask."]

    def test_that_was_offered_opens_the_way(self):
        answers = {answer.topic: answer for answer in match(sharing(offered=True), self.PROMISE)}
        assert answers["recipient"].outcome == answers["opt_out"].outcome == CLEAR
        assert answers["recipient"].sentences == ["Else ask."]

    def test_does_not_undo_what_is_ruled_out(self):
        said = (*self.PROMISE, Said("recipient", "third_party", "never"))
        assert outcomes(sharing(offered=True), *said)["recipient"] == CONTRADICTED

    def test_for_another_class_is_not_asked(self):
        assert "opt_out" not in outcomes(sharing("affiliate"), *self.PROMISE)


class TestUses:
    @pytest.mark.parametrize(
        ("said", "outcome"),
        [
            ([Said("use", "train", may_clear=False)], SILENT),
            ([Said("use", "train", "only", may_clear=False)], SILENT),
            ([Said("use", "train", may_clear=False), Said("use", "analytics", "only")], CONTRADICTED),
            ([Said("use", "train", may_clear=False), Said("use", "train")], CLEAR),
        ],
    )
    def test_what_one_person_alone_says_of_them_clears_nothing(self, said, outcome):
        assert outcomes(sharing(uses=["train"]), *said)["use"] == outcome

    @pytest.mark.parametrize(
        ("use", "said", "outcome"),
        [
            ("run", [], SILENT),
            ("run.support", [Said("use", "run")], CLEAR),
            ("run", [Said("use", "run.support")], SILENT),
            ("run", [Said("use", "run.support", "never")], CONTRADICTED),
            ("run.support", [Said("use", "run", "never")], CONTRADICTED),
            ("ads", [Said("use", "run", "only")], CONTRADICTED),
            ("run.support", [Said("use", "run", "only")], CLEAR),
            ("train.faces", [Said("use", "train")], SILENT),
            ("train.faces", [Said("use", "train", "only")], SILENT),
            ("train.faces", [Said("use", "train.faces")], CLEAR),
            ("running", [Said("use", "run")], SILENT),
        ],
    )
    def test_are_judged_along_the_tree(self, use, said, outcome):
        assert outcomes(sharing(uses=[use]), *said)["use"] == outcome

    def test_and_categories_do_not_mix(self):
        assert outcomes(sharing(categories=["run"]), Said("use", "run"))["category"] == SILENT


VALUES = {"recipient": RecipientClass.values, "opt_out": RecipientClass.values, "use": ["run", "run.a", "train.faces"]}
said_things = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda kind: st.builds(
            Said, st.just(kind), st.sampled_from(VALUES[kind]), st.sampled_from(["may", "only", "never"])
        )
    ),
    max_size=6,
)
sharings = st.builds(
    sharing,
    st.sampled_from(RecipientClass.values),
    st.lists(st.sampled_from(["run", "run.a", "ads", "train.faces"]), max_size=3, unique=True),
    st.just(()),
    st.booleans(),
)


class TestEver:
    @given(sharings, said_things)
    def test_each_part_gets_an_answer_and_each_that_is_not_silent_a_sentence(self, shared, said):
        answers = match(shared, said, SEPARATELY)
        asked = [a for a in answers if a.topic != "opt_out"]
        assert [a.key for a in asked] == [shared.recipient, *(use.key for use in shared.uses)]
        assert all(bool(a.claims) == (a.outcome != SILENT) for a in answers)

    @given(sharings, said_things)
    def test_the_order_of_claims_does_not_matter(self, shared, said):
        forward = [a.outcome for a in match(shared, said, SEPARATELY)]
        assert forward == [a.outcome for a in match(shared, said[::-1], SEPARATELY)]

    @given(sharings, said_things, st.sampled_from(RecipientClass.values))
    def test_a_promise_that_something_never_happens_makes_nothing_better(self, shared, said, recipient):
        before = outcomes(shared, *said)
        after = outcomes(shared, *said, Said("recipient", recipient, "never"))
        assert all(after[topic] <= before[topic] for topic in before)

    @given(said_things, st.sampled_from(RecipientClass.values))
    def test_a_choice_that_was_offered_makes_nothing_worse(self, said, recipient):
        without, offered = (outcomes(sharing(recipient, offered=o), *said) for o in (False, True))
        assert all(offered[topic] >= without[topic] for topic in without)


@dataclass(frozen=True)
class Version:
    effective_from: date
    effective_until: date | None


DAY = date(2010, 1, 1)
days = st.integers(0, 40).map(lambda n: DAY + timedelta(days=n))


@st.composite
def versions(draw):
    """Of one or more notices, whose versions follow each other."""
    found = []
    for _ in range(draw(st.integers(0, 2))):
        starts = sorted(draw(st.sets(days, max_size=4)))
        ends = [start - timedelta(days=1) for start in starts[1:]]
        found += [Version(start, end) for start, end in zip(starts, [*ends, None], strict=bool(starts))]
    return found


class TestGaps:
    @given(versions(), days, days)
    def test_are_exactly_the_days_without_a_version(self, known, one, other):
        start, end = sorted((one, other))
        missing = {start + timedelta(days=n) for n in range((end - start).days + 1)}
        missing -= {
            day
            for day in missing
            for v in known
            if v.effective_from <= day and (v.effective_until is None or day <= v.effective_until)
        }
        found = gaps(known, start, end)
        assert {first + timedelta(days=n) for first, last in found for n in range((last - first).days + 1)} == missing
        assert all(first <= last for first, last in found)


def test_the_worst_of_no_answers_is_silence():
    assert worst([]) == SILENT
    assert worst(match(sharing(), [Said("recipient", "affiliate", "only")])) == CONTRADICTED


def test_each_class_has_a_use_of_the_taxonomy_but_what_the_law_asks_for(db):
    keys = {recipient: sharing_use(recipient) for recipient in RecipientClass.values}
    assert keys.pop("legal_process") == ""
    assert DataUse.objects.keyed(*keys.values()).count() == len(keys)
