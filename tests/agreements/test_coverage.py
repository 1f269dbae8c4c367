"""What covers a transfer is what was in force on its day, as the decisions tell."""

import random
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from apps.agreements.models import Transfer, covers_for
from apps.agreements.models.coverage import _terms_of
from apps.agreements.models.links import AgreementDataset
from apps.core import clock
from apps.findings.models import Finding
from apps.workflow.models import Decision
from tests.factories import make_agreement, make_dataset, make_organisation, make_transfer
from tests.roles import put_in
from tests.scenes import THE_DAY

TODAY = clock.today()


def day(offset):
    return TODAY + timedelta(days=offset)


def at(offset):
    return timezone.make_aware(datetime.combine(day(offset), time(12)))


@pytest.fixture
def agree(requester, cloudy, tickets):
    """An agreement with its decisions, as (step, day) from today, and any field."""

    def agree(*steps, **fields):
        with clock.travel_to(at(-100)):
            agreement = make_agreement(
                requester,
                cloudy,
                [tickets],
                **{"starts_on": day(-50), "ends_on": day(50), "status": "active", **fields},
            )
        for step, offset in steps:
            Decision.objects.create(
                subject=agreement, transition=step, to_status="active", by_name="Legal", at=at(offset)
            )
        return agreement

    return agree


@pytest.fixture
def moved(stranger, tickets, cloudy):
    def moved(offset, **fields):
        return make_transfer(stranger, tickets, cloudy, transferred_on=day(offset), **fields)

    return moved


IN_FORCE = [("activate", -40)]
SUSPENDED = [*IN_FORCE, ("suspend", -30), ("resume", -20)]
ENDED = [*IN_FORCE, ("terminate", -10)]
# (what it shows, decisions, fields of the agreement, day of the transfer, whether it is covered)
TABLE = [
    ("before the activation", IN_FORCE, {}, -41, False),
    ("on the day of activation", IN_FORCE, {}, -40, True),
    ("while in force", IN_FORCE, {}, 0, True),
    ("never activated", [], {}, 0, False),
    ("before its first day", IN_FORCE, {"starts_on": day(-5)}, -6, False),
    ("on its first day", IN_FORCE, {"starts_on": day(-5)}, -5, True),
    ("on its last day", IN_FORCE, {"ends_on": day(-3)}, -3, True),
    ("after its last day", IN_FORCE, {"ends_on": day(-3)}, -2, False),
    ("without a last day", IN_FORCE, {"ends_on": None}, 0, True),
    ("on the day of suspension", SUSPENDED, {}, -30, False),
    ("while suspended", SUSPENDED, {}, -25, False),
    ("on the day it is resumed", SUSPENDED, {}, -20, True),
    ("suspended since", SUSPENDED[:2], {}, 0, False),
    ("on the day it was ended", ENDED, {}, -10, True),
    ("after it was ended", ENDED, {}, -9, False),
    ("activated later than its dates say", IN_FORCE, {"starts_on": THE_DAY, "signed_on": THE_DAY}, -45, False),
    ("by a decision slipped in behind others", [("submit", -20), ("activate", -40)], {}, -30, False),
]


