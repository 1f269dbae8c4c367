"""A redaction takes a text out everywhere, and the chain still verifies and counts it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.core.exceptions import Conflict
from apps.ledger.models import Entry, Salt
from apps.ledger.verify import verify
from apps.vendors.models import Person
from apps.workflow.models import Comment, Decision, Redaction
from tests.api_cast import api_of
from tests.factories import make_person, write_ledger


@pytest.fixture
def person(db):
    person = make_person("A. Marsh")
    person.why_unnamed = "Not at all"
    person.save()
    return person


@pytest.fixture
def redact(legal, privacy):
    """Ask as legal and carry out as privacy."""

    def redact(record, field):
        redaction = Redaction.request(record, field, by=legal, reason="The person asked for it.")
        redaction.carry_out(by=privacy)
        return redaction

    return redact


class TestRequest:
    def test_needs_a_reason(self, person, legal):
        with pytest.raises(ValidationError, match="Say why"):
            Redaction.request(person, "name", by=legal, reason="  ")

    @pytest.mark.parametrize("field", ["kind", "record_id", "revision", "closed_on", "nonsense"])
    def test_is_for_personal_text_only(self, person, legal, field):
        with pytest.raises(ValidationError, match="cannot be redacted"):
            Redaction.request(person, field, by=legal, reason="Asked")

    @pytest.mark.parametrize("name", ["requester", "auditor", "administrator", "independent", "dpo", "executive"])
    def test_is_for_legal_and_privacy(self, person, cast, name):
        with pytest.raises(PermissionDenied):
            Redaction.request(person, "name", by=cast[name], reason="Asked")

    def test_changes_nothing_yet(self, person, legal):
        Redaction.request(person, "name", by=legal, reason="Asked")
        assert Person.objects.get().name == "A. Marsh"


class TestCarryOut:
    def test_replaces_the_text_in_the_record_and_its_history(self, person, redact):
        redaction = redact(person, "name")
        names = {Person.objects.get().name, *person.history.values_list("name", flat=True)}
        assert names == {f"[redacted {redaction.pk}]"}
        assert redaction.rows == 2

    def test_keeps_which_fields_of_which_rows_as_the_ledger_does(self, person, redact, privacy):
        redaction = redact(person, "name")
        write_ledger()
        rows = person.history.order_by("history_id").values_list("history_id", flat=True)
        assert redaction.targets == [["vendors_historicalperson", row, "name"] for row in rows]
        entries = Entry.objects.filter(kind="redaction").order_by("sequence")
        assert [[e.table_name, e.row_id, *e.fields] for e in entries] == redaction.targets
        assert {entry.actor for entry in entries} == {f"user {privacy.pk}"}
        outcome = redaction.history.latest("history_id")
        assert (outcome.targets, outcome.history_user, outcome.status) == (redaction.targets, privacy, "carried_out")
        assert Decision.objects.about(redaction).made().get().by == privacy

    def test_stands_between_its_request_and_its_outcome(self, person, redact):
        redaction = redact(person, "name")
        write_ledger()
        asked, done = redaction.history.order_by("history_id").values_list("history_id", flat=True)
        entries = dict(
            Entry.objects.filter(table_name="workflow_historicalredaction").values_list("row_id", "sequence")
        )
        for entry in Entry.objects.filter(kind="redaction"):
            assert entries[asked] < entry.sequence < entries[done]

    def test_leaves_what_was_redacted_before(self, person, redact, verify_ledger):
        first, second = redact(person, "name"), redact(person, "name")
        assert (first.rows, second.targets) == (2, [])
        assert verify_ledger()[1]["redactions"] == 2

    def test_of_what_was_emptied_since_leaves_the_record_empty(self, person, redact, verify_ledger):
        person.why_unnamed = ""
        person.save()
        redact(person, "why_unnamed")
        assert Person.objects.get().why_unnamed == ""
        assert verify_ledger()[0] == 2

    def test_needs_who_asked_to_speak_for_their_side_still(self, person, legal, privacy, administrator):
        redaction = Redaction.request(person, "name", by=legal, reason="Asked")
        legal.grants.get().end(by=administrator)
        with pytest.raises(Conflict, match="does not speak for it any more"):
            Redaction.objects.get().carry_out(by=privacy)
        assert Person.objects.get().name == "A. Marsh"
        assert redaction.targets is None

    def test_is_told_in_words_on_its_page_and_by_the_api(self, person, redact, sign_in, privacy):
        redaction = redact(person, "name")
        numbers = list(person.history.order_by("history_id").values_list("history_id", flat=True))
        page = sign_in(privacy).get(redaction.get_absolute_url()).content.decode()
        assert f"History of person, name: rows {numbers[0]}, {numbers[1]}" in page
        told = api_of(privacy).get(f"redactions/{redaction.pk}/").json()["replaced"]
        assert told == [{"kind": "History of person", "field": "name", "rows": numbers}]
        history = sign_in(privacy).get(f"{redaction.get_absolute_url()}history/").content.decode()
        assert "vendors_historicalperson" not in history

    def test_verifies_and_is_counted(self, person, redact, verify_ledger):
        redact(person, "name")
        code, answer = verify_ledger()
        assert (code, answer["redactions"]) == (2, 2)

    def test_destroys_the_salts_of_the_text_and_no_others(self, person, redact):
        write_ledger()
        entries = Entry.objects.filter(table_name="vendors_historicalperson").values_list("sequence", flat=True)
        originals = list(entries)
        redact(person, "name")
        for salts in Salt.objects.filter(entry__in=originals).values_list("salts", flat=True):
            assert "name" not in salts
            assert "why_unnamed" in salts

    def test_may_be_followed_by_changes_of_the_record(self, person, redact, verify_ledger):
        redact(person, "name")
        person = Person.objects.get()
        person.why_unnamed = "Redacted"
        person.save()
        assert verify_ledger()[0] == 2

    def test_works_twice_on_one_record(self, person, redact, verify_ledger):
        redact(person, "name"), redact(person, "why_unnamed")
        assert verify_ledger()[0] == 2

    def test_of_a_name_that_must_be_unique_keeps_it_unique(self, founder, stranger, redact, verify_ledger):
        redact(founder, "email"), redact(stranger, "email")
        assert verify_ledger()[0] == 2

    def test_works_on_decisions_and_votes(self, in_review, legal, redact, verify_ledger):
        vote = in_review.review.vote(by=legal, role="Legal", verdict="abstain", reason="I know them.")
        redact(vote, "reason")
        vote.refresh_from_db()
        assert vote.reason.startswith("[redacted")
        assert verify_ledger()[0] == 2

    def test_works_in_the_transaction_that_wrote_the_text(self, support, requester, redact, verify_ledger):
        redact(Comment.write(support, by=requester, body="My phone number is 555"), "body")
        code, _ = verify_ledger()
        assert code == 2

    def test_is_for_the_other_side(self, person, legal, second_lawyer):
        redaction = Redaction.request(person, "name", by=legal, reason="Asked")
        for lawyer in (legal, second_lawyer):
            with pytest.raises(PermissionDenied):
                redaction.carry_out(by=lawyer)
        assert Person.objects.get().name == "A. Marsh"

    def test_happens_once(self, person, redact, privacy):
        redaction = redact(person, "name")
        with pytest.raises(Conflict):
            redaction.carry_out(by=privacy)

    def test_declining_needs_a_reason_and_leaves_the_text(self, person, legal, privacy):
        redaction = Redaction.request(person, "name", by=legal, reason="Asked")
        with pytest.raises(ValidationError, match="Say why"):
            redaction.decline(by=privacy)
        redaction.decline(by=privacy, note="The register is public.")
        assert Person.objects.get().name == "A. Marsh"


class TestTampering:
    def test_an_edited_tombstone_does_not_verify(self, person, redact, tamper, verify_ledger):
        redact(person, "name")
        row = person.history.earliest().history_id
        tamper("UPDATE vendors_historicalperson SET name = '[redacted 0]' WHERE history_id = %s", row)
        code, answer = verify_ledger()
        assert (code, answer["first_broken"]["table"], answer["first_broken"]["row"]) == (
            1,
            "vendors_historicalperson",
            row,
        )

    def test_a_restored_text_does_not_verify(self, person, redact, tamper, verify_ledger):
        redact(person, "name")
        tamper("UPDATE vendors_historicalperson SET name = 'A. Marsh'", rows=2)
        assert verify_ledger()[0] == 1

    def test_an_edited_field_beside_it_does_not_verify(self, person, redact, tamper, verify_ledger):
        redact(person, "name")
        tamper("UPDATE vendors_historicalperson SET kind = 'unknownPerson'", rows=2)
        assert "“kind” was changed" in verify_ledger()[1]["first_broken"]["what"]


def test_of_a_note_takes_its_copies_out_too(in_review, privacy, redact):
    """What somebody writes at a step stands in the decision, the history and the thread."""
    in_review.review.ask(by=privacy, note="Does Ann Marsh know?")
    redact(Comment.objects.get(), "body")
    write_ledger()
    review = in_review.review
    assert "Marsh" not in Comment.objects.get().body
    assert not Decision.objects.filter(note__contains="Marsh").exists()
    assert not review.history.filter(history_change_reason__contains="Marsh").exists()
    assert verify().ok


class TestWhatALaterReleaseRenamed:
    @pytest.mark.parametrize(
        ("target", "told"),
        [
            (["workflow_vote", 1, "words"], ("Vote", "words")),
            (["gone_historicaloffice", 1, "town"], ("gone_historicaloffice", "town")),
        ],
    )
    def test_is_told_by_its_name_of_then(self, target, told):
        [replaced] = Redaction(targets=[target]).replaced
        assert (replaced.kind, replaced.field, replaced.rows) == (*told, [1])
