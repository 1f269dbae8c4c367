"""The pages of notices, claims, offers and statements, as people use them."""

from datetime import date

import pytest

from apps.disclosures.models import Claim, Notice, NoticeVersion, OptOutOffer, PublicStatement, StatementClaim
from apps.workflow.models import Proposal
from tests.disclosures.conftest import CHOICE, ONLY, TEXT
from tests.factories import make_claim, make_statement, make_version


def text_of(response):
    return " ".join(response.content.decode().split())


class TestNotices:
    def test_legal_registers_one_and_writes_its_first_version(self, legal, sign_in):
        client = sign_in(legal)
        answer = client.post("/disclosures/notices/new/", {"product": "Shop", "language": "de", "owner": legal.pk})
        notice = Notice.objects.get()
        assert answer.url == notice.get_absolute_url()
        assert "No version is written yet." in text_of(client.get(answer.url))
        text = {"label": "1", "effective_from": "2012-03-01", "text": TEXT.replace("\n", "\r\n")}
        answer = client.post(f"{notice.get_absolute_url()}new-version/", text)
        version = NoticeVersion.objects.get()
        assert answer.url == version.get_absolute_url()
        assert (version.text, version.author, version.status) == (TEXT, legal, "draft")

    def test_one_for_a_product_and_language(self, notice, legal, sign_in):
        again = {"product": notice.product, "language": "en", "owner": legal.pk}
        assert sign_in(legal).post("/disclosures/notices/new/", again).status_code == 422

    @pytest.mark.parametrize("language", ["English", "e", "en_GB", "EN"])
    def test_a_language_is_a_code(self, legal, sign_in, language):
        wrong = {"product": "Shop", "language": language, "owner": legal.pk}
        assert "Write a code" in text_of(sign_in(legal).post("/disclosures/notices/new/", wrong))

    def test_others_register_none(self, engineer, sign_in):
        assert sign_in(engineer).get("/disclosures/notices/new/").status_code == 403

    def test_compares_the_two_newest_versions(self, notice, old, legal, sign_in):
        make_version(notice, "2015", TEXT.replace("24 months", "36 months"), effective_from=date(2015, 2, 1))
        page = text_of(sign_in(legal).get(f"{notice.get_absolute_url()}compare/"))
        assert '<del><span class="visually-hidden">removed: </span> 24</del>' in page
        assert '<ins><span class="visually-hidden">added: </span> 36</ins>' in page

    def test_compares_the_versions_that_are_named(self, notice, old, legal, sign_in):
        client = sign_in(legal)
        page = client.get(f"{notice.get_absolute_url()}compare/", {"old": old.pk, "new": old.pk})
        assert "The texts are the same, word for word." in text_of(page)
        for wrong in ("999999", "x", "²", "9" * 30):
            assert client.get(f"{notice.get_absolute_url()}compare/", {"old": wrong}).status_code == 404


class TestVersions:
    def test_a_label_is_taken_once_in_a_notice(self, notice, old, legal, sign_in):
        body = {"label": old.label, "effective_from": "2026-01-01", "text": "x"}
        answer = sign_in(legal).post(f"/disclosures/notices/{notice.pk}/new-version/", body)
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["label"]

    def test_who_comes_second_at_the_same_moment_gets_a_conflict(self, notice, old, legal, sign_in, monkeypatch):
        monkeypatch.setattr("apps.core.forms.RecordForm.validate_unique", lambda form: None)
        body = {"label": old.label, "effective_from": "2026-01-01", "text": "x"}
        answer = sign_in(legal).post(f"/disclosures/notices/{notice.pk}/new-version/", body)
        assert (answer.status_code, "Somebody saved the same" in answer.content.decode()) == (409, True)

    def test_the_text_stands_with_its_marked_sentences_beside_the_claims(self, old, stranger, sign_in):
        make_claim(old, "affiliate", ONLY, says="only", checked=False)
        page = text_of(sign_in(stranger).get(old.get_absolute_url()))
        assert f"<mark>{ONLY}<sup>" in page
        assert "only Companies of our own group" in page
        assert "not checked by anybody else yet" in page

    def test_an_edit_takes_the_claims_along(self, draft, second_lawyer, sign_in):
        claim = make_claim(draft, "third_party", CHOICE, kind="opt_out")
        new = {"label": "1", "effective_from": "2026-01-01", "text": f"Before it all. {TEXT}", "revision": "1"}
        assert sign_in(second_lawyer).post(f"{draft.get_absolute_url()}edit/", new).status_code == 302
        draft.refresh_from_db()
        claim.refresh_from_db()
        assert draft.text[claim.start : claim.end] == CHOICE

    def test_an_edit_leaves_the_sentences_of_claims(self, draft, second_lawyer, sign_in):
        make_claim(draft, "third_party", CHOICE, kind="opt_out")
        new = {"label": "1", "effective_from": "2026-01-01", "text": "Something else.", "revision": "1"}
        answer = sign_in(second_lawyer).post(f"{draft.get_absolute_url()}edit/", new)
        assert answer.status_code == 422
        assert "A claim rests on this sentence" in text_of(answer)

    def test_a_published_one_is_not_edited(self, old, second_lawyer, sign_in):
        assert sign_in(second_lawyer).get(f"{old.get_absolute_url()}edit/").status_code == 409


