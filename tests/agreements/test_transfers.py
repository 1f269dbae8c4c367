"""Transfers: who reports them, who decides together, who hears of them and when."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.agreements.models import Transfer
from apps.agreements.tasks import keep_transfers
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.findings.models import Finding
from apps.vendors.forms import InterestForm, OrganisationForm
from apps.workflow.models import Comment, Decision
from tests.api_cast import api_of
from tests.factories import make_dataset, make_insider, make_role, make_stake, make_transfer
from tests.scenes import THE_DAY

THURSDAY = timezone.make_aware(datetime(2026, 11, 26, 10))
FRIDAY = THURSDAY + timedelta(days=1)
SATURDAY = THURSDAY + timedelta(days=2)


def propose(transfer, by, proposal="confirmed", **more):
    transfer.propose(by=by, note="For this reason.", proposal=proposal, **more)


def decide(transfer, legal, privacy, outcome="confirmed", **more):
    propose(transfer, legal, outcome, **more)
    step = {"confirmed": "confirm", "mistaken": "call_mistaken", "duplicate": "call_duplicate"}[outcome]
    getattr(transfer, step)(by=privacy, note="I agree.")
    return transfer


def readers(transfer, cast):
    return {name for name, user in cast.items() if Transfer.objects.visible_to(user).filter(pk=transfer.pk).exists()}


class TestReporting:
    @pytest.mark.parametrize("name", ["stranger", "legal", "founder", "administrator", "executive"])
    def test_anybody_reports(self, name, cast, tickets, cloudy):
        assert make_transfer(cast[name], tickets, cloudy).status == "reported"

    def test_auditors_change_nothing(self, auditor, tickets, cloudy):
        with pytest.raises(PermissionDenied, match="change nothing"):
            make_transfer(auditor, tickets, cloudy)

    def test_what_has_not_happened_is_no_transfer(self, stranger, tickets, cloudy):
        with pytest.raises(ValidationError, match="future"):
            make_transfer(stranger, tickets, cloudy, transferred_on=clock.today() + timedelta(days=1))

    def test_legal_process_needs_its_number(self, stranger, tickets, cloudy):
        with pytest.raises(ValidationError, match="number"):
            make_transfer(stranger, tickets, cloudy, ground="legal_process")

    def test_an_agreement_with_somebody_else_is_refused(self, stranger, tickets, lumen, support):
        with pytest.raises(ValidationError, match="another organisation"):
            make_transfer(stranger, tickets, lumen, agreement=support)

    def test_the_facts_are_on_the_record_at_once(self, of_2014):
        assert set(Finding.objects.about(of_2014).values_list("requirement__code", flat=True)) == {
            "OKC-1",
            "OKC-2",
            "OKC-3",
            "OKC-4",
        }


class TestBothSidesDecide:
    def test_one_side_proposes_and_the_other_confirms(self, told, legal, privacy):
        decide(told, legal, privacy)
        assert (told.status, told.proposed_by, told.decided_by) == ("confirmed", legal, privacy)

    @pytest.mark.parametrize("first", ["legal", "privacy"])
    def test_one_person_never_suffices(self, told, cast, first):
        propose(told, cast[first], "mistaken")
        with pytest.raises(PermissionDenied, match="other side"):
            told.call_mistaken(by=cast[first], note="Sure.")
        assert told.status == "proposed"

    def test_nor_do_two_of_one_side(self, told, legal, second_lawyer):
        propose(told, legal, "mistaken")
        with pytest.raises(PermissionDenied, match="other side"):
            told.call_mistaken(by=second_lawyer, note="Sure.")

    def test_nor_somebody_who_holds_both_roles(self, told, legal):
        both = make_role(legal, "Privacy")
        propose(told, both, "mistaken")
        with pytest.raises(PermissionDenied, match="other side"):
            told.call_mistaken(by=both, note="Sure.")

    def test_only_what_was_proposed_is_confirmed(self, told, legal, privacy):
        propose(told, legal, "confirmed")
        with pytest.raises(ValidationError, match="What was proposed is"):
            told.call_mistaken(by=privacy, note="No.")

    def test_the_other_side_may_disagree(self, told, legal, privacy):
        propose(told, legal, "mistaken")
        told.disagree(by=privacy, note="I have seen the file.")
        assert (told.status, told.proposal, told.proposed_by) == ("reported", "", None)

    @pytest.mark.parametrize("name", ["stranger", "engineer", "executive", "dpo", "independent", "auditor"])
    def test_nobody_else_decides(self, told, cast, name):
        with pytest.raises(PermissionDenied):
            propose(told, cast[name])

    def test_whoever_reported_does_not(self, tickets, cloudy, legal):
        with pytest.raises(PermissionDenied):
            propose(make_transfer(legal, tickets, cloudy), legal)

    def test_whoever_carried_it_out_does_not(self, stranger, tickets, cloudy, legal):
        make_insider("Legal", user=legal)
        with pytest.raises(PermissionDenied):
            propose(make_transfer(stranger, tickets, cloudy, executor=legal.person), legal)

    @pytest.mark.parametrize("dates", [{"ends_on": date(2015, 1, 1)}, {"starts_on": date(2020, 1, 1)}, {}])
    def test_whoever_had_a_path_then_or_has_one_today_does_not(self, stranger, tickets, cloudy, legal, dates):
        stake = make_stake(legal, cloudy)
        for name, day in dates.items():
            setattr(stake, name, day)
        stake.save()
        with pytest.raises(PermissionDenied):
            propose(make_transfer(stranger, tickets, cloudy, transferred_on=THE_DAY), legal)

    def test_the_independent_reviewer_stands_in_where_all_of_a_side_are_barred(
        self, stranger, tickets, cloudy, legal, privacy, independent
    ):
        make_stake(privacy, cloudy)
        transfer = make_transfer(stranger, tickets, cloudy)
        propose(transfer, legal)
        transfer.confirm(by=independent, note="In place of privacy.")
        assert transfer.status == "confirmed"

    def test_a_proposal_of_somebody_who_came_to_profit_is_not_confirmed(self, told, cloudy, legal, privacy):
        propose(told, legal)
        make_stake(legal, cloudy)
        with pytest.raises(Conflict, match="may not take part by now"):
            told.confirm(by=privacy, note="Fine.")


class TestDuplicates:
    def test_another_report_of_the_same_is_named(self, told, stranger, tickets, cloudy, legal, privacy):
        again = make_transfer(stranger, tickets, cloudy)
        decide(again, legal, privacy, "duplicate", duplicate_of=told.pk)
        assert (again.status, again.duplicate_of) == ("duplicate", told)

    @pytest.mark.parametrize("other", ["another dataset", "another recipient", "another day", "itself", "nothing"])
    def test_anything_else_is_refused(self, told, other, stranger, engineer, tickets, cloudy, lumen, legal):
        unlike = {
            "another dataset": lambda: make_transfer(stranger, make_dataset(engineer, "Logs"), cloudy).pk,
            "another recipient": lambda: make_transfer(stranger, tickets, lumen).pk,
            "another day": lambda: make_transfer(stranger, tickets, cloudy, transferred_on=THE_DAY).pk,
            "itself": lambda: told.pk,
            "nothing": lambda: None,
        }
        with pytest.raises(ValidationError, match=r"other report|another report"):
            propose(told, legal, "duplicate", duplicate_of=unlike[other]())

    def test_one_that_is_mistaken_is_refused(self, told, stranger, tickets, cloudy, legal, privacy):
        again = make_transfer(stranger, tickets, cloudy)
        decide(told, legal, privacy, "mistaken")
        with pytest.raises(ValidationError, match="neither mistaken nor told twice"):
            propose(again, legal, "duplicate", duplicate_of=told.pk)

    def test_two_are_not_closed_by_naming_each_other(self, told, stranger, tickets, cloudy, legal, privacy):
        again = make_transfer(stranger, tickets, cloudy)
        propose(told, legal, "duplicate", duplicate_of=again.pk)
        propose(again, legal, "duplicate", duplicate_of=told.pk)
        again.call_duplicate(by=privacy, note="Yes.")
        with pytest.raises(ValidationError):
            told.call_duplicate(by=privacy, note="Yes.")

    def test_what_others_were_closed_for_stays(self, told, stranger, tickets, cloudy, legal, privacy):
        decide(make_transfer(stranger, tickets, cloudy), legal, privacy, "duplicate", duplicate_of=told.pk)
        with pytest.raises(ValidationError, match="this one stays"):
            propose(told, legal, "mistaken")


class TestWhoHearsOfIt:
    AT_FIRST = {"stranger", "legal", "second_lawyer", "privacy"}
    LATER = AT_FIRST | {"engineer", "dpo", "independent", "executive", "auditor"}

    @pytest.mark.parametrize(
        ("reported", "last_moment"),
        [
            (THURSDAY, THURSDAY + timedelta(days=4)),
            (FRIDAY, FRIDAY + timedelta(days=4)),
            (SATURDAY, THURSDAY.replace(hour=0) + timedelta(days=6)),
        ],
    )
    def test_for_two_working_days_legal_and_privacy(self, reported, last_moment, cast, tickets, cloudy):
        with clock.travel_to(reported):
            told = make_transfer(cast["stranger"], tickets, cloudy)
        for moment, expected in [(-1, self.AT_FIRST), (1, self.LATER)]:
            with clock.travel_to(last_moment + timedelta(minutes=moment)):
                assert readers(told, cast) == expected

    @pytest.mark.parametrize("outcome", ["confirmed", "mistaken"])
    def test_after_the_outcome_more_people_at_once(self, told, cast, outcome):
        decide(told, cast["legal"], cast["privacy"], outcome)
        assert readers(told, cast) == self.LATER

    def test_never_those_with_a_path_while_it_is_open(self, cast, tickets, cloudy):
        make_stake(cast["second_lawyer"], cloudy)
        told = make_transfer(cast["stranger"], tickets, cloudy)
        assert readers(told, cast) == self.AT_FIRST - {"second_lawyer"}

    def test_nor_those_who_declare_a_path_meanwhile(self, told, cast, cloudy):
        form = InterestForm(
            {
                "organisation": cloudy.pk,
                "type": "shareholding",
                "directness": "direct",
                "source": "Own",
                "share_exact": 10,
                "holder_person": make_insider("Second", user=cast["second_lawyer"]).pk,
            }
        )
        form.save_by(cast["legal"])
        assert readers(told, cast) == self.AT_FIRST - {"second_lawyer"}

    def test_a_founder_reads_no_facts_about_his_own_path(self, confirmed, founder, engineer):
        assert confirmed.hides_remarks_from(founder)
        assert not {"OKC-3", "OKC-4"} & {o.requirement.code for o in confirmed.outcomes_for(founder)}


class TestConfidentialReporter:
    @pytest.fixture
    def quiet(self, stranger, tickets, cloudy):
        transfer = Transfer(
            dataset=tickets, recipient=cloudy, transferred_on=clock.today(), channel="sftp", confidential=True
        )
        transfer.report(by=stranger, file=SimpleUploadedFile("note.txt", b"I saw it."))
        return transfer

    def test_only_legal_and_the_reporter_read_the_name(self, quiet, cast):
        assert {name for name, user in cast.items() if quiet.shows_reporter_to(user)} == {
            "stranger",
            "legal",
            "second_lawyer",
        }

    def test_no_row_of_the_report_names_the_reporter_as_its_author(self, quiet, stranger):
        comment = Comment.objects.about(quiet).get()
        rows = [quiet.history.get(), comment.history.get(), comment.attachments.get().history.get()]
        assert [row.history_user_id for row in rows] == [None, None, None]
        assert comment.author is None

    def test_no_page_names_the_reporter(self, quiet, stranger, privacy, sign_in):
        client = sign_in(privacy)
        pages = [quiet.get_absolute_url(), f"{quiet.get_absolute_url()}history/", "/transfers/", "/"]
        pages += [f"{quiet.get_absolute_url()}checks/", "/transfers/?export=csv", "/search/?q=Tickets", "/ledger/"]
        for page in pages:
            response = client.get(page)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            assert response.status_code == 200
            assert stranger.full_name.encode() not in content, page

    def test_nor_does_the_admin_site(self, quiet, stranger, auditor, sign_in, legal, privacy):
        decide(quiet, legal, privacy)
        client, place = sign_in(auditor), f"/admin/agreements/transfer/{quiet.pk}/"
        for page in (f"{place}change/", f"{place}history/", "/admin/agreements/transfer/", "/admin/workflow/comment/"):
            answer = client.get(page)
            assert answer.status_code == 200, page
            assert stranger.full_name not in answer.content.decode(), page

    def test_nor_does_the_api(self, quiet, stranger, privacy, legal):
        paths = [f"transfers/{quiet.pk}/", "transfers/", f"transfers/{quiet.pk}/history/"]
        paths += [f"comments/?subject_kind=transfer&subject_id={quiet.pk}"]
        for path in paths:
            answer = api_of(privacy).get(path)
            assert answer.status_code == 200, path
            assert stranger.full_name not in answer.content.decode(), path
        assert api_of(legal).get(paths[0]).json()["reporter_name"] == stranger.full_name

    def test_a_refused_step_of_the_reporter_names_nobody(self, tickets, cloudy, privacy):
        transfer = Transfer(
            dataset=tickets, recipient=cloudy, transferred_on=clock.today(), channel="sftp", confidential=True
        )
        transfer.report(by=privacy)
        with pytest.raises(PermissionDenied):
            propose(transfer, privacy)
        refused = Decision.objects.about(transfer).get()
        assert refused.by is None
        assert privacy.full_name not in refused.by_name + refused.refusal

    def test_nor_do_the_histories_of_such_a_step(self, tickets, cloudy, privacy, legal, sign_in, auditor):
        transfer = Transfer(
            dataset=tickets, recipient=cloudy, transferred_on=clock.today(), channel="sftp", confidential=True
        )
        transfer.report(by=privacy)
        with pytest.raises(PermissionDenied):
            propose(transfer, privacy)
        page = sign_in(legal).get(f"{transfer.get_absolute_url()}history/").content.decode()
        told = api_of(legal).get(f"transfers/{transfer.pk}/history/").content.decode()
        for text in (page, told):
            assert "and was refused" in text
            assert "The name stays confidential." in text
            assert f"{privacy.full_name} may not" not in text


class TestThoseWithAPath:
    def test_of_legal_read_no_reporter_in_the_histories(self, confirmed, cast, lumen, legal, sign_in):
        lawyer = cast["second_lawyer"]
        make_stake(lawyer, lumen)
        assert Transfer.confidential_fields == Transfer.objects.get(pk=confirmed.pk).hidden_fields(lawyer)[:2]
        assert not set(Transfer.confidential_fields) & set(Transfer.objects.get(pk=confirmed.pk).hidden_fields(legal))

    def test_a_change_of_interests_leaves_what_happened_meanwhile(self, told, legal, cast, cloudy, monkeypatch):
        make_stake(cast["second_lawyer"], cloudy)
        asked = Transfer.prepare

        def meanwhile(transfers):
            monkeypatch.undo()
            asked(transfers)
            propose(Transfer.objects.get(pk=told.pk), legal)

        monkeypatch.setattr(Transfer, "prepare", meanwhile)
        assert Transfer.keep_from_those_with_a_path() == [told.pk]
        told.refresh_from_db()
        assert (told.status, told.withheld_from) == ("proposed", [cast["second_lawyer"].pk])

    def test_are_found_every_night(self, told, cast, cloudy):
        make_stake(cast["second_lawyer"], cloudy)
        assert keep_transfers() == {"changed": 1}
        assert not Transfer.objects.visible_to(cast["second_lawyer"]).filter(pk=told.pk).exists()

    def test_are_found_when_a_recipient_becomes_listed(self, told, cast, cloudy, legal, privacy):
        make_stake(cast["second_lawyer"], cloudy, Decimal("0.5"))
        assert Transfer.keep_from_those_with_a_path() == [told.pk]
        fields = ("name", "kind", "purpose", "jurisdiction", "lei", "diversified", "risk_tier")
        values = {name: getattr(cloudy, name) for name in fields} | {"owner": cloudy.owner_id or "", "listed": True}
        form = OrganisationForm({**values, "why": "Since Monday."}, instance=cloudy)
        assert form.is_valid(), form.errors
        proposal = form.save_by(legal)
        told.refresh_from_db()
        assert told.withheld_from == [cast["second_lawyer"].pk]
        proposal.confirm(by=privacy)
        told.refresh_from_db()
        assert told.withheld_from == []

    @pytest.mark.parametrize("of", ["comments", "decisions"])
    def test_in_the_past_only_read_no_remarks_in_the_admin_site(self, confirmed, auditor, lumen, sign_in, of):
        stake = make_stake(auditor, lumen)
        stake.ends_on = date(2015, 1, 1)
        stake.save()
        Comment.write(confirmed, by=confirmed.reporter, body="What I have seen.")
        model = {"comments": Comment, "decisions": Decision}[of]
        client = sign_in(auditor)
        for row in model.objects.about(confirmed):
            place = f"/admin/workflow/{model._meta.model_name}/{row.pk}/change/"
            assert client.get(place).status_code in (302, 404), place
