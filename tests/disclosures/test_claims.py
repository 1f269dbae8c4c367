"""Claims: the sentence stands in the text, and a second person checks it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from apps.core.exceptions import Conflict
from apps.disclosures.models import Claim
from apps.disclosures.sentences import find_sentence, passages
from apps.taxonomy.models import DataUse
from tests.disclosures.conftest import CHOICE, ONLY
from tests.factories import make_claim


def claim_of(version, **fields):
    defaults = {"kind": "recipient", "recipient_class": "affiliate", "sentence": ONLY}
    return Claim(version=version, **{**defaults, **fields})


class TestEnter:
    def test_finds_the_sentence_wherever_its_lines_break(self, draft, legal):
        claim = claim_of(draft, sentence="In any other\r\n case  we tell you first and you may opt out.")
        claim.enter(by=legal)
        assert claim.sentence == CHOICE == draft.text[claim.start : claim.end]

    def test_refuses_a_sentence_that_does_not_stand_in_the_text(self, draft, legal):
        with pytest.raises(ValidationError, match="does not stand in the text"):
            claim_of(draft, sentence="We share with everybody.").enter(by=legal)

    @pytest.mark.parametrize("kind", Claim.Kind.values)
    def test_asks_for_the_value_of_its_kind(self, draft, legal, kind):
        with pytest.raises(ValidationError, match="Fill this in for"):
            claim_of(draft, kind=kind, recipient_class="").enter(by=legal)

    def test_keeps_the_value_of_its_kind_only(self, draft, legal):
        claim = claim_of(draft, months=3, use=DataUse.objects.get(key="essential"))
        claim.enter(by=legal)
        assert (claim.recipient_class, claim.months, claim.use) == ("affiliate", None, None)

    @pytest.mark.parametrize("status", ["draft", "published", "superseded"])
    def test_is_open_before_and_after_the_review(self, draft, legal, status):
        draft.status = status
        draft.save()
        claim_of(draft).enter(by=legal)
        assert draft.claims.count() == 1

    @pytest.mark.parametrize("status", ["in_review", "approved", "rejected"])
    def test_is_closed_while_it_is_decided(self, draft, legal, status):
        draft.status = status
        draft.save()
        with pytest.raises(Conflict, match="stay as they are"):
            claim_of(draft).enter(by=legal)

    def test_is_for_legal_and_privacy_alone_once_people_have_read_the_text(self, draft, engineer, privacy):
        draft.notice.owner = draft.author = engineer
        draft.notice.save()
        draft.save()
        claim_of(draft).enter(by=engineer)
        draft.status = "published"
        draft.save()
        with pytest.raises(PermissionDenied):
            claim_of(draft, recipient_class="third_party").enter(by=engineer)
        with pytest.raises(PermissionDenied):
            draft.claims.get().remove(by=engineer, reason="It stands in the way.")
        claim_of(draft, recipient_class="third_party").enter(by=privacy)

    def test_of_a_choice_says_nothing_but_that(self, draft, legal):
        claim = claim_of(draft, kind="opt_out", says="never", sentence=CHOICE)
        claim.enter(by=legal)
        assert claim.says == "may"

    def test_is_for_the_author_legal_and_privacy(self, draft, privacy, second_lawyer, engineer, auditor):
        claim_of(draft).enter(by=privacy)
        claim_of(draft, recipient_class="service_provider").enter(by=second_lawyer)
        for user in (engineer, auditor):
            with pytest.raises(PermissionDenied):
                claim_of(draft, recipient_class="third_party").enter(by=user)

    def test_the_same_is_not_entered_twice(self, draft, legal):
        claim_of(draft).enter(by=legal)
        with pytest.raises(ValidationError):
            claim_of(draft).enter(by=legal)


class TestCheck:
    @pytest.fixture
    def claim(self, draft, legal):
        return make_claim(draft, "affiliate", ONLY, by=legal)

    def test_is_by_another_person_of_legal_or_privacy(self, claim, privacy):
        claim.confirm(by=privacy)
        assert claim.checked_by == privacy
        assert claim.checked_at is not None

    def test_is_refused_to_who_entered_it_and_to_others(self, claim, legal, engineer, auditor):
        for user in (legal, engineer, auditor):
            with pytest.raises(PermissionDenied):
                claim.confirm(by=user)
        assert claim.checked_by is None

    def test_is_made_once(self, claim, privacy, second_lawyer):
        claim.confirm(by=privacy)
        with pytest.raises(Conflict, match="has checked this claim already"):
            claim.confirm(by=second_lawyer)

    def test_is_void_when_the_claim_changes(self, claim, privacy, legal):
        claim.confirm(by=privacy)
        claim.recipient_class = "third_party"
        claim.enter(by=legal)
        assert claim.checked_by is None

    def test_by_the_same_person_is_refused_by_the_database(self, claim):
        claim.checked_by = claim.entered_by
        with pytest.raises(IntegrityError, match="claim_checked_by_another"), transaction.atomic():
            claim.save()


def test_a_removed_claim_stays_in_the_history(draft, legal):
    claim = make_claim(draft, "affiliate", ONLY)
    claim.remove(by=legal, reason="It says something else.")
    assert not draft.claims.exists()
    last = Claim.history.latest()
    assert (last.history_type, last.history_user, last.history_change_reason) == ("-", legal, "It says something else.")


def test_a_sentence_is_found_next_to_where_it_stood():
    text = "Yes. No. Yes."
    assert find_sentence(text, "Yes.", near=0) == (0, 4)
    assert find_sentence(text, "Yes.", near=11) == (9, 13)
    assert find_sentence(text, "  ") is None


def test_quotes_that_overlap_share_their_passages():
    class Quote:
        def __init__(self, start, end):
            self.start, self.end = start, end

    found = passages("One two three four.", [Quote(0, 7), Quote(4, 13), Quote(4, 7)])
    assert [(p.text, p.numbers, p.begins) for p in found] == [
        ("One ", (1,), (1,)),
        ("two", (1, 2, 3), (2, 3)),
        (" three", (2,), ()),
        (" four.", (), ()),
    ]