class TestClaims:
    def test_are_entered_by_pasting_a_sentence(self, old, privacy, sign_in):
        wanted = {"sentence": ONLY, "kind": "recipient", "says": "only", "recipient_class": "affiliate"}
        client = sign_in(privacy)
        answer = client.post(f"{old.get_absolute_url()}new-claim/", wanted)
        claim = Claim.objects.get()
        assert answer.url == f"{old.get_absolute_url()}#claim-{claim.pk}"
        assert (claim.entered_by, claim.says, claim.sentence) == (privacy, "only", ONLY)

    def test_quote_the_text_word_for_word(self, old, privacy, sign_in):
        wrong = {"sentence": "We share it all.", "kind": "recipient", "says": "may", "recipient_class": "affiliate"}
        answer = sign_in(privacy).post(f"{old.get_absolute_url()}new-claim/", wrong)
        assert answer.status_code == 422
        assert "does not stand in the text" in text_of(answer)

    def test_are_checked_by_somebody_else_with_a_button(self, old, privacy, sign_in):
        claim = make_claim(old, "affiliate", ONLY, checked=False)
        client = sign_in(privacy)
        assert "It says so" in text_of(client.get(old.get_absolute_url()))
        client.post(f"/disclosures/claims/{claim.pk}/check/")
        claim.refresh_from_db()
        assert claim.checked_by == privacy
        assert "It says so" not in text_of(client.get(old.get_absolute_url()))

    def test_no_button_checks_ones_own(self, old, second_lawyer, sign_in):
        claim = make_claim(old, "affiliate", ONLY, checked=False)
        client = sign_in(second_lawyer)
        assert "It says so" not in text_of(client.get(old.get_absolute_url()))
        assert client.post(f"/disclosures/claims/{claim.pk}/check/").status_code == 403

    def test_are_not_edited_once_somebody_else_checked_them(self, old, privacy, legal, sign_in):
        claim = make_claim(old, "affiliate", ONLY, checked=False)
        claim.confirm(by=privacy)
        new = {
            "sentence": ONLY,
            "kind": "recipient",
            "says": "only",
            "recipient_class": "service_provider",
            "revision": claim.revision,
        }
        assert sign_in(legal).post(f"/disclosures/claims/{claim.pk}/edit/", new).status_code == 409
        claim.refresh_from_db()
        assert (claim.recipient_class, claim.checked_by) == ("affiliate", privacy)

    def test_are_removed_with_a_reason_by_both_sides(self, old, legal, privacy, sign_in):
        claim = make_claim(old, "affiliate", ONLY)
        client, url = sign_in(privacy), f"/disclosures/claims/{claim.pk}/remove/"
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "It says something else."}).status_code == 302
        assert Claim.objects.exists()
        Proposal.objects.about(old).get().confirm(by=legal)
        assert not Claim.objects.exists()
        history = text_of(client.get(f"{old.get_absolute_url()}history/"))
        assert "It says something else." in history

    def test_stay_while_the_version_is_decided(self, draft, second_lawyer, privacy, sign_in):
        claim = make_claim(draft, "affiliate", ONLY)
        draft.submit(by=second_lawyer)
        client = sign_in(privacy)
        for url in (f"{draft.get_absolute_url()}new-claim/", f"/disclosures/claims/{claim.pk}/remove/"):
            assert client.get(url).status_code == 409


