"""No sequence of steps makes the transfer of 2014 covered, or makes it disappear."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction

from apps.agreements.models import Agreement, Transfer
from apps.core.exceptions import Conflict
from apps.findings.models import Finding, Requirement, reconcile
from apps.ledger.verify import verify
from apps.workflow.models import Decision, Redaction
from tests.api_cast import api_of
from tests.factories import make_agreement, make_approved, make_transfer, suspend, write_ledger
from tests.scenes import THE_DAY

BEFORE_AND_AFTER = [
    pytest.param("of_2014", id="reported", marks=pytest.mark.world("of_2014")),
    pytest.param("confirmed", marks=pytest.mark.world("confirmed")),
]


@pytest.fixture(params=BEFORE_AND_AFTER)
def transfer(request, named):
    """The transfer of the case, before and after its outcome."""
    return named(request.param)


def assert_stays(transfer):
    """It is on record as it was told, nothing covers it, and the finding says so."""
    stored = Transfer.objects.get(pk=transfer.pk)
    assert (stored.transferred_on, stored.dataset, stored.recipient) == (THE_DAY, transfer.dataset, transfer.recipient)
    assert stored.status in ("reported", "proposed", "confirmed")
    assert not stored.cover.is_covered
    reconcile(stored)
    finding = Finding.objects.about(stored).open().get(requirement__code="OKC-1")
    assert finding.fact == "No agreement or other ground is recorded that covers 15 Sep 2014."


def put_in_force(transfer, requester, legal, **fields):
    """An agreement with the recipient about the dataset, activated today whatever its dates say."""
    agreement = make_agreement(requester, transfer.recipient, [transfer.dataset], title="Afterwards", **fields)
    make_approved(agreement, requester)
    for rule in Requirement.objects.filter(status="adopted"):
        suspend(rule)
    signed_on = fields["starts_on"]
    agreement.sign(by=legal, note="", signed_on=signed_on, signatories="A and B", document_sha256="ab" * 32)
    agreement.activate(by=legal, note="")
    return agreement


class TestCoveredAfterwards:
    @pytest.mark.parametrize("ends_on", [date(2030, 1, 1), None])
    def test_by_an_agreement_dated_back(self, of_2014, requester, legal, ends_on):
        agreement = put_in_force(of_2014, requester, legal, starts_on=date(2014, 1, 1), ends_on=ends_on)
        assert (agreement.status, agreement.starts_on) == ("active", date(2014, 1, 1))
        assert_stays(of_2014)
        detail = Finding.objects.about(of_2014).get(requirement__code="OKC-1").detail
        assert "after that day. It does not cover this day." in detail

    def test_by_a_decision_dated_back(self, of_2014, requester, legal):
        agreement = put_in_force(of_2014, requester, legal, starts_on=date(2014, 1, 1))
        Decision.objects.create(subject=agreement, transition="activate", to_status="active", at="2014-01-01T12:00Z")
        assert_stays(of_2014)

    def test_by_dates_written_into_an_agreement_in_force(self, of_2014, requester, legal):
        agreement = put_in_force(of_2014, requester, legal, starts_on=date.today())
        agreement.starts_on = date(2014, 1, 1)
        agreement.on_behalf(legal, "edit").save()
        assert_stays(of_2014)

    def test_by_calling_the_recipient_one_of_our_own(self, transfer):
        transfer.recipient.kind = "affiliate"
        transfer.recipient.save()
        assert_stays(transfer)

    @pytest.mark.parametrize("ground", ["emergency", "request", "legal_process"])
    def test_by_a_ground_added_to_the_report(self, transfer, ground):
        transfer.ground, transfer.ground_reference = ground, "1"
        with pytest.raises(DatabaseError, match="neither removed nor edited"), transaction.atomic():
            transfer.save()
        assert_stays(transfer)

    def test_by_a_second_report_with_a_ground(self, confirmed, stranger, legal, privacy):
        again = make_transfer(
            stranger, confirmed.dataset, confirmed.recipient, transferred_on=THE_DAY, ground="emergency"
        )
        again.propose(by=legal, note="Told so.", proposal="confirmed")
        again.confirm(by=privacy, note="Told so.")
        assert again.cover.is_covered
        assert_stays(confirmed)


class TestEdited:
    @pytest.mark.parametrize(
        ("field", "value"),
        [("transferred_on", date(2026, 1, 1)), ("channel", "sftp"), ("executor", None), ("consideration", "they_pay")],
    )
    def test_by_saving_it(self, transfer, field, value):
        setattr(transfer, field, value)
        with pytest.raises(DatabaseError, match="neither removed nor edited"), transaction.atomic():
            transfer.on_behalf(None, "edit").save()
        transfer.refresh_from_db()
        assert_stays(transfer)

    @pytest.mark.parametrize("name", ["stranger", "legal", "administrator"])
    def test_by_the_api(self, transfer, cast, name):
        answer = api_of(cast[name]).patch(f"transfers/{transfer.pk}/", {"transferred_on": "2026-01-01"})
        assert answer.status_code == 405
        assert_stays(transfer)

    def test_by_the_pages(self, transfer, sign_in, legal):
        client = sign_in(legal)
        assert client.get(f"/transfers/{transfer.pk}/edit/").status_code == 404
        assert client.post(f"/transfers/{transfer.pk}/", {"transferred_on": "2026-01-01"}).status_code == 405
        assert_stays(transfer)

    def test_by_many_at_once(self, transfer):
        for write in (
            lambda: Transfer.objects.update(transferred_on=date(2026, 1, 1)),
            lambda: Transfer.objects.bulk_update([transfer], ["transferred_on"]),
        ):
            with pytest.raises(TypeError):
                write()
        assert_stays(transfer)


class TestClosed:
    """Only both sides together close a report, and only before they have confirmed it."""

    def test_by_one_person(self, of_2014, legal):
        of_2014.propose(by=legal, note="Nothing moved.", proposal="mistaken")
        with pytest.raises(PermissionDenied):
            of_2014.call_mistaken(by=legal, note="Nothing moved.")
        assert_stays(of_2014)

    def test_by_two_lawyers(self, of_2014, legal, second_lawyer):
        of_2014.propose(by=legal, note="Nothing moved.", proposal="mistaken")
        with pytest.raises(PermissionDenied):
            of_2014.call_mistaken(by=second_lawyer, note="Nothing moved.")
        assert_stays(of_2014)

    def test_by_those_who_profit(self, of_2014, founder):
        for step, details in (("propose", {"proposal": "mistaken"}), ("call_mistaken", {})):
            with pytest.raises((PermissionDenied, Conflict)):
                getattr(of_2014, step)(by=founder, note="Nothing moved.", **details)
        assert_stays(of_2014)

    def test_as_told_twice_of_something_else(self, of_2014, stranger, cloudy, legal):
        other = make_transfer(stranger, of_2014.dataset, cloudy, transferred_on=THE_DAY)
        with pytest.raises(ValidationError):
            of_2014.propose(by=legal, note="The same.", proposal="duplicate", duplicate_of=other.pk)
        assert_stays(of_2014)

    def test_as_told_twice_of_a_report_with_a_ground(self, of_2014, stranger, legal, privacy):
        again = make_transfer(stranger, of_2014.dataset, of_2014.recipient, transferred_on=THE_DAY, ground="emergency")
        for outcome in ("before", "after"):
            with pytest.raises(ValidationError, match="names a ground"):
                of_2014.propose(by=legal, note="The same.", proposal="duplicate", duplicate_of=again.pk)
            assert_stays(of_2014)
            if outcome == "before":
                again.propose(by=legal, note="Told so.", proposal="confirmed")
                again.confirm(by=privacy, note="Told so.")

    @pytest.mark.parametrize("step", ["propose", "call_mistaken", "call_duplicate", "disagree"])
    def test_once_it_is_confirmed(self, confirmed, privacy, step):
        with pytest.raises(Conflict):
            getattr(confirmed, step)(by=privacy, note="After all.")
        assert_stays(confirmed)

    def test_by_writing_the_status(self, confirmed):
        confirmed.status = "mistaken"
        with pytest.raises(DatabaseError, match="neither removed nor edited"), transaction.atomic():
            confirmed.save()
        assert_stays(confirmed)


class TestDeleted:
    @pytest.mark.parametrize("name", ["stranger", "legal", "administrator"])
    def test_by_the_api(self, transfer, cast, name):
        assert api_of(cast[name]).client.delete(f"/api/v1/transfers/{transfer.pk}/").status_code == 405
        assert_stays(transfer)

    def test_by_itself(self, transfer):
        with pytest.raises(Conflict, match="never deleted"):
            transfer.delete()
        assert_stays(transfer)

    def test_among_others(self, transfer):
        with pytest.raises(TypeError):
            Transfer.objects.all().delete()
        with pytest.raises(DatabaseError, match="neither removed nor edited"), transaction.atomic():
            Transfer.objects.filter(pk=transfer.pk)._raw_delete("default")
        assert_stays(transfer)

    @pytest.mark.parametrize("record", ["dataset", "recipient"])
    def test_with_what_it_names(self, transfer, record):
        with pytest.raises(Conflict, match="never deleted"):
            getattr(transfer, record).delete()
        assert_stays(transfer)


class TestAdmin:
    @pytest.mark.parametrize("name", ["auditor", "administrator"])
    def test_neither_edits_nor_deletes(self, confirmed, cast, sign_in, name):
        client, page = sign_in(cast[name]), f"/admin/agreements/transfer/{confirmed.pk}/"
        assert client.post(f"{page}delete/", {"post": "yes"}).status_code in (302, 403, 404)
        assert client.post(f"{page}change/", {"transferred_on": "2026-01-01"}).status_code in (302, 403, 404)
        marked = {"action": "delete_selected", "_selected_action": confirmed.pk, "post": "yes"}
        client.post("/admin/agreements/transfer/", marked)
        assert_stays(confirmed)


class TestRawSql:
    STATEMENTS = [
        "DELETE FROM agreements_transfer",
        "TRUNCATE agreements_transfer CASCADE",
        "UPDATE agreements_transfer SET transferred_on = '2026-01-01'",
        "UPDATE agreements_transfer SET ground = 'emergency'",
        "UPDATE agreements_transfer SET status = 'mistaken'",
        "UPDATE agreements_transfer SET id = id + 1000",
        "UPDATE agreements_transfer SET recipient_id = recipient_id, dataset_id = dataset_id, created_at = now()",
        "DELETE FROM agreements_historicaltransfer",
        "ALTER TABLE agreements_transfer DISABLE TRIGGER ALL",
        "DROP TABLE agreements_transfer CASCADE",
    ]

    def execute(self, statement):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.service
    @pytest.mark.usefixtures("confirmed", "as_portal")
    @pytest.mark.parametrize("statement", STATEMENTS)
    def test_of_the_portals_own_role_is_refused(self, statement):
        with pytest.raises(DatabaseError):
            self.execute(statement)

    @pytest.mark.service
    @pytest.mark.usefixtures("confirmed", "as_portal")
    def test_only_a_redaction_takes_a_personal_text_out(self, confirmed, legal, privacy):
        Redaction.request(confirmed, "evidence", by=legal, reason="It names a member.").carry_out(by=privacy)
        assert Transfer.objects.get().evidence.startswith("[redacted")
        assert_stays(confirmed)

    @pytest.mark.service
    @pytest.mark.usefixtures("confirmed", "as_portal")
    def test_leaves_the_transfer_as_it_was_told(self, confirmed):
        assert_stays(confirmed)
        write_ledger()
        assert verify().ok


class TestFindingClosed:
    @pytest.mark.parametrize(
        ("step", "details"),
        [("propose", {"proposal": "not_applicable"}), ("accept", {}), ("cover", {}), ("dismiss", {})],
    )
    def test_by_people(self, confirmed, legal, step, details):
        finding = Finding.objects.about(confirmed).get(requirement__code="OKC-1")
        with pytest.raises((ValidationError, Conflict, PermissionDenied)):
            getattr(finding, step)(by=legal, note="Known.", **details)
        assert_stays(confirmed)

    def test_by_acknowledging_it(self, confirmed, legal):
        Finding.objects.about(confirmed).get(requirement__code="OKC-1").acknowledge(by=legal)
        assert_stays(confirmed)


class TestRule:
    def test_suspended_still_asks(self, confirmed, legal):
        suspend(Requirement.objects.get(code="OKC-1"))
        assert_stays(confirmed)

    def test_is_not_retired(self, confirmed, legal):
        rule = Requirement.objects.get(code="OKC-1")
        rule = suspend(rule)
        with pytest.raises(Conflict, match="cannot be retired"):
            rule.retire(by=legal, note="Never again.")
        assert_stays(confirmed)

    @pytest.mark.parametrize("dates", [{"in_force_until": "2020-01-01"}, {"in_force_from": "2099-01-01"}])
    def test_is_not_given_dates_that_leave_today_out(self, confirmed, legal, sign_in, dates):
        rule = Requirement.objects.get(code="OKC-1")
        page = {"title": rule.title, "sentence": rule.sentence, "source": rule.source, "severity": "low", **dates}
        page["revision"] = rule.revision
        assert sign_in(legal).post(f"/rules/{rule.pk}/edit/", page).status_code == 422
        assert_stays(confirmed)


def test_an_agreement_called_off_and_made_again_covers_nothing_either(of_2014, requester, legal):
    agreement = put_in_force(of_2014, requester, legal, starts_on=date(2014, 1, 1))
    agreement.terminate(by=legal, note="To make it again.")
    assert Agreement.objects.get(pk=agreement.pk).status == "terminated"
    assert_stays(of_2014)
