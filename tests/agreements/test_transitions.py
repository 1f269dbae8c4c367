from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from apps.agreements.models import Agreement
from apps.core import clock
from apps.core.exceptions import Blocked, Conflict
from apps.ledger.models import set_links
from apps.taxonomy.models import DataUse
from apps.workflow.models import Decision
from tests.factories import make_approved, make_stake
from tests.hostile_files import PDF

DIGEST = "ab" * 32


def signature(**fields):
    return {"signed_on": clock.today(), "signatories": "A. Marsh & B. Cloud", "document_sha256": DIGEST, **fields}


@pytest.fixture
def approved(support, requester):
    return make_approved(support, requester)


@pytest.fixture
def signed(approved, legal):
    approved.sign(by=legal, **signature())
    return approved


@pytest.fixture
def active(signed, legal):
    signed.activate(by=legal)
    return signed


def past_of(agreement):
    return (
        Agreement.objects.get(pk=agreement.pk).status,
        agreement.history.count(),
        Decision.objects.about(agreement).made().count(),
    )


class TestSubmit:
    @pytest.mark.parametrize("field", ["purpose", "sponsor", "starts_on"])
    def test_needs_what_reviewers_have_to_know(self, support, requester, field):
        setattr(support, field, None if field != "purpose" else "")
        support.save()
        with pytest.raises(ValidationError) as refusal:
            support.submit(by=requester)
        assert set(refusal.value.message_dict) == {field}

    @pytest.mark.parametrize(("field", "links"), [("datasets", "dataset"), ("uses", "use"), ("categories", "category")])
    def test_needs_a_scope(self, support, requester, field, links):
        set_links(getattr(support, f"{links}_links"), links, [], by=requester)
        with pytest.raises(ValidationError) as refusal:
            support.submit(by=requester)
        assert set(refusal.value.message_dict) == {field}

    def test_is_possible_after_a_rejection(self, in_review, legal, requester):
        in_review.review.vote(by=legal, role="Legal", verdict="refuse", reason="No")
        in_review.submit(by=requester)
        assert (in_review.status, in_review.review.number) == ("in_review", 2)


class TestSign:
    def test_records_the_signature(self, signed):
        stored = Agreement.objects.get()
        assert (stored.status, stored.signatories, stored.document_sha256) == ("signed", "A. Marsh & B. Cloud", DIGEST)

    def test_takes_the_digest_of_an_attached_document(self, approved, legal):
        document = SimpleUploadedFile("signed.pdf", PDF)
        approved.sign(by=legal, **signature(document_sha256="", document=document))
        assert len(Agreement.objects.get().document_sha256) == 64

    @pytest.mark.parametrize("wrong", [{"signed_on": None}, {"document_sha256": ""}])
    def test_needs_a_day_not_in_the_future_and_a_document(self, approved, legal, wrong):
        wrong = {"signed_on": clock.today() + timedelta(days=1)} if "signed_on" in wrong else wrong
        before = past_of(approved)
        with pytest.raises(ValidationError):
            approved.sign(by=legal, **signature(**wrong))
        assert past_of(approved) == before

    @pytest.mark.parametrize("name", ["requester", "privacy", "independent", "administrator", "auditor"])
    def test_is_recorded_by_legal_only(self, approved, cast, name):
        with pytest.raises(PermissionDenied):
            approved.sign(by=cast[name], **signature())

    def test_is_not_recorded_by_who_profits(self, approved, legal):
        make_stake(legal, approved.counterparty)
        with pytest.raises(PermissionDenied):
            Agreement.objects.get().sign(by=legal, **signature())


class TestActivate:
    def test_puts_it_in_force(self, active):
        assert Agreement.objects.get().status == "active"

    def test_waits_for_the_first_day(self, support, requester, legal):
        support.starts_on = clock.today() + timedelta(days=10)
        support.save()
        make_approved(support, requester).sign(by=legal, **signature())
        with pytest.raises(Conflict, match="cannot be activated before"):
            support.activate(by=legal)
        with clock.travel_to(clock.now() + timedelta(days=10)):
            support.activate(by=legal)
        assert support.status == "active"

    def test_is_stopped_when_the_vendor_has_lapsed(self, signed, legal, cloudy):
        cloudy.approved_until = clock.today() - timedelta(days=1)
        cloudy.save()
        with pytest.raises(Blocked) as blocked:
            signed.activate(by=legal)
        assert blocked.value.facts == ["Cloudy is not an approved vendor."]
        assert Decision.objects.about(signed).latest("pk").refusal == "Adopted rules object to the activation."


class TestSuspendAndResume:
    def test_need_a_reason(self, active, legal):
        with pytest.raises(ValidationError):
            active.suspend(by=legal)
        active.suspend(by=legal, note="A leak")
        with pytest.raises(ValidationError):
            active.resume(by=legal)
        active.resume(by=legal, note="Mended")
        assert active.status == "active"


