"""The demo case: loaded through the public doors, whole, once, and showing what it is there to show."""

from datetime import date, timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction

from apps.accounts.models import Role, User
from apps.agreements.models import Agreement, Transfer
from apps.consents.models import Screening
from apps.core import clock
from apps.datasets.models import Dataset
from apps.disclosures.models import Claim, NoticeVersion, PublicStatement
from apps.findings.models import Finding, Requirement, evaluate
from apps.findings.sweep import sweep
from apps.ledger.models import chained_models
from apps.ledger.verify import verify
from apps.portal.demo import load_case
from apps.portal.demo.agreements import CASE, DRAFT, HEALTHY
from apps.portal.demo.people import ACCOUNTS
from apps.portal.demo.story import Teller
from apps.vendors.models import Organisation, Person
from apps.workflow.models import Decision, Proposal, Vote
from tests.databases import MEMBERS, PASSWORD

# One process makes and uses the demo.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]

ROLES = {
    "engineer": {Role.ENGINEER},
    "requester": set(),
    "legal": {Role.LEGAL},
    "legal2": {Role.LEGAL},
    "privacy": {Role.PRIVACY},
    "privacy2": {Role.PRIVACY},
    "dpo": {Role.DPO},
    "independent": {Role.INDEPENDENT},
    "executive": {Role.EXECUTIVE},
    "auditor": {Role.AUDITOR},
    "admin": {Role.ADMINISTRATOR},
    "admin2": {Role.ADMINISTRATOR},
    "founder": set(),
    "founder2": set(),
}  # fmt: skip
STATUSES = {
    CASE: "in_review",
    HEALTHY: "in_review",
    DRAFT: "draft",
    "Newsletter delivery": "active",
    "Counting visits to our pages": "active",
    "Account data within the group": "active",
    "Hosting of the dating service": "active",
}
VENDORS = {
    "Lumen Vision": "in_review",
    "Cumulon Hosting": "approved",
    "Tallywick Analytics": "approved",
    "Deskalot Support": "approved",
    "Borealith Systems": "approved",
    "Papermoth Mail": "lapsed",
    "Querkwell Surveys": "lapsed",
}
# What people were told speaks against it, at collection and at sharing.
TOLD = {"FTC-COLLECT", "FTC-SHARE"}
DATASETS = {
    "Profile photos": "registered",
    "Account data": "approved",
    "Support tickets": "approved",
    "Newsletter addresses": "approved",
    "Web usage statistics": "approved",
}


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo, for all tests of this module. Each test is a savepoint inside its transaction."""
    with django_db_blocker.unblock(), django_db_setup.entered("demo"), transaction.atomic():
        yield
        transaction.set_rollback(True)


def load_again(password=PASSWORD):
    return load_case(password=password, subjects=MEMBERS)


def recorded_rows():
    return {model.__name__: model._base_manager.count() for model, _ in chained_models()}


def agreement(title):
    return Agreement.objects.get(title=title)


def outcomes(title):
    return {outcome.requirement.code: outcome for outcome in evaluate(agreement(title))}


def user(login):
    return User.objects.get(email=f"{login}@example.org")


@pytest.mark.usefixtures("demo")
class TestLoading:
    def test_a_second_load_changes_nothing(self):
        before = recorded_rows()
        assert load_again() == []
        assert recorded_rows() == before

    def test_a_load_weeks_later_changes_nothing(self):
        before = recorded_rows()
        with clock.travel_to(clock.now() + timedelta(days=60)):
            assert load_again() == []
        assert recorded_rows() == before

    def test_what_people_renamed_is_not_loaded_again(self):
        draft = agreement(DRAFT)
        draft.title = "Survey among readers"
        draft.on_behalf(user("requester"), "edit").save()
        assert load_again() == []

    def test_a_rule_that_legal_suspended_stays_so(self):
        rule = Requirement.objects.get(code="GDPR-5-1b")
        rule.suspend(by=user("legal"), note="To be read again.", until=clock.today())
        Proposal.objects.about(rule).get().confirm(by=user("privacy"))
        load_again()
        rule.refresh_from_db()
        assert not rule.is_adopted

    def test_another_password_is_given_to_the_demo_accounts_only(self):
        other = User.objects.create_user("stranger@example.org", "pw-of-a-stranger", full_name="Stranger")
        assert load_again("another battery staple") == []
        assert authenticate(email="legal@example.org", password="another battery staple")
        other.refresh_from_db()
        assert other.check_password("pw-of-a-stranger")

    def test_a_story_that_fails_leaves_nothing(self):
        teller = Teller()

        def tell_half():
            with teller.story("half a story"):
                User.objects.create_user("half@example.org", "pw-of-half-a-one", full_name="Half")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            tell_half()
        assert not User.objects.filter(email="half@example.org").exists()
        assert teller.loaded == []

    def test_the_ledger_verifies(self):
        report = verify()
        assert report.ok, report.first_broken
        assert report.entries > 500

    def test_no_step_was_refused(self):
        assert not Decision.objects.exclude(refusal="").exists()


class TestCommand:
    def test_asks_for_a_password(self, monkeypatch):
        monkeypatch.delenv("DEMO_PASSWORD", raising=False)
        with pytest.raises(CommandError, match="Set DEMO_PASSWORD"):
            call_command("load_demo")

    def test_refuses_a_number_of_people_that_is_none(self, monkeypatch):
        monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
        monkeypatch.setenv("SUBJECTS", "many")
        with pytest.raises(CommandError, match="SUBJECTS is 'many'"):
            call_command("load_demo")

    def test_is_refused_in_production(self, settings, monkeypatch):
        monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
        settings.PRODUCTION = True
        with pytest.raises(CommandError, match="not loaded in production"):
            call_command("load_demo")

    @pytest.mark.usefixtures("demo")
    def test_says_that_all_is_there(self, monkeypatch, capsys):
        monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
        call_command("load_demo")
        assert capsys.readouterr().out == "The demo case is loaded.\n"


@pytest.mark.usefixtures("demo")
class TestPeople:
    def test_everybody_holds_exactly_one_role_or_none(self):
        assert {account.login: user(account.login).roles for account in ACCOUNTS} == ROLES

    @pytest.mark.parametrize("login", ROLES)
    def test_everybody_signs_in_with_the_demo_password(self, login):
        assert authenticate(email=f"{login}@example.org", password=PASSWORD) == user(login)

    def test_only_administrators_enter_the_admin_site(self):
        staff = User.objects.filter(is_staff=True).values_list("email", flat=True)
        assert set(staff) == {"admin@example.org", "admin2@example.org"}

    def test_a_deputy_voted_for_the_person_she_stood_in_for(self):
        vote = Vote.objects.exclude(acting_for=None).get()
        assert (vote.by, vote.acting_for) == (user("privacy2"), user("privacy"))

    def test_reviewers_have_declared_and_the_founders_have_not(self):
        declared = Person.objects.exclude(declarations=None).values_list("user__email", flat=True)
        assert {"legal@example.org", "legal2@example.org", "independent@example.org"} <= set(declared)
        assert not {"founder@example.org", "founder2@example.org"} & set(declared)


@pytest.mark.usefixtures("demo")
class TestStatuses:
    def test_agreements(self):
        assert dict(Agreement.objects.values_list("title", "status")) == STATUSES

    def test_vendors(self):
        assert dict(Organisation.objects.vendors().values_list("name", "status")) == VENDORS

    def test_datasets(self):
        assert dict(Dataset.objects.values_list("name", "status")) == DATASETS

    def test_transfers(self):
        found = {
            recipient: (
                status,
                set(Finding.objects.about(transfer).open().values_list("requirement__code", flat=True)),
            )
            for transfer in Transfer.objects.all()
            for recipient, status in [(transfer.recipient.name, transfer.status)]
        }
        assert found == {
            "Lumen Vision": ("confirmed", {"OKC-1", "OKC-2", "OKC-3", "OKC-4", "OKC-6", *TOLD, "FTC-COLLECT-GAP"}),
            "District Court of Port Amber": ("confirmed", set()),
            "Wanderpair Travel": ("confirmed", set()),
            "Cumulon Hosting": ("confirmed", set()),
            "Deskalot Support": ("reported", {"OKC-1", "OKC-2", "OKC-6", *TOLD}),
        }

    def test_every_rule_is_adopted(self):
        assert not Requirement.objects.exclude(status=Requirement.Status.ADOPTED).exists()

    def test_one_agreement_ends_in_twenty_days(self):
        ends_on = agreement("Counting visits to our pages").ends_on
        assert (ends_on - clock.today()).days == 20

    def test_one_agreement_was_last_reviewed_fourteen_months_ago(self):
        voted = agreement("Newsletter delivery").review.votes.latest("at").at
        assert 420 <= (clock.now() - voted).days <= 430

    def test_conditions_before_activation_were_met(self):
        assert not agreement("Hosting of the dating service").review.conditions_before_activation().exists()


@pytest.mark.usefixtures("demo")
class TestCase:
    def test_every_objection_of_the_case_stops_the_approval(self):
        stopping = {code for code, outcome in outcomes(CASE).items() if outcome.objects_to("approve")}
        undecided = {"HOUSE-4", "HOUSE-24", "HOUSE-25"}
        assert stopping == {"OKC-4", "HOUSE-1", "HOUSE-2", "GDPR-5-1b", "HOUSE-3", "HOUSE-23", *undecided, *TOLD}

    def test_amounts_stand_in_the_confidential_text_only(self):
        result = outcomes(CASE)["OKC-4"].result
        for amount in ("40 %", "12 %", "4.8 %"):
            assert amount in result.confidential
            assert amount not in result.fact + result.detail

    def test_the_transfer_says_for_which_days_the_paths_are_on_record(self):
        transfer = Transfer.objects.get(recipient__name="Lumen Vision")
        found = {finding.requirement.code: finding for finding in Finding.objects.about(transfer)}
        assert found["OKC-1"].fact == "No agreement or other ground is recorded that covers 15 Sep 2014."
        assert (
            found["OKC-4"].fact == "Adrian Marsh carried it out and may not take part in decisions about Lumen Vision."
        )
        assert "for 15 Sep 2014 and for today" in found["OKC-4"].detail
        assert "4.8 % in effect" in found["OKC-4"].confidential

    def test_only_legal_and_privacy_hear_of_the_newest_report(self):
        told = Transfer.objects.get(recipient__name="Deskalot Support")
        hear = {login for login in ROLES if Transfer.objects.visible_to(user(login)).filter(pk=told.pk).exists()}
        assert hear == {"requester", "legal", "legal2", "privacy", "privacy2"}

    def test_the_second_founder_holds_three_percent(self):
        assert "Joana Ferreira" in outcomes(CASE)["HOUSE-1"].result.confidential
        assert "3 % in effect" in outcomes(CASE)["HOUSE-1"].result.confidential

    def test_neither_founder_may_know_of_the_paths(self):
        about = Finding.objects.about(agreement(CASE))
        for login in ("founder", "founder2"):
            seen = about.visible_to(user(login)).values_list("requirement__code", flat=True)
            assert not {"OKC-4", "HOUSE-1"} & set(seen)

    def test_the_review_asks_for_an_independent_reviewer_and_goes_on(self):
        review = agreement(CASE).review
        assert review.status == "open"
        assert [seat.role for seat in review.seats()] == [Role.LEGAL, Role.PRIVACY, Role.INDEPENDENT]
        assert all(seat.able and not seat.unable for seat in review.seats())


@pytest.mark.usefixtures("demo")
class TestAnswered:
    FACES = ["third_party_sharing.third_party", "train_ai_system.face_recognition"]

    def test_nobody_permits_the_sharing_of_the_case_and_training_by_us_does_not_cover_it(self):
        result = outcomes(CASE)["HOUSE-23"].result
        assert f"0 % of the {MEMBERS:,} people in “Profile photos” do" in result.fact
        assert "34 % permit Train AI System, which does not cover Train Face Recognition" in result.detail

    @pytest.mark.parametrize("day", [date(2014, 9, 15), None])
    def test_it_was_counted_for_the_day_of_the_transfer_and_for_today(self, day):
        [screening] = [
            s for s in Screening.objects.filter(needs=self.FACES) if (day or clock.today()) == s.occurred_by.date()
        ]
        assert (screening.permitted, screening.members) == (0, MEMBERS)

    def test_training_by_us_was_counted_too(self):
        assert Screening.objects.get(needs=["train_ai_system"]).coverage == 0.34

    def test_the_healthy_agreements_are_not_asked(self):
        asked = Finding.objects.filter(requirement__code="HOUSE-23").values_list("object_id", flat=True)
        assert list(asked) == [agreement(CASE).pk]


@pytest.mark.usefixtures("demo")
class TestTold:
    SHARES_ONLY = (
        "“We share your information only with service providers who work for us, with business partners, with "
        "companies of our family, or where legal process asks for it.”"
    )
    MAY_OPT_OUT = "“In any other case we tell you before your information goes to somebody else, and you may opt out.”"
    GAP = "“Profile photos” was collected from 1 Mar 2004 until 29 Feb 2012 while no version of a notice is known."

    def test_the_request_quotes_the_text_of_2012_for_the_recipient_and_for_the_choice(self):
        found = outcomes(CASE)
        assert found["FTC-COLLECT"].result.fact == (
            "Dating service (English), version 2012, read while “Profile photos” was collected, speaks against: "
            "sharing with any other company."
        )
        assert self.SHARES_ONLY in found["FTC-COLLECT"].result.detail
        assert "entered by Daniel Petrov" in found["FTC-COLLECT"].result.detail
        assert self.MAY_OPT_OUT in found["OKC-6"].result.detail
        assert found["OKC-6"].requirement.severity == "critical"
        assert found["OKC-6"].objects_to("activate")

    def test_nothing_that_was_told_speaks_of_the_training(self):
        assert "Train Face Recognition" in outcomes(CASE)["FTC-COLLECT-SILENT"].result.detail

    def test_the_transfer_of_2014_quotes_it_too(self):
        transfer = Transfer.objects.get(recipient__name="Lumen Vision")
        found = {finding.requirement.code: finding for finding in Finding.objects.about(transfer)}
        assert self.SHARES_ONLY in found["FTC-SHARE"].detail
        assert "in force on 15 Sep 2014, the day of the transfer" in found["FTC-SHARE"].fact
        assert self.MAY_OPT_OUT in found["OKC-6"].detail

    def test_the_years_before_the_first_notice_are_a_gap(self):
        photos = Dataset.objects.get(name="Profile photos")
        for record in (photos, agreement(CASE)):
            finding = Finding.objects.about(record).get(requirement__code="FTC-COLLECT-GAP")
            assert finding.fact == self.GAP

    def test_the_statement_of_2019_leaves_out_recorded_facts(self):
        statement = PublicStatement.objects.get()
        transfer = Transfer.objects.get(recipient__name="Lumen Vision")
        finding = Finding.objects.about(statement).get()
        assert finding.fact == f"The statement leaves out recorded facts: transfer no. {transfer.pk}."
        assert "15 Sep 2014" in finding.confidential
        assert (finding.requirement.code, finding.severity) == ("OKC-5", "high")
        assert user("founder").pk in finding.hidden_from

    def test_the_newest_notice_is_in_force_and_the_others_were(self):
        versions = NoticeVersion.objects.filter(notice__product="Dating service").order_by("effective_from")
        assert [(v.label, v.status) for v in versions] == [
            ("2012", "superseded"),
            ("2015", "superseded"),
            ("2021", "superseded"),
            ("2026", "published"),
        ]
        assert not Claim.objects.filter(checked_by=None).exists()


@pytest.mark.usefixtures("demo")
class TestNeighbours:
    def test_the_healthy_request_has_no_objections_and_can_be_approved(self):
        assert outcomes(HEALTHY) == {}
        agreement(HEALTHY).review.vote(by=user("legal"), role=Role.LEGAL, verdict="approve")
        agreement(HEALTHY).review.vote(by=user("privacy"), role=Role.PRIVACY, verdict="approve")
        assert agreement(HEALTHY).status == "approved"

    def test_the_affiliate_is_a_group_link_without_conflict(self):
        affiliate = Organisation.objects.get(name="Wanderpair Travel")
        assert [conflict.is_group_link for conflict in affiliate.conflicts] == [True]
        assert affiliate.recusing_conflicts == []
        assert outcomes("Account data within the group") == {}

    def test_a_tiny_listed_holding_is_declared_and_bars_nobody(self):
        vendor = Organisation.objects.get(name="Borealith Systems")
        assert [str(conflict.share) for conflict in vendor.conflicts] == ["0.001 %"]
        assert vendor.recusing_conflicts == []
        assert vendor.review.votes.filter(by=user("legal2")).exists()

    def test_lapsed_approvals_are_found(self):
        found = Finding.objects.open().filter(requirement__code="HOUSE-6")
        assert {finding.subject.name for finding in found} == {"Papermoth Mail", "Querkwell Surveys"}

    def test_agreements_in_force_show_what_is_due_and_nothing_else(self):
        in_force = {title: set(outcomes(title)) for title, status in STATUSES.items() if status == "active"}
        assert {title: codes for title, codes in in_force.items() if codes} == {
            "Newsletter delivery": {"HOUSE-2", "HOUSE-10"},
            "Counting visits to our pages": {"HOUSE-11"},
        }

    def test_the_sweep_has_found_what_time_brought(self):
        facts = set(Finding.objects.open().values_list("fact", flat=True))
        end = clock.today() + timedelta(days=20)
        approved = Decision.objects.about(agreement("Newsletter delivery")).made().get(transition="approve").at
        assert facts >= {
            f"“Counting visits to our pages” ends on {end:%-d %b %Y}, within 30 days.",
            f"“Newsletter delivery” was last reviewed on {approved:%-d %b %Y}, 14 months ago.",
            "The approval of Papermoth Mail has lapsed.",
            "Adrian Marsh may not take part in decisions about Lumen Vision.",
            "People were told that “Profile photos” is kept 24 months. Collection ended on 31 Dec 2014: where the "
            "24 months began by then, they were over on 31 Dec 2016.",
        }

    @pytest.mark.parametrize("title", [HEALTHY, "Account data within the group", "Hosting of the dating service"])
    def test_the_sweep_has_found_nothing_about_the_healthy_ones(self, title):
        assert not Finding.objects.about(agreement(title)).open().exists()

    def test_another_sweep_changes_nothing(self):
        before = Finding.history.count()
        assert sweep()["failed"] == 0
        assert Finding.history.count() == before
