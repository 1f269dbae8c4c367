"""What people were told beside what is shared: agreements, transfers, and notices before they are published."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock
from apps.core.exceptions import Blocked
from apps.disclosures.models import OptOutOffer
from apps.findings.models import Finding, evaluate, evaluate_all
from apps.ledger.models import set_links
from tests.factories import (
    adopt,
    make_agreement,
    make_approved,
    make_claim,
    make_dataset,
    make_notice,
    make_stake,
    make_transfer,
    make_vendor,
    make_version,
)

ONLY = "We share data only with service providers."
CHOICE = "Else we ask you first."
USES = "We use it to run the service."
HOLDS = "We hold your address."
TEXT = f"{ONLY} {CHOICE} {USES} {HOLDS}"
TOLD = ("FTC-COLLECT", "FTC-COLLECT-SILENT", "FTC-COLLECT-GAP", "FTC-SHARE", "FTC-SHARE-SILENT", "FTC-RETRO", "OKC-6")


def told(record):
    """What is found by the rules about what people were told."""
    found = {}
    for outcome in evaluate(record):
        if outcome.requirement.code in TOLD:
            found.setdefault(outcome.requirement.code, []).append(outcome.result)
    return found


@pytest.fixture
def notice(tickets, second_lawyer):
    notice = make_notice(second_lawyer)
    set_links(tickets.notice_links, "notice", [notice], by=second_lawyer)
    tickets.collected_from, tickets.collected_until = date(2013, 1, 1), date(2016, 1, 1)
    tickets.save()
    return notice


@pytest.fixture
def v2012(notice):
    """In force all the time, and speaking of everything that the request of the tests needs."""
    version = make_version(notice, "2012", TEXT)
    make_claim(version, "service_provider", ONLY, says="only")
    make_claim(version, "third_party", CHOICE, kind="opt_out")
    make_claim(version, "essential", USES)
    make_claim(version, "user.contact", HOLDS)
    return version


@pytest.fixture
def sale(requester, engineer, cloudy, tickets):
    return make_agreement(requester, cloudy, [tickets], sponsor=engineer, type="third_party", title="Sale")


def offer(version, until, state="finished"):
    made = OptOutOffer(
        version=version,
        recipient_class="third_party",
        offered_from=date(2014, 1, 1),
        offered_until=until,
        channel="mail",
        text_sha256="a" * 64,
        exclusions_sha256="b" * 64,
        state=state,
        recorded_by=version.author,
    )
    made.save()
    return made


class TestEvidenceOfWhoProfits:
    """The second lawyer wrote the notice, its claims and the offer, and then holds a stake in the recipient."""

    def found(self, record):
        record = type(record).objects.get(pk=record.pk)
        return [o.result.fact for o in evaluate(record) if o.requirement.code == "HOUSE-41"]

    def test_is_said_and_stops_the_approval(self, v2012, sale, cloudy, second_lawyer):
        offer(v2012, clock.today() - timedelta(days=1))
        assert self.found(sale) == []
        make_stake(second_lawyer, cloudy)
        sale = type(sale).objects.get(pk=sale.pk)
        claims, offered = self.found(sale)
        assert claims.startswith("4 of the sentences of")
        assert offered.startswith("An offer to opt out under")
        assert "HOUSE-41" in {outcome.requirement.code for outcome in sale.objections_to("approve")}

    def test_is_not_told_to_themselves(self, v2012, sale, cloudy, second_lawyer, legal):
        make_stake(second_lawyer, cloudy)
        sale = type(sale).objects.get(pk=sale.pk)
        read = {user: {o.requirement.code for o in sale.outcomes_for(user)} for user in (second_lawyer, legal)}
        assert ["HOUSE-41" in codes for codes in read.values()] == [False, True]

    def test_of_others_is_nothing(self, v2012, sale, cloudy, engineer):
        make_stake(engineer, cloudy)
        assert self.found(sale) == []


class TestAgreement:
    def test_that_fits_has_nothing_found(self, v2012, support):
        assert told(support) == {}

    def test_that_goes_to_others_than_the_notice_names_is_contradicted_with_its_sentence(self, v2012, sale):
        found = told(sale)
        for code in ("FTC-COLLECT", "FTC-SHARE"):
            (result,) = found[code]
            assert result.fact.endswith("speaks against: sharing with any other company.")
            assert f"“{ONLY}”" in result.detail
            assert "4 claims entered by Second Lawyer, 4 checked by somebody else" in result.detail
            assert result.sources[0].url == v2012.get_absolute_url()

    def test_a_claim_that_one_person_entered_alone_later_clears_nothing(self, v2012, sale, privacy):
        late = make_claim(v2012, "third_party", CHOICE, checked=False)
        assert "FTC-COLLECT" in told(sale)
        late.confirm(by=privacy)
        assert "FTC-COLLECT" not in told(sale)

    def test_contradicted_stops_the_approval_once_adopted(self, v2012, sale):
        assert sale.objections_to("approve") == []
        adopt("FTC-COLLECT")
        assert [outcome.requirement.code for outcome in sale.objections_to("approve")] == ["FTC-COLLECT"]

    def test_of_which_nothing_is_said_is_silent_and_stops_nothing(self, notice, support):
        version = make_version(notice, "2012", TEXT)
        (result,) = told(support)["FTC-COLLECT-SILENT"]
        assert f"{version} says nothing about: sharing with service providers, who act for us, " in result.detail
        assert "Nobody has entered what it says" in result.detail
        adopt("FTC-COLLECT-SILENT")
        assert support.objections_to("approve") == []

    def test_every_version_in_force_at_collection_counts(self, notice, v2012, support):
        worse = make_version(notice, "2015", "We never share.", effective_from=date(2015, 1, 1))
        make_claim(worse, "service_provider", "We never share.", says="never")
        make_version(notice, "2017", TEXT, effective_from=date(2017, 1, 1))
        (result,) = told(support)["FTC-COLLECT"]
        assert result.sources[0].url == worse.get_absolute_url()

    def test_the_days_without_a_version_are_named(self, v2012, tickets, support):
        tickets.collected_from = date(2010, 5, 1)
        tickets.save()
        (result,) = told(support)["FTC-COLLECT-GAP"]
        assert "from 1 May 2010 until 29 Feb 2012" in result.fact

    def test_a_dataset_without_a_notice_is_a_gap_as_a_whole(self, tickets, support):
        tickets.collected_from, tickets.collected_until = date(2010, 5, 1), date(2011, 5, 1)
        tickets.save()
        assert "from 1 May 2010 until 1 May 2011" in told(support)["FTC-COLLECT-GAP"][0].fact

    def test_what_a_later_notice_provides_for_does_not_reach_back(self, notice, v2012, sale):
        newer = make_version(notice, "2020", "We sell it.", effective_from=date(2020, 1, 1))
        make_claim(newer, "third_party", "We sell it.")
        (result,) = told(sale)["FTC-RETRO"]
        assert result.fact.startswith("Today's notice provides for what Service (English), version 2012 did not")
        assert "“We sell it.”" in result.detail
        assert "FTC-SHARE" not in told(sale)

    def test_categories_are_those_that_the_dataset_holds(self, v2012, engineer, cloudy, requester):
        plain = make_dataset(engineer, "Plain", categories=("user.name",))
        both = make_agreement(requester, cloudy, [plain], categories=("user.name", "user.contact.email"))
        set_links(plain.notice_links, "notice", [v2012.notice], by=engineer)
        (result,) = told(both)["FTC-COLLECT-SILENT"]
        assert "says nothing about: Name." in result.detail


class TestChoice:
    def test_that_was_promised_and_not_offered_stops_the_activation(self, v2012, sale):
        (result,) = told(sale)["OKC-6"]
        assert f"“{CHOICE}”" in result.detail
        assert "OKC-6" in [outcome.requirement.code for outcome in sale.objections_to("activate")]

    def test_that_is_finished_lets_the_sharing_fit(self, v2012, sale):
        offer(v2012, clock.today() - timedelta(days=1))
        assert told(sale) == {}

    def test_whose_last_day_is_today_is_not_over(self, v2012, sale):
        offer(v2012, clock.today())
        assert "OKC-6" in told(sale)

    def test_that_is_still_running_is_not_enough(self, v2012, sale):
        offer(v2012, clock.today(), "running")
        assert "OKC-6" in told(sale)

    def test_whose_last_day_is_that_of_the_transfer_is_not_enough(self, v2012, stranger, tickets, cloudy):
        transfer = make_transfer(stranger, tickets, cloudy, transferred_on=date(2014, 9, 15))
        offer(v2012, date(2014, 9, 15))
        assert "no finished offer is recorded by 15 Sep 2014" in told(transfer)["OKC-6"][0].fact
        assert {"FTC-COLLECT", "FTC-SHARE"} <= told(transfer).keys()

    def test_that_came_before_it_is(self, v2012, stranger, tickets, cloudy):
        offer(v2012, date(2014, 9, 14))
        assert told(make_transfer(stranger, tickets, cloudy, transferred_on=date(2014, 9, 15))) == {}


class TestTransfer:
    def test_without_an_agreement_goes_to_any_other_company(self, v2012, stranger, tickets, cloudy):
        transfer = make_transfer(stranger, tickets, cloudy, transferred_on=date(2014, 9, 15))
        assert "in force on 15 Sep 2014, the day of the transfer" in told(transfer)["FTC-SHARE"][0].fact

    def test_to_a_company_of_our_group_goes_to_an_affiliate(self, v2012, stranger, tickets, ours):
        sister = make_vendor("Sister", kind="affiliate", status="recorded")
        transfer = make_transfer(stranger, tickets, sister, transferred_on=date(2014, 9, 15))
        assert "companies of our own group" in told(transfer)["FTC-SHARE"][0].fact

    def test_by_confirmed_legal_process_goes_to_authorities(self, v2012, stranger, tickets, cloudy, legal, privacy):
        transfer = make_transfer(
            stranger, tickets, cloudy, ground="legal_process", ground_reference="A 1", transferred_on=date(2014, 9, 15)
        )
        transfer.propose(by=legal, note="Read.", proposal="confirmed")
        transfer.confirm(by=privacy)
        assert "authorities and courts" in told(transfer)["FTC-SHARE"][0].fact

    def test_that_did_not_happen_is_not_asked(self, v2012, stranger, tickets, cloudy, legal, privacy):
        transfer = make_transfer(stranger, tickets, cloudy)
        transfer.propose(by=legal, note="Read.", proposal="mistaken")
        transfer.call_mistaken(by=privacy)
        assert told(transfer) == {}

    def test_on_a_day_without_a_version_is_silent(self, notice, stranger, tickets, cloudy):
        make_version(notice, "2020", TEXT, effective_from=date(2020, 1, 1))
        transfer = make_transfer(stranger, tickets, cloudy, transferred_on=date(2014, 9, 15))
        assert "is known for 15 Sep 2014" in told(transfer)["FTC-SHARE-SILENT"][0].fact


class TestPublishing:
    @pytest.fixture
    def never(self, notice, v2012):
        draft = make_version(notice, "never", "We never share.", "draft", effective_from=clock.today())
        make_claim(draft, "service_provider", "We never share.", says="never")
        return draft

    def in_force(self, agreement):
        agreement.status = "active"
        agreement.save()
        return agreement

    def test_lists_the_agreements_in_force_and_stops(self, never, support, requester, legal):
        self.in_force(support)
        make_approved(never, requester)
        with pytest.raises(Blocked, match="rules object to the publication"):
            never.publish(by=legal)
        finding = Finding.objects.about(never).get()
        assert finding.fact == (
            f"Agreement no. {support.pk} is in force, and this version speaks against: sharing with service providers, "
            "who act for us."
        )
        assert "Support desk" not in finding.fact + finding.detail
        assert "Support desk" in finding.confidential

    def test_is_free_when_nothing_in_force_stands_against_it(self, never, support, requester, legal):
        make_approved(never, requester).publish(by=legal)
        assert never.status == "published"

    def test_lists_transfers_of_the_last_year(self, never, v2012, stranger, tickets, ours, requester):
        sister = make_vendor("Sister", kind="affiliate", status="recorded")
        make_claim(never, "affiliate", "We never share.", says="never")
        with clock.travel_to(clock.now() - timedelta(days=20)):
            recent = make_transfer(stranger, tickets, sister)
            make_transfer(stranger, tickets, sister, transferred_on=clock.today() - timedelta(days=400))
        facts = [outcome.result.fact for outcome in evaluate(never)]
        assert facts == [
            f"Transfer no. {recent.pk} is on record, and this version speaks against: sharing with companies of our "
            "own group."
        ]

    def test_an_old_text_is_recorded_whatever_was_done_since(self, never, support):
        self.in_force(support)
        never.effective_from = date(2008, 1, 1)
        assert evaluate(never) == []


class TestDataset:
    def test_names_the_days_without_a_known_version(self, v2012, tickets):
        tickets.collected_from = date(2004, 3, 1)
        tickets.save()
        (result,) = [o.result for o in evaluate(tickets) if o.requirement.code == "FTC-COLLECT-GAP"]
        assert result.fact == (
            "“Tickets” was collected from 1 Mar 2004 until 29 Feb 2012 while no version of a notice is known."
        )

    def test_has_no_gap_where_every_day_is_known(self, v2012, tickets):
        assert "FTC-COLLECT-GAP" not in [o.requirement.code for o in evaluate(tickets)]


def queries_of(records):
    with CaptureQueriesContext(connection) as captured:
        evaluate_all([type(record).objects.get(pk=record.pk) for record in records])
    return [query["sql"] for query in captured][len(records) :]


class TestBatches:
    """What is asked for many records costs as many queries as for a few, each with a notice of its own."""

    FEW, MANY = 2, 6

    @pytest.fixture
    def records(self, engineer, requester, ours):
        records = {"agreements": [], "transfers": [], "datasets": [], "versions": []}
        for number in range(self.MANY):
            vendor, notice = make_vendor(f"Vendor {number}"), make_notice(engineer, f"Product {number}")
            dataset = make_dataset(engineer, f"Dataset {number}", collected_from=date(2011, 1, 1))
            set_links(dataset.notice_links, "notice", [notice], by=engineer)
            make_claim(make_version(notice, "old", TEXT), "affiliate", ONLY, says="only")
            agreement = make_agreement(requester, vendor, [dataset], type="third_party")
            agreement.status = "active"
            agreement.save()
            draft = make_version(notice, "new", TEXT, "draft", effective_from=clock.today())
            make_claim(draft, "affiliate", ONLY, says="only")
            records["agreements"].append(agreement)
            records["transfers"].append(make_transfer(requester, dataset, vendor))
            records["datasets"].append(dataset)
            records["versions"].append(draft)
        return records

    @pytest.mark.parametrize("kind", ["agreements", "transfers", "datasets", "versions"])
    def test_cost_no_more(self, records, kind):
        queries_of(records[kind][:1])  # what is asked once in a process
        few, many = (queries_of(records[kind][:count]) for count in (self.FEW, self.MANY))
        assert len(many) == len(few), "\n".join(sorted(many))