class TestOffers:
    FIELDS = {
        "recipient_class": "third_party",
        "offered_from": "2026-01-01",
        "channel": "mail",
        "text_sha256": "a" * 64,
        "state": "running",
    }

    def test_are_recorded_and_finished(self, old, privacy, sign_in):
        client = sign_in(privacy)
        client.post("/disclosures/offers/new/", {**self.FIELDS, "version": old.pk})
        offer = OptOutOffer.objects.get()
        assert (offer.recorded_by, offer.state) == (privacy, "running")
        assert "<dt>People who opted out</dt><dd>Not recorded.</dd>" in client.get(offer.get_absolute_url()).text
        url, done = f"{offer.get_absolute_url()}edit/", {**self.FIELDS, "version": old.pk, "state": "finished"}
        answer = client.post(url, {**done, "revision": 1})
        assert "An offer is finished once its last day is over" in text_of(answer)
        done |= {"offered_until": "2026-02-01", "exclusions_sha256": "b" * 64, "excluded": "7", "revision": 1}
        assert client.post(url, done).status_code == 302
        assert client.get(url).status_code == 409

    def test_are_for_what_people_have_read(self, draft, privacy, sign_in):
        answer = sign_in(privacy).post("/disclosures/offers/new/", {**self.FIELDS, "version": draft.pk})
        assert answer.status_code == 422

    def test_are_recorded_by_legal_and_privacy(self, engineer, sign_in):
        assert sign_in(engineer).get("/disclosures/offers/new/").status_code == 403


class TestStatements:
    def test_anybody_drafts_one_and_enters_what_it_says(self, requester, cloudy, sign_in):
        client = sign_in(requester)
        fields = {"title": "To a paper", "organisation": cloudy.pk, "audience": "press", "said_on": "2026-01-01"}
        client.post("/disclosures/statements/new/", {**fields, "text": "We share nothing with Cloudy."})
        statement = PublicStatement.objects.get()
        assert statement.author == requester
        claim = {"sentence": "We share nothing with Cloudy.", "kind": "no_sharing", "period_from": "2020-01-01"}
        assert client.post(f"{statement.get_absolute_url()}new-claim/", claim).status_code == 302
        page = text_of(client.get(statement.get_absolute_url()))
        assert "No data was shared with them, from 1 Jan 2020 until 1 Jan 2026." in page
        assert "Consistent with what is on record" in page

    def test_a_draft_is_for_its_author_and_those_who_read_everything(self, requester, stranger, cloudy, sign_in, dpo):
        statement = make_statement(requester, cloudy)
        assert sign_in(stranger).get(statement.get_absolute_url()).status_code == 404
        assert sign_in(dpo).get(statement.get_absolute_url()).status_code == 200

    def test_what_was_said_is_known_to_everybody_and_stays(self, requester, stranger, cloudy, sign_in):
        statement = make_statement(requester, cloudy, status="made")
        assert sign_in(stranger).get(statement.get_absolute_url()).status_code == 200
        assert sign_in(requester).get(f"{statement.get_absolute_url()}edit/").status_code == 409

    def test_after_that_claims_are_added_by_legal_or_privacy_and_not_removed(self, requester, legal, cloudy, sign_in):
        statement = make_statement(requester, cloudy)
        claim = StatementClaim(statement=statement, kind="no_sharing", sentence="Nothing was shared.")
        claim.enter(by=requester)
        statement.status = "made"
        statement.save()
        more = {"sentence": "Nothing was shared.", "kind": "no_agreement"}
        assert sign_in(requester).post(f"{statement.get_absolute_url()}new-claim/", more).status_code == 403
        client = sign_in(legal)
        assert client.get(f"/disclosures/statement-claims/{claim.pk}/remove/").status_code == 409
        assert client.post(f"{statement.get_absolute_url()}new-claim/", more).status_code == 302