@pytest.mark.parametrize(
    ("decisions", "fields", "offset", "covered"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_covered(agree, moved, decisions, fields, offset, covered):
    agreement = agree(*decisions, **fields)
    cover = moved(offset).cover
    assert cover.is_covered == covered
    assert cover.agreement == (agreement if covered else None)


class TestNotCovered:
    def test_by_an_agreement_with_somebody_else(self, agree, stranger, tickets, lumen):
        agree(*IN_FORCE)
        assert not make_transfer(stranger, tickets, lumen).cover.is_covered

    def test_by_an_agreement_about_other_data(self, agree, stranger, engineer, cloudy):
        agree(*IN_FORCE)
        assert not make_transfer(stranger, make_dataset(engineer, "Logs"), cloudy).cover.is_covered

    def test_by_an_agreement_to_which_the_data_was_added_later(self, agree, moved, engineer, stranger, cloudy):
        agreement, logs = agree(*IN_FORCE), make_dataset(engineer, "Logs")
        agreement.dataset_links.model(agreement=agreement, dataset=logs).save()
        earlier = make_transfer(stranger, logs, cloudy, transferred_on=day(-1))
        assert "only since" in Finding.objects.about(earlier).get().detail

    def test_and_the_finding_says_why_a_later_agreement_does_not_help(self, agree, moved):
        agree(*IN_FORCE)
        finding = Finding.objects.about(moved(-45)).get()
        assert finding.fact == f"No agreement or other ground is recorded that covers {day(-45):%-d %b %Y}."
        assert f"was put in force on {day(-40):%-d %b %Y}, after that day" in finding.detail


class TestGrounds:
    def test_count_once_both_sides_confirmed(self, moved, legal, privacy):
        transfer = moved(-5, ground="legal_process", ground_reference="14-CV-1")
        assert not transfer.cover.is_covered
        transfer.propose(by=legal, note="The subpoena is on file.", proposal="confirmed")
        transfer.confirm(by=privacy, note="Seen.")
        assert transfer.cover.by_ground
        assert not Finding.objects.about(transfer).open().exists()

    def test_do_not_count_when_the_report_was_mistaken(self, moved, legal, privacy):
        transfer = moved(-5, ground="emergency")
        transfer.propose(by=legal, note="Nothing moved.", proposal="mistaken")
        transfer.call_mistaken(by=privacy, note="Right.")
        assert not transfer.cover.is_covered


class TestLookedAtAgain:
    def test_when_an_agreement_is_suspended(self, agree, moved, privacy, legal):
        agreement = agree(*IN_FORCE)
        transfer = moved(0)
        assert not Finding.objects.about(transfer).open().exists()
        agreement.suspend(by=privacy, note="A question is open.")
        assert Finding.objects.about(transfer).open().get().requirement.code == "OKC-1"

    def test_for_many_at_once_with_as_many_queries_as_for_one(self, agree, moved, django_assert_num_queries):
        agree(*IN_FORCE)
        transfers = [moved(-offset) for offset in range(4)]
        for some in (transfers[:1], transfers):
            with django_assert_num_queries(2):
                Transfer.prefetch_covers(some)


def test_a_dataset_stays_while_a_transfer_of_it_is_uncovered(agree, moved, legal, privacy, tickets):
    transfer = moved(-60)
    transfer.propose(by=legal, note="Seen.", proposal="confirmed")
    transfer.confirm(by=privacy, note="Seen.")
    finding = Finding.objects.about(tickets).open().get(requirement__code="OKC-1-HOLD")
    with pytest.raises(Exception, match="object to the retirement"):
        tickets.retire(by=privacy, note="No longer used.")
    finding.propose(by=legal, note="Nobody needs it.", proposal="not_applicable")
    finding.dismiss(by=privacy, note="Nobody needs it.")
    tickets.retire(by=privacy, note="No longer used.")
    assert tickets.status == "retired"


def test_a_dataset_says_nothing_of_a_report_that_only_legal_and_privacy_hear_of(moved, tickets):
    moved(-60)
    assert not Finding.objects.about(tickets).filter(requirement__code="OKC-1-HOLD").exists()


class TestMany:
    """The filter of lists asks the database, and says of each transfer what its page says."""

    STEPS = ("activate", "suspend", "resume", "suspend", "terminate")

    @pytest.fixture
    def net(self, agree, moved, stranger, cloudy, engineer, tickets):
        """Agreements of every kind, transfers around each of their days, and a recipient on record twice."""
        rng = random.Random(7)
        for _ in range(5):
            days = sorted(rng.sample(range(-60, 0), 5))
            steps = list(zip(self.STEPS, days, strict=True))[: rng.randrange(6)]
            agree(*steps, starts_on=day(rng.randrange(-60, -20)), ends_on=rng.choice([None, day(-5)]))
        twin, elsewhere = make_organisation("Cloudy Twin"), make_dataset(engineer, "Elsewhere")
        for offset in range(-62, 1, 3):
            moved(offset)
        make_transfer(stranger, tickets, twin, transferred_on=day(-3))
        make_transfer(stranger, elsewhere, cloudy)
        make_transfer(stranger, None, cloudy, dataset_words="Everything")
        put_in(moved(-61, ground="emergency"), "confirmed")
        twin.same_as = cloudy
        twin.save()
        return Transfer.objects.all()

    @pytest.mark.parametrize("member", ["legal", "auditor", "requester", "engineer", "stranger"])
    def test_the_filter_says_what_the_pages_say(self, net, cast, member):
        user = cast[member]
        covers = covers_for(user, list(net.select_related("dataset")))
        told = {True: set(), False: set()}
        for pk, cover in covers.items():
            if cover.is_covered or cover.is_whole:
                told[cover.is_covered].add(pk)
        for covered, keys in told.items():
            assert set(net.covered(covered, user).values_list("pk", flat=True)) == keys
        assert told[True]

    def test_the_days_are_those_of_which_nothing_speaks_against(self, net):
        for term in _terms_of(AgreementDataset.objects.all()):
            periods = list(term.covered_days())
            for offset in range(-70, 20):
                covered = any(first <= day(offset) <= last for first, last in periods)
                assert covered == (not term.why_not(day(offset)))

    def test_no_transfer_is_loaded_and_nothing_more_is_asked(
        self, net, legal, django_assert_max_num_queries, monkeypatch
    ):
        monkeypatch.setattr(Transfer, "from_db", None)
        # The content type, links with their decisions, records of one organisation, and the transfers themselves.
        with django_assert_max_num_queries(4):
            assert net.covered(False, legal).count()
