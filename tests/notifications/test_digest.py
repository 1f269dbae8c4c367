"""The daily mail: what stands in it, for whom, and what never does."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role, RoleGrant, User
from apps.core import clock
from apps.findings.models import Finding, Requirement, reconcile
from apps.findings.models.finding import new_finding
from apps.ledger.models import Anchor, Verification
from apps.ledger.notes import open_note
from apps.ledger.signer import Refused
from apps.notifications.digest import MOST_LINES, Records, queue_digest
from apps.notifications.models import Message
from apps.notifications.tasks import queue_digests, send_messages
from apps.notifications.work import tasks_of
from apps.workflow.models import Comment
from tests.factories import (
    make_agreement,
    make_claim,
    make_notice,
    make_role,
    make_stake,
    make_transfer,
    make_user,
    make_version,
)
from tests.ledger.signing import cut_tail


def digest_of(user):
    return Message.objects.filter(recipient=user).order_by("-pk").first()


def told(user):
    """The sentences of the digest of today, made now as the night makes it."""
    queue_digest(user, Records(), clock.today())
    message = digest_of(user)
    return [line["text"] for line in message.lines] if message else []


def tomorrow(days=1):
    return clock.travel_to(clock.now() + timedelta(days=days))


def again(user):
    """As if signed in anew: roles are asked once for an instance."""
    return User.objects.get(pk=user.pk)


class TestWhatWaits:
    def test_a_reviewer_reads_what_is_to_be_decided_and_until_when(self, in_review, legal):
        due = in_review.review.due_on
        assert told(legal) == [f"Agreement no. {in_review.pk} waits for your decision, due {due:%-d %b %Y}."]

    def test_the_subject_counts_what_is_asked(self, in_review, legal):
        told(legal)
        assert digest_of(legal).subject == "1 thing waits for you in the governance portal"

    def test_a_requester_reads_that_a_question_waits(self, in_review, requester, legal):
        in_review.review.ask(by=legal, note="Why tickets of 2012?")
        assert f"A question about agreement no. {in_review.pk} waits for your answer" in told(requester)[0]

    def test_an_administrator_reads_that_a_role_waits(self, stranger, administrator, second_administrator):
        RoleGrant.grant(stranger, Role.LEGAL, by=administrator)
        assert told(second_administrator) == ["A role waits for a second administrator to confirm it."]
        assert digest_of(administrator) is None

    def test_a_reviewer_reads_once_for_a_version_that_claims_of_others_wait(self, legal, privacy, stranger):
        version = make_version(make_notice(legal), "2026")
        for months in (1, 2):
            make_claim(version, months, checked=False)
        assert told(privacy) == [f"Notice version no. {version.pk} has claims that wait to be checked."]
        assert told(legal) == told(stranger) == []

    def test_a_checked_claim_waits_for_nobody(self, legal, privacy, second_lawyer):
        claim = make_claim(make_version(make_notice(legal), "2026"), 1, checked=False)
        claim.confirm(by=privacy)
        assert told(second_lawyer) == []

    def test_readers_of_the_ledger_read_that_it_does_not_fit_until_it_does(self, legal, stranger):
        failed = Verification.objects.create(by_name="The portal", finished_at=clock.now(), checkpoint_problem="Cut.")
        # One that has not ended found nothing yet.
        Verification.objects.create(by_name="The portal")
        day = f"{failed.started_at:%-d %b %Y}"
        assert tasks_of(stranger) == []
        assert told(legal) == [f"The last verification of the ledger found something that does not fit, due {day}."]
        assert told(stranger) == []
        Verification.objects.create(by_name="The portal", finished_at=clock.now())
        assert tasks_of(legal) == []

    @pytest.mark.usefixtures("in_review")
    def test_whoever_has_nothing_gets_no_mail(self, stranger):
        assert told(stranger) == []
        assert digest_of(stranger) is None

    @pytest.mark.usefixtures("in_review")
    def test_neither_service_accounts_nor_deactivated_people_get_one(self, in_review, legal, second_lawyer):
        legal.is_active, second_lawyer.is_service = False, True
        legal.save()
        second_lawyer.save()
        queue_digests()
        assert digest_of(legal) is digest_of(second_lawyer) is None


class TestFindings:
    def test_the_owner_role_reads_of_new_ones(self, case, second_lawyer):
        assert any(f"Agreement no. {case.pk} has " in text for text in told(second_lawyer))

    def test_the_requester_reads_of_those_about_the_own_record(self, case, requester):
        assert any(f"Agreement no. {case.pk} has " in text for text in told(requester))

    def test_nobody_else_does(self, case, engineer, privacy):
        finding = Finding.objects.about(case).get(requirement__code="HOUSE-4")
        Finding.objects.about(case).exclude(pk=finding.pk)
        assert not any("finding" in text for text in told(make_user("passer_by")))

    def test_what_nobody_takes_care_of_is_told_every_day(self, case, legal):
        first = told(legal)
        with tomorrow():
            assert told(legal) == first

    def test_what_somebody_takes_care_of_is_told_again_when_it_is_late(self, case, legal, second_lawyer):
        for finding in Finding.objects.open():
            finding.acknowledge(by=second_lawyer, note="I do.")
        with tomorrow():
            assert not any("finding" in text for text in told(legal))
        with tomorrow(5):
            assert any("findings, the gravest critical, due since" in text for text in told(legal))

    def test_what_people_closed_is_not_told(self, support, requester, legal):
        rule = Requirement.objects.get(code="HOUSE-4")
        finding = new_finding(rule, support, "x", fact="A fact")
        finding.save()
        finding.dismiss(by=legal, note="It does not apply.")
        assert told(legal) == []


class TestEscalation:
    def test_executives_hear_of_what_is_critical_and_late(self, case, executive):
        with tomorrow(5):
            assert told(executive)[0].startswith(f"Agreement no. {case.pk} has 2 findings, the gravest critical")

    def test_not_before_it_is_late(self, case, executive):
        assert told(executive) == []

    def test_an_executive_who_profits_does_not(self, case, executive, lumen):
        make_stake(executive, lumen)
        with tomorrow(5):
            assert not any("agreement" in text.lower() for text in told(executive))


class TestTransfers:
    @pytest.fixture
    def reported(self, stranger, tickets, lumen, founder):
        return make_transfer(stranger, tickets, lumen, channel="personal_mail", consideration="none", confidential=True)

    def words_about(self, transfer, user):
        return [text for text in told(user) if f"transfer no. {transfer.pk}" in text.lower()]

    def test_legal_and_privacy_read_that_a_report_waits(self, reported, legal, privacy):
        for user in (legal, privacy):
            assert f"Transfer no. {reported.pk} waits for its outcome" in "".join(told(user))

    def test_whoever_proposed_waits_for_the_other_side(self, reported, legal, privacy):
        reported.propose(by=legal, note="Seen.", proposal="confirmed")
        assert f"Transfer no. {reported.pk} waits for its outcome" not in "".join(told(legal))
        assert f"Transfer no. {reported.pk} waits for its outcome" in "".join(told(privacy))

    def test_nobody_else_hears_of_it_within_two_working_days(self, reported, executive, dpo, engineer):
        for user in (executive, dpo, engineer):
            assert self.words_about(reported, user) == []

    def test_the_reporter_reads_what_became_of_it(self, reported, stranger, legal, privacy):
        reported.propose(by=legal, note="Seen.", proposal="confirmed")
        reported.confirm(by=privacy, note="Seen too.")
        assert f"Transfer no. {reported.pk} is now: confirmed." in told(stranger)

    @pytest.mark.parametrize("role", [Role.LEGAL, Role.PRIVACY, Role.EXECUTIVE])
    def test_nobody_with_a_path_reads_a_line(self, reported, founder, role):
        make_role(founder, role, since=clock.now() - timedelta(days=30))
        with tomorrow(20):
            assert self.words_about(reported, again(founder)) == []


class TestOutcomes:
    def test_the_requester_reads_what_became_of_the_request(self, in_review, requester, legal):
        in_review.review.vote(by=legal, role=Role.LEGAL, verdict="refuse", reason="No.")
        assert told(requester) == [f"Agreement no. {in_review.pk} is now: rejected."]
        assert digest_of(requester).subject == "News for you in the governance portal"

    def test_nobody_is_told_their_own_steps(self, in_review, requester):
        assert told(requester) == []

    def test_once(self, in_review, requester, legal):
        in_review.review.vote(by=legal, role=Role.LEGAL, verdict="refuse", reason="No.")
        told(requester)
        before = Message.objects.count()
        with tomorrow():
            queue_digests()
        assert Message.objects.filter(recipient=requester).count() == 1 <= before


class TestPathOfInterests:
    """Whoever profits gets no line at all about the record, in no role."""

    def lines_about(self, case, user):
        words = (f"agreement no. {case.pk}", f"organisation no. {case.counterparty_id}")
        texts = [text.lower() for text in told(user)]
        paths = [line["path"] for message in Message.objects.filter(recipient=user) for line in message.lines]
        findings = [finding.get_absolute_url() for finding in Finding.objects.about(case)]
        return [text for text in texts if any(word in text for word in words)] + sorted(
            set(paths) & {*findings, case.get_absolute_url()}
        )

    @pytest.fixture(autouse=True)
    def _checked(self, case):
        reconcile(case)
        reconcile(case.counterparty)

    def test_the_others_do(self, case, legal, requester):
        assert self.lines_about(case, legal)
        assert self.lines_about(case, requester)

    def test_the_founder_as_sponsor(self, case, founder):
        assert case.sponsor == founder
        assert self.lines_about(case, founder) == []

    @pytest.mark.parametrize("role", [Role.LEGAL, Role.PRIVACY, Role.INDEPENDENT, Role.EXECUTIVE, Role.ADMINISTRATOR])
    def test_the_founder_in_any_role_and_late(self, case, founder, role):
        make_role(founder, role, since=clock.now() - timedelta(days=30))
        with tomorrow(20):
            assert self.lines_about(case, again(founder)) == []

    def test_a_lawyer_whose_interest_became_known_today(self, case, legal, lumen):
        make_stake(legal, lumen)
        assert self.lines_about(case, legal) == []

    def test_a_requester_whose_interest_became_known_today(self, case, requester, legal, lumen):
        case.review.ask(by=legal, note="Who gains?")
        make_stake(requester, lumen)
        assert self.lines_about(case, requester) == []

    def test_a_mention(self, case, founder, legal):
        Comment.write(case, by=legal, body="Has @founder said so?")
        assert self.lines_about(case, founder) == []

    def test_the_outcome(self, case, founder, legal):
        case.review.vote(by=legal, role=Role.LEGAL, verdict="refuse", reason="No.")
        assert self.lines_about(case, founder) == []


class TestWords:
    GIVES_AWAY = ("Lumen", "Corona", "Photos", "face", "Founder", "40 %", "4.8 %", "founder", "profit", "interest")

    def test_no_mail_names_people_vendors_titles_or_amounts(self, case, legal, requester):
        Comment.write(case, by=legal, body="@requester, look: 40 % of Corona.")
        with tomorrow(5):
            queue_digests()
        for message in Message.objects.exclude(recipient__email__startswith="auditor"):
            email = message.as_email()
            html = email.alternatives[0].content
            html = html[html.index("<h1") :]
            for words in (email.subject, email.body, html):
                said = re.sub(r"https?://\S+", "", words).replace("#", "")
                assert [word for word in self.GIVES_AWAY if word in said] == []

    def test_one_line_for_each_record_and_a_count_of_what_does_not_fit(self, ours, requester, cloudy, engineer, legal):
        rule = Requirement.objects.get(code="HOUSE-4")
        for number in range(MOST_LINES + 8):
            agreement = make_agreement(requester, cloudy, [], title=f"A {number}")
            for part in ("a", "b"):
                new_finding(rule, agreement, part, fact="A fact").save()
        texts = told(legal)
        assert len(texts) == MOST_LINES + 1
        assert texts[-1] == "And 8 more on your home page."
        assert digest_of(legal).subject == f"{MOST_LINES + 8} things wait for you in the governance portal"


class TestAuditor:
    def test_is_sent_the_newest_signed_checkpoint_as_a_file(self, support, auditor, sign, signer):
        file = sign()
        assert told(auditor)[0].startswith("The signed checkpoint of ")
        send_messages()
        [sent] = [sent for sent in mail.outbox if sent.to == [auditor.email]]
        [(name, content, _)] = sent.attachments
        assert (name, content.decode()) == (file.name, file.read_text())
        assert open_note(content.decode(), signer.verifier_keys())

    def test_is_a_holder_from_then_on(self, support, auditor, sign):
        second_auditor = make_user("second_auditor", Role.AUDITOR)
        sign()
        for person in (auditor, second_auditor):
            told(person)
        assert not Anchor.objects.exists()
        send_messages()
        held = Anchor.objects.held().filter(kind=Anchor.Kind.MAIL)
        assert {anchor.holder for anchor in held} == {f"user {auditor.pk}", f"user {second_auditor.pk}"}

    def test_nobody_else_is_sent_one(self, in_review, legal, sign):
        sign()
        assert told(legal)
        assert digest_of(legal).attachments == []

    def test_reads_that_the_signer_does_not_run(self, support, auditor):
        assert told(auditor) == ["No checkpoint of the ledger was signed yet: the signer does not run."]

    def test_reads_that_the_signer_refuses(self, support, auditor, sign):
        sign()
        cut_tail()
        with pytest.raises(Refused):
            sign()
        assert "its tail was cut off" in told(auditor)[1]


class TestOnce:
    def test_a_second_run_of_the_day_adds_nothing(self, in_review):
        assert queue_digests() > 0
        assert queue_digests() == 0

    def test_the_next_day_says_again_what_still_waits(self, in_review, legal):
        first = told(legal)
        with tomorrow():
            assert told(legal) == first
        assert Message.objects.filter(recipient=legal).count() == 2

    def test_a_person_whose_digest_fails_costs_nobody_else_theirs(self, in_review, legal, auditor, monkeypatch):
        monkeypatch.setattr("apps.notifications.digest.newest_note", lambda: 1 / 0)
        assert told(legal)
        assert digest_of(auditor) is None


def test_more_findings_cost_no_more_queries(ours, requester, cloudy, legal):
    rule = Requirement.objects.get(code="HOUSE-4")

    def queries(count):
        for number in range(count):
            agreement = make_agreement(requester, cloudy, [], title=f"A {number}")
            new_finding(rule, agreement, "x", fact="A fact").save()
        with tomorrow(Message.objects.count() + 1):
            with CaptureQueriesContext(connection) as captured:
                queue_digests()
            send_messages()
        return len(captured)

    queries(1)
    few = queries(3)
    assert queries(12) - few <= 2 * 12