class TestExpire:
    @pytest.mark.parametrize("suspended", [True, False])
    def test_happens_after_the_last_day(self, active, legal, suspended):
        if suspended:
            active.suspend(by=legal, note="A leak")
        with clock.travel_to(clock.now() + timedelta(days=366)):
            active.expire(by=None)
        assert active.status == "expired"

    def test_not_before(self, active):
        with clock.travel_to(clock.now() + timedelta(days=365)), pytest.raises(Conflict, match="has not ended yet"):
            active.expire(by=None)

    def test_never_without_an_end(self, active):
        active.ends_on = None
        active.save()
        with clock.travel_to(clock.now() + timedelta(days=10_000)), pytest.raises(Conflict):
            active.expire(by=None)

    def test_is_found_by_the_day(self, active):
        assert list(Agreement.objects.ending(active.ends_on)) == []
        assert list(Agreement.objects.ending(active.ends_on + timedelta(days=1))) == [active]


class TestTerminate:
    def test_needs_a_reason_and_ends_everything(self, active, legal):
        with pytest.raises(ValidationError):
            active.terminate(by=legal)
        active.terminate(by=legal, note="Breach")
        assert active.status == "terminated"
        assert active.transitions_for(legal) == []


class TestRevise:
    @pytest.mark.parametrize("stage", ["in_review", "approved"])
    def test_is_the_way_back_to_draft_and_voids(self, request, requester, stage):
        agreement = request.getfixturevalue(stage)
        agreement.revise(by=requester)
        assert (agreement.status, agreement.review.status, agreement.is_editable) == ("draft", "void", True)

    def test_is_over_once_it_is_signed(self, signed, requester):
        with pytest.raises(Conflict):
            signed.revise(by=requester)

    def test_an_approval_that_is_void_cannot_be_signed_after_resubmission(self, approved, requester, legal):
        approved.revise(by=requester)
        approved.submit(by=requester)
        with pytest.raises(Conflict):
            approved.sign(by=legal, **signature())

    def test_approved_terms_are_not_edited(self, approved):
        with pytest.raises(Conflict, match="cannot be edited"):
            approved.require_editable()


# One change of what was approved, made past the review.
CHANGES = {
    "title": "UPDATE agreements_agreement SET title = 'Another'",
    "purpose": "UPDATE agreements_agreement SET purpose = 'Anything'",
    "dates": "UPDATE agreements_agreement SET ends_on = ends_on + 365",
    "consideration": "UPDATE agreements_agreement SET consideration = 'they_pay'",
    "training": "UPDATE agreements_agreement SET may_train = 'yes'",
    "passing on": "UPDATE agreements_agreement SET onward_transfer = 'yes'",
    "sponsor": "UPDATE agreements_agreement SET sponsor_id = requester_id",
    "recipient": "UPDATE agreements_agreement SET counterparty_id = our_entity_id",
    "deletion": "UPDATE agreements_agreement SET delete_within_days = 9999",
    "datasets": "DELETE FROM agreements_agreementdataset",
    "uses": "UPDATE agreements_agreementuse SET use_id = "
    "(SELECT id FROM taxonomy_datause WHERE key = 'train_ai_system.face_recognition')",
    "categories": "UPDATE agreements_agreementcategory SET category_id = "
    "(SELECT id FROM taxonomy_datacategory WHERE key = 'user.biometric')",
}


class TestWhatWasApproved:
    @pytest.mark.parametrize("change", CHANGES)
    def test_changed_in_the_database_is_caught_at_the_signature(self, approved, legal, change):
        with connection.cursor() as cursor:
            cursor.execute(CHANGES[change])
        with pytest.raises((Conflict, Blocked)):
            approved.sign(by=legal, **signature())
        assert Agreement.objects.get().status == "approved"

    @pytest.mark.parametrize("change", CHANGES)
    def test_changed_in_the_database_is_caught_at_activation(self, signed, legal, change):
        with connection.cursor() as cursor:
            cursor.execute(CHANGES[change])
        with pytest.raises((Conflict, Blocked)):
            signed.activate(by=legal)
        assert Agreement.objects.get().status == "signed"

    def test_changed_by_save_is_caught(self, signed, legal):
        signed.purpose = "Anything"
        signed.save()
        with pytest.raises(Conflict, match="not what was approved"):
            signed.activate(by=legal)

    def test_changed_in_scope_is_caught(self, signed, legal):
        set_links(signed.use_links, "use", DataUse.objects.keyed("train_ai_system"), by=legal)
        with pytest.raises(Conflict, match="not what was approved"):
            signed.activate(by=legal)

    def test_changed_while_suspended_is_caught(self, active, legal):
        active.suspend(by=legal, note="A leak")
        active.purpose = "Anything"
        active.save()
        with pytest.raises(Conflict, match="not what was approved"):
            active.resume(by=legal, note="Mended")

    def test_put_back_as_it_was_holds_again(self, signed, legal):
        for purpose in ("Anything", "They host our tickets."):
            signed.purpose = purpose
            signed.save()
        signed.activate(by=legal)
        assert signed.status == "active"


class TestStale:
    def test_a_copy_cannot_sign_twice(self, approved, legal):
        stale = Agreement.objects.get()
        approved.sign(by=legal, **signature())
        with pytest.raises(Conflict):
            stale.sign(by=legal, **signature())
