"""Conflicts: who of ours has which path of interests to an organisation, on which day."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, permutations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.findings.models import Requirement
from apps.vendors.models import Interest, Organisation, Person
from apps.vendors.models.held import is_held
from apps.vendors.organisations.identities import Identities
from apps.vendors.ownership import conflicts as paths
from apps.vendors.ownership.conflicts import MOST_PATHS, ConflictOfInterest, Path, _conflicts
from apps.vendors.ownership.steps import Share, Step, node_of
from tests.factories import make_insider, make_interest, make_organisation, make_person, make_position, make_relation

TODAY = date(2026, 6, 1)


def conflicts(organisation, on=TODAY):
    return Interest.objects.conflicts_with(organisation, on)


def recused(organisation, on=TODAY):
    return [str(conflict.insider) for conflict in conflicts(organisation, on) if conflict.recuses]


@pytest.fixture
def marsh(ours):
    return make_insider("A. Marsh")


@pytest.fixture
def vendor(db):
    return make_organisation("Lumen")


@pytest.fixture
def fund(db):
    return make_organisation("Corona", kind="fund")


class TestShare:
    def test_of_40_percent_of_a_holder_of_12_percent_is_4_point_8(self, marsh, fund, vendor):
        make_interest(marsh, fund, 40)
        make_interest(fund, vendor, 12)
        (conflict,) = conflicts(vendor)
        assert str(conflict.share) == "4.8 %"
        assert conflict.recuses

    def test_is_told_with_the_whole_path(self, marsh, fund, vendor):
        make_interest(marsh, fund, 40)
        make_interest(fund, vendor, 12)
        assert conflicts(vendor)[0].sentence() == (
            "A. Marsh holds 40 % of the economic interest in Corona, "
            "which holds 12 % of the economic interest in Lumen: 4.8 % in effect."
        )

    def test_of_an_interval_is_an_interval(self, marsh, fund, vendor):
        make_interest(marsh, fund, (25, 50))
        make_interest(fund, vendor, (10, 20))
        assert str(conflicts(vendor)[0].share) == "between 2.5 % and 10 %"

    def test_unknown_stays_unknown(self, marsh, fund, vendor):
        make_interest(marsh, fund)
        make_interest(fund, vendor, 12)
        assert conflicts(vendor)[0].share == Share(Decimal(0), None)
        assert str(conflicts(vendor)[0].share) == "an unknown share"

    def test_of_which_only_the_least_is_known_says_so(self, marsh, vendor):
        make_interest(marsh, vendor, (5, None))
        assert str(conflicts(vendor)[0].share) == "at least 5 %"

    def test_sums_over_paths(self, marsh, fund, vendor):
        make_interest(marsh, fund, 40)
        make_interest(fund, vendor, 12)
        make_interest(marsh, vendor, 3)
        (conflict,) = conflicts(vendor)
        assert str(conflict.share) == "7.8 %"
        assert "Together 7.8 %." in conflict.sentence()

    def test_is_never_above_100_percent(self, marsh, vendor):
        for name in ("One", "Two"):
            holding = make_organisation(name)
            make_interest(marsh, holding, 100)
            make_interest(holding, vendor, 80)
        assert conflicts(vendor)[0].share == Share(Decimal(100), Decimal(100))

    def test_counts_votes_and_shares_of_one_statement_once(self, marsh, vendor):
        """A register states one stake as shares, profit and votes; they are the same money."""
        for kind in ("shareholding", "rightsToProfitOrIncome", "votingRights"):
            make_interest(marsh, vendor, 30, type=kind, record_id="statement-1")
        (conflict,) = conflicts(vendor)
        assert str(conflict.share) == "30 %"
        assert "holds votes in" in conflict.sentence()

    def test_adds_what_two_statements_say(self, marsh, vendor):
        for statement in ("statement-1", "statement-2"):
            make_interest(marsh, vendor, 30, record_id=statement)
        assert str(conflicts(vendor)[0].share) == "60 %"

    def test_of_control_is_said_in_words_without_a_percentage(self, marsh, vendor):
        make_interest(marsh, vendor, 51, type="votingRights")
        (conflict,) = conflicts(vendor)
        assert conflict.share is None
        assert conflict.recuses
        assert conflict.sentence() == "A. Marsh holds votes in Lumen."

    def test_through_control_has_no_percentage(self, marsh, fund, vendor):
        make_interest(marsh, fund, 51, type="votingRights")
        make_interest(fund, vendor, 12)
        assert conflicts(vendor)[0].share is None

    def test_stated_as_indirect_is_not_added_to_the_chain_it_sums_up(self, marsh, fund, vendor):
        make_interest(marsh, fund, 40)
        make_interest(fund, vendor, 12)
        make_interest(marsh, vendor, Decimal("4.8"), directness="indirect")
        assert str(conflicts(vendor)[0].share) == "4.8 %"

    def test_stated_as_indirect_counts_where_it_is_more_than_the_chain(self, marsh, fund, vendor):
        make_interest(marsh, fund, 40)
        make_interest(fund, vendor, 12)
        make_interest(marsh, vendor, 7, directness="indirect")
        assert str(conflicts(vendor)[0].share) == "7 %"

    def test_stated_as_indirect_is_added_to_what_is_held_directly(self, marsh, vendor):
        make_interest(marsh, vendor, 3)
        make_interest(marsh, vendor, 7, directness="indirect")
        assert str(conflicts(vendor)[0].share) == "10 %"

    def test_stated_as_indirect_is_tied_to_its_components(self, marsh, fund, vendor):
        """A chain that it does not sum up comes on top of it."""
        other = make_organisation("Other")
        for between, name in ((fund, "tied"), (other, "free")):
            make_interest(marsh, between, 50, record_id=f"{name} 1")
            make_interest(between, vendor, 10, record_id=f"{name} 2")
        make_interest(marsh, vendor, 6, directness="indirect", components=["tied 1", "tied 2"])
        assert str(conflicts(vendor)[0].share) == "11 %"

    def test_of_which_it_is_not_known_whether_it_is_direct_is_an_interval(self, marsh, fund, vendor):
        make_interest(marsh, fund, 40)
        make_interest(fund, vendor, 12)
        make_interest(marsh, vendor, 4, directness="unknown")
        (conflict,) = conflicts(vendor)
        assert str(conflict.share) == "between 4.8 % and 8.8 %"
        assert "holds, directly or through others, 4 %" in conflict.sentence()

    def test_of_more_than_25_percent_stays_more_than(self, marsh, fund, vendor):
        make_interest(marsh, fund, (25, 50), share_min_exclusive=True)
        make_interest(fund, vendor, 20)
        assert str(conflicts(vendor)[0].share) == "more than 5 % and at most 10 %"

    def test_stated_as_indirect_counts_where_no_chain_is_known(self, marsh, vendor):
        make_interest(marsh, vendor, 7, directness="indirect")
        assert str(conflicts(vendor)[0].share) == "7 %"


class TestPaths:
    def chain(self, marsh, vendor, between):
        """A path of between + 1 steps."""
        holder = marsh
        for number in range(between):
            link = make_organisation(f"Link {number}")
            make_interest(holder, link, 50)
            holder = link
        make_interest(holder, vendor, 50)

    @pytest.mark.parametrize("steps", [1, 4, 5, 12])
    def test_are_found_however_long_they_are(self, marsh, vendor, steps):
        self.chain(marsh, vendor, between=steps - 1)
        assert recused(vendor) == ["A. Marsh"]
        assert len(conflicts(vendor)[0].paths[0].steps) == steps

    def test_run_over_three_relations_at_most(self, marsh, vendor):
        near = marsh
        for number in range(4):
            further = make_person(f"Relative {number}")
            make_relation(near, further)
            make_interest(further, vendor, 10) if number in (2, 3) else None
            near = further
        (path,) = [path for conflict in conflicts(vendor) for path in conflict.paths if path.insider == marsh]
        assert [str(step.held) for step in path.steps] == ["Relative 0", "Relative 1", "Relative 2", "Lumen"]

    def test_end_in_a_cycle(self, marsh, fund, vendor):
        make_interest(marsh, fund, 40)
        make_interest(fund, vendor, 12)
        make_interest(vendor, fund, 30)
        (conflict,) = conflicts(vendor)
        assert len(conflict.paths) == 1
        assert str(conflict.share) == "4.8 %"

    def test_also_run_over_positions(self, marsh, fund, vendor):
        make_position(marsh, fund, "general_partner")
        make_interest(fund, vendor, 12)
        assert conflicts(vendor)[0].sentence() == (
            "A. Marsh is general partner of Corona, which holds 12 % of the economic interest in Lumen."
        )

    def test_of_strangers_are_no_conflict(self, marsh, vendor):
        make_interest(make_person("Somebody else"), vendor, 90)
        assert conflicts(vendor) == []

    def test_down_from_the_vendor_are_no_conflict(self, marsh, vendor, fund):
        """An interest in what the vendor owns is none in the vendor."""
        make_interest(vendor, fund, 100)
        make_interest(marsh, fund, 10)
        assert conflicts(vendor) == []

    def test_without_a_named_holder_lead_to_nobody(self, marsh, vendor):
        Interest(organisation=vendor, holder_unspecified="The register does not say.", source="x").save()
        assert conflicts(vendor) == []

    def test_in_a_dense_net_come_to_an_end(self, marsh, vendor):
        for number in range(MOST_PATHS + 10):
            make_interest(marsh, vendor, 1, record_id=f"s{number}", directness="direct")
        link = [make_organisation(f"L{number}") for number in range(15)]
        for holder, held in permutations(link, 2):
            if held.pk % 2:
                make_interest(holder, held, 10)
        make_interest(link[0], vendor, 10)
        make_interest(marsh, link[3], 10)
        (conflict,) = conflicts(vendor)
        assert len(conflict.paths) <= MOST_PATHS

    def test_of_many_colleagues_leave_out_nobody_who_profits(self, marsh, ours, fund, vendor, monkeypatch):
        """What everybody has through our own company is no reason to overlook what one of us has beside it."""
        monkeypatch.setattr(paths, "MOST_PATHS", 1)
        make_interest(ours, vendor, 20)
        for name in ("B. Marsh", "C. Marsh"):
            make_insider(name)
        make_interest(make_insider("D. Marsh"), fund, 10)
        make_interest(fund, vendor, 10)
        assert recused(vendor) == ["D. Marsh"]

    def dense(self, marsh, fund, vendor):
        """Many holdings across, and behind them the one that counts."""
        between = [make_organisation(f"L{number}") for number in range(4)]
        for holder, held in permutations(between, 2):
            make_interest(holder, held, 10)
        for holder in between:
            make_interest(holder, vendor, 10)
        make_interest(fund, between[0], 10)
        make_interest(marsh, fund, 10)

    def test_in_a_net_too_dense_to_be_told_leave_out_nobody_who_profits(self, marsh, ours, fund, vendor, monkeypatch):
        self.dense(marsh, fund, vendor)
        make_interest(ours, vendor, 20)
        make_insider("B. Marsh")
        monkeypatch.setattr(paths, "MOST_LOOKED_AT", 5)
        (conflict,) = [conflict for conflict in conflicts(vendor) if conflict.recuses]
        assert str(conflict.insider) == "A. Marsh"
        assert [str(o) for o in conflict.paths[-1].organisations] == ["Corona", "L0", "Lumen"]

    def test_in_a_net_too_dense_to_be_told_are_never_small(self, marsh, fund, vendor, monkeypatch):
        self.dense(marsh, fund, vendor)
        vendor.listed = True
        vendor.save()
        assert recused(vendor) == []
        monkeypatch.setattr(paths, "MOST_LOOKED_AT", 5)
        assert recused(vendor) == ["A. Marsh"]

    def test_in_a_net_too_dense_to_be_told_take_no_vote(self, in_review, legal, cloudy, fund, monkeypatch):
        """What is told is bounded, who is barred is not: the way is long, and a colleague has many shorter ones."""
        marsh = make_person("A. Marsh", user=legal)
        self.dense(marsh, fund, cloudy)
        make_interest(make_insider("B. Marsh"), cloudy, 10)
        for bound in ("MOST_LOOKED_AT", "MOST_PATHS"):
            monkeypatch.setattr(paths, bound, 2)
        with pytest.raises(PermissionDenied):
            in_review.review.vote(by=legal, role="Legal", verdict="approve")

    @pytest.mark.parametrize("between", [0, 3, 20])
    def test_are_asked_in_few_queries_however_long_they_are(
        self, marsh, vendor, between, django_assert_max_num_queries
    ):
        self.chain(marsh, vendor, between=between)
        with django_assert_max_num_queries(10):
            conflicts(vendor)


class TestGroupLinks:
    def test_are_shown_but_keep_nobody_from_deciding(self, marsh, ours):
        subsidiary = make_organisation("Ours too", kind="affiliate")
        make_interest(ours, subsidiary, 100)
        (conflict,) = conflicts(subsidiary)
        assert conflict.is_group_link
        assert not conflict.recuses

    def test_lead_over_our_own_holding_of_a_vendor(self, marsh, ours, vendor):
        make_interest(ours, vendor, 20)
        assert recused(vendor) == []

    def test_a_private_interest_beside_one_is_a_conflict(self, marsh, ours, vendor):
        make_interest(ours, vendor, 20)
        make_interest(marsh, vendor, 1)
        (conflict,) = conflicts(vendor)
        assert conflict.recuses
        assert str(conflict.share) == "1 %"

    def test_a_fund_between_us_and_the_vendor_is_a_conflict(self, marsh, ours, fund, vendor):
        make_interest(ours, fund, 20)
        make_interest(fund, vendor, 20)
        assert recused(vendor) == ["A. Marsh"]


@pytest.mark.parametrize(
    ("share", "vendor_is", "fund_is", "recuses"),
    [
        # direct holdings
        (0.5, {"listed": True}, None, False),
        (1, {"listed": True}, None, True),
        (0.5, {}, None, True),
        ((0, 0.9), {"listed": True}, None, False),
        ((0, 1.5), {"listed": True}, None, True),
        (None, {"listed": True}, None, True),
        # through a fund that holds 10 %
        (5, {}, {"diversified": True}, False),
        (20, {}, {"diversified": True}, True),
        (5, {}, {}, True),
        (5, {"listed": True}, {}, False),
    ],
)
def test_small_holdings_keep_nobody_from_deciding_if_listed_or_diversified(marsh, share, vendor_is, fund_is, recuses):
    vendor = make_organisation("Lumen", **vendor_is)
    target = vendor
    if fund_is is not None:
        target = make_organisation("Corona", kind="fund", **fund_is)
        make_interest(target, vendor, 10)
    make_interest(marsh, target, share)
    assert bool(recused(vendor)) == recuses
    assert conflicts(vendor)


def test_small_holdings_over_many_vehicles_are_not_small(marsh):
    vendor = make_organisation("Lumen", listed=True)
    for number in range(3):
        vehicle = make_organisation(f"Vehicle {number}")
        make_interest(marsh, vehicle, 100)
        make_interest(vehicle, vendor, Decimal("0.4"))
    assert recused(vendor) == ["A. Marsh"]


class TestThreshold:
    def test_is_what_legal_says(self, marsh):
        vendor = make_organisation("Listed", listed=True)
        make_interest(marsh, vendor, 3)
        assert recused(vendor) == ["A. Marsh"]
        rule = Requirement.objects.get(code="OKC-4")
        rule.threshold = 5
        rule.save()
        assert recused(vendor) == []

    def test_does_not_excuse_control(self, marsh):
        vendor = make_organisation("Listed", listed=True)
        make_interest(marsh, vendor, Decimal("0.1"))
        make_position(marsh, vendor)
        assert recused(vendor) == ["A. Marsh"]

    def test_does_not_excuse_a_relative(self, marsh):
        vendor = make_organisation("Listed", listed=True)
        spouse = make_person("B. Marsh")
        make_relation(marsh, spouse)
        make_interest(spouse, vendor, Decimal("0.1"))
        assert "A. Marsh" in recused(vendor)


class TestRelatives:
    @pytest.mark.parametrize("turned", [False, True])
    def test_count_in_both_directions(self, marsh, vendor, turned):
        spouse = make_person("B. Marsh")
        make_relation(*((spouse, marsh) if turned else (marsh, spouse)))
        make_interest(spouse, vendor, 10)
        assert "A. Marsh" in recused(vendor)

    def test_share_stays_theirs(self, marsh, vendor):
        spouse = make_person("B. Marsh")
        make_relation(marsh, spouse)
        make_interest(spouse, vendor, 10)
        found = {str(conflict.insider): conflict for conflict in conflicts(vendor)}
        assert found["A. Marsh"].share is None
        assert found["A. Marsh"].sentence() == (
            "A. Marsh is related (spouse) to B. Marsh, "
            "who holds 10 % of the economic interest in Lumen: 10 % in effect."
        )

    def test_are_insiders_themselves_but_not_their_relatives(self, marsh, vendor):
        spouse, cousin = make_person("B. Marsh"), make_person("C. Marsh")
        make_relation(marsh, spouse), make_relation(spouse, cousin, "household")
        people = Person.objects
        assert people.insider_keys(TODAY, people.colleague_keys(TODAY), Identities.known()) == {marsh.pk, spouse.pk}

    def test_a_relation_that_ended_does_not_count(self, marsh, vendor):
        former = make_person("B. Marsh")
        make_relation(marsh, former, ends_on=TODAY)
        make_interest(former, vendor, 10)
        assert recused(vendor, TODAY + timedelta(days=1)) == []
        assert "A. Marsh" in recused(vendor)


class TestInsiders:
    @pytest.mark.parametrize(("days", "counts"), [(0, True), (365, True), (366, False), (1000, False)])
    def test_leavers_count_for_twelve_months(self, ours, vendor, days, counts):
        leaver = make_person("Leaver")
        make_position(leaver, ours, ends_on=TODAY - timedelta(days=days))
        make_interest(leaver, vendor, 10)
        assert bool(recused(vendor)) == counts

    def test_newcomers_count_from_their_first_day(self, ours, vendor):
        newcomer = make_person("Newcomer")
        make_position(newcomer, ours, starts_on=TODAY)
        make_interest(newcomer, vendor, 10)
        assert recused(vendor, TODAY - timedelta(days=1)) == []
        assert recused(vendor) == ["Newcomer"]

    @pytest.mark.parametrize(("kind", "counts"), [("ourselves", True), ("affiliate", True), ("company", False)])
    def test_have_a_position_in_our_group(self, vendor, kind, counts):
        person = make_person("Somebody")
        make_position(person, make_organisation("House", kind=kind))
        make_interest(person, vendor, 10)
        assert bool(recused(vendor)) == counts

    @pytest.mark.parametrize("active", [True, False])
    def test_have_an_account_that_is_active(self, vendor, stranger, active):
        stranger.is_active = active
        stranger.save()
        make_interest(make_person("S", user=stranger), vendor, 10)
        assert bool(recused(vendor)) == active


@pytest.mark.parametrize(
    ("starts", "ends", "days_held"),
    [(None, None, {-10, 0, 10}), (0, None, {0, 10}), (None, 0, {-10, 0}), (-10, 9, {-10, 0}), (5, 8, set())],
)
def test_interests_count_on_the_days_they_are_held(marsh, vendor, starts, ends, days_held):
    day = lambda days: None if days is None else TODAY + timedelta(days=days)  # noqa: E731
    make_interest(marsh, vendor, 10, starts_on=day(starts), ends_on=day(ends))
    assert {days for days in (-10, 0, 10) if recused(vendor, day(days))} == days_held


def test_a_person_is_told_apart_from_an_organisation_of_the_same_number(ours, vendor):
    """Nodes of the net are of two kinds."""
    person = make_insider("Same number")
    twin = Organisation(pk=person.pk + 5000, name="Twin")
    twin.save()
    other = Person(pk=twin.pk, name="Other")
    other.save()
    make_interest(twin, vendor, 10)
    make_interest(person, twin, 10)
    assert recused(vendor) == ["Same number"]


# --- against a naive implementation ---

HOLDINGS = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(1, 5)).filter(lambda edge: edge[0] != edge[1]),
    st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda share: tuple(sorted(share))),
    max_size=12,
)


def naive_share(holdings):
    """Sum over simple paths from 0 (the insider) to 5 (the vendor) ; None without any."""
    low = high = 0
    found = False
    for length in range(5):
        for between in permutations(range(1, 5), length):
            nodes = [0, *between, 5]
            edges = [holdings.get(edge) for edge in pairwise(nodes)]
            if None in edges:
                continue
            found, least, most = True, Decimal(100), Decimal(100)
            for edge in edges:
                least, most = least * edge[0] / 100, most * edge[1] / 100
            low, high = low + least, high + most
    return Share(min(Decimal(low), Decimal(100)), min(Decimal(high), Decimal(100))) if found else None


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(holdings=HOLDINGS)
def test_shares_are_those_of_a_naive_sum_over_all_paths(holdings):
    with transaction.atomic():
        insider = make_insider("Insider")
        nodes = {0: insider} | {number: make_organisation(f"Node {number}") for number in range(1, 6)}
        for (holder, held), share in holdings.items():
            make_interest(nodes[holder], nodes[held], share)
        found = conflicts(nodes[5])
        expected = naive_share(holdings)
        assert (found[0].share if found else None) == expected
        transaction.set_rollback(True)


# --- dense nets, against a plain model ---

TARGET, GROUP_COMPANY, PEOPLE = 5, 4, ("A", "B")
NETS = st.dictionaries(
    st.tuples(st.sampled_from((*PEOPLE, 1, 2, 3, 4, 5)), st.integers(1, 5)).filter(lambda edge: edge[0] != edge[1]),
    st.one_of(st.none(), st.sampled_from(("0", "0.4", "5", "50", "100")).map(Decimal)),
    max_size=22,
)


def ways(edges, start, seen=()):
    """Every simple path from there to the target, as its organisations."""
    for holder, held in edges:
        if holder == start and held not in seen:
            if held == TARGET:
                yield (*seen, TARGET)
            else:
                yield from ways(edges, held, (*seen, held))


def plainly_barred(edges, person, *, listed):
    """Control, unknown or large shares bar; so do small ones of a listed company that are large together."""
    small = Decimal(0)
    for way in ways(edges, person):
        if GROUP_COMPANY in way[:-1] and set(way[:-1]) == {GROUP_COMPANY}:
            continue
        total = Decimal(100)
        for edge in zip((person, *way[:-1]), way, strict=True):
            if not listed or edges[edge] is None:
                return True
            total = total * edges[edge] / 100
        small += total
        if total >= 1 or small >= 1:
            return True
    return False


def net_of(edges, *, listed):
    people = {name: Person(pk=number, name=name) for number, name in enumerate(PEOPLE, start=1)}
    kinds = {GROUP_COMPANY: "affiliate"}
    nodes = people | {n: Organisation(pk=n, name=f"O{n}", kind=kinds.get(n, "company")) for n in range(1, 6)}
    nodes[TARGET].listed = listed
    steps = {}
    for (holder, held), share in edges.items():
        words = () if share is not None else ("controls",)
        step = Step(nodes[holder], nodes[held], None if share is None else Share(share, share), words=words)
        steps.setdefault(node_of(step.held), []).append(step)
    return nodes[TARGET], steps


def barred(edges, *, listed):
    target, steps = net_of(edges, listed=listed)
    return {c.insider.name for c in _conflicts(target, steps, {1, 2}, Decimal(1)) if c.recuses}


@settings(max_examples=150, deadline=None)
@given(edges=NETS, listed=st.booleans(), most=st.integers(1, 30))
def test_nobody_who_profits_may_vote_however_dense_the_net_is(edges, listed, most):
    expected = {person for person in PEOPLE if plainly_barred(edges, person, listed=listed)}
    assert barred(edges, listed=listed) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "MOST_LOOKED_AT", most)
        patch.setattr(paths, "MOST_PATHS", 1 + most // 10)
        assert barred(edges, listed=listed) >= expected


def test_more_than_200_paths_hide_nobody_and_no_share():
    """80 % of 50 % of 50 % of 50 %, beside another one with 210 shorter ways."""
    edges = {("A", 1): Decimal(80), (1, 2): Decimal(50), (2, 3): Decimal(50), (3, TARGET): Decimal(50)}
    target, steps = net_of(edges, listed=False)
    other = Person(pk=2, name="B")
    for number in range(100, 310):
        between = Organisation(pk=number, name=f"O{number}")
        steps[node_of(target)].append(Step(between, target, Share(Decimal(1), Decimal(1))))
        steps[node_of(between)] = [Step(other, between, Share(Decimal(10), Decimal(10)))]
    found = {c.insider.name: c for c in _conflicts(target, steps, {1, 2}, Decimal(1))}
    assert (str(found["A"].share), found["A"].recuses) == ("10 %", True)
    assert str(found["B"].share) == "at least 20 %"
    assert found["B"].sentence().endswith("These are 10 of more than 200 paths. Together at least 20 %.")


PERCENT = st.integers(0, 100).map(Decimal)
SHARES = st.one_of(
    st.tuples(PERCENT, PERCENT).map(lambda pair: Share(min(pair), max(pair))), PERCENT.map(lambda p: Share(p, None))
)


@given(SHARES, SHARES)
def test_shares_stay_between_nothing_and_everything(first, second):
    for share in (first * second, first + second):
        assert 0 <= share.least <= 100
        assert share.most is None or share.least <= share.most <= 100
    assert (first * second).most is None or None not in (first.most, second.most)


@given(st.lists(SHARES, min_size=1, max_size=5))
def test_a_sum_of_paths_is_at_least_its_largest_part(shares):
    insider, target = Person(pk=1, name="A"), Organisation(pk=1, name="B")
    paths = [Path((Step(insider, target, share),)) for share in shares]
    total = ConflictOfInterest(insider, Decimal(1), paths).share
    assert total.least >= max(share.least for share in shares)
    assert (total.most is None) == any(share.most is None for share in shares)


def test_today_is_the_day_of_the_clock(marsh, vendor):
    make_interest(marsh, vendor, 10, ends_on=clock.today() + timedelta(days=10))
    assert vendor.recusing_conflicts
    with clock.travel_to(clock.now() + timedelta(days=11)):
        assert Organisation.objects.get(pk=vendor.pk).recusing_conflicts == []


@pytest.mark.parametrize("what", ["interest", "relation", "position"])
def test_what_begins_tomorrow_counts_today(marsh, vendor, what):
    """Whoever will profit does not decide until then; of a day that is over only what had begun by then counts."""
    tomorrow = clock.today() + timedelta(days=1)
    if what == "interest":
        make_interest(marsh, vendor, 10, starts_on=tomorrow)
    elif what == "position":
        make_position(marsh, vendor, starts_on=tomorrow)
    else:
        spouse = make_person("B. Marsh")
        make_relation(marsh, spouse, starts_on=tomorrow)
        make_interest(spouse, vendor, 10)
    assert vendor.recusing_conflicts
    assert Interest.objects.conflicts_with(vendor, clock.today() - timedelta(days=1)) == []


def test_a_long_way_concerns_its_holder_everywhere(legal, vendor):
    """The way down from the user and the way up from the organisation are equally long."""
    holder = make_person("L", user=legal)
    for number in range(6):
        link = make_organisation(f"Link {number}")
        make_interest(holder, link, 100)
        holder = link
    make_interest(holder, vendor, 100)
    assert vendor.pk in Interest.objects.profits_from(legal)
    assert not legal.has_perm("vendors.view_ownership", vendor)


DAYS = [None, -2, -1, 0, 1]
LASTING = [(start, end) for start in DAYS for end in DAYS if None in (start, end) or start <= end]


@pytest.mark.parametrize(("starts", "ends"), LASTING)
def test_a_loaded_row_counts_on_the_days_on_which_the_database_says_it_does(vendor, starts, ends):
    starts_on, ends_on = (None if days is None else clock.today() + timedelta(days=days) for days in (starts, ends))
    stake = make_interest(make_person("A. Holder"), vendor, 10, starts_on=starts_on, ends_on=ends_on)
    for days in (-2, -1, 0, 1):
        on = clock.today() + timedelta(days=days)
        assert is_held(starts_on, ends_on, on) == Interest.objects.held(on).filter(pk=stake.pk).exists()
