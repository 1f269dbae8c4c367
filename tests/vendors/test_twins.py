"""The same company or the same person typed again: who may take part follows them, not the row."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Role
from apps.core.exceptions import Blocked
from apps.findings.models import Requirement, evaluate
from apps.vendors.models import Organisation, Sameness
from apps.vendors.organisations.names import company_keys
from apps.vendors.services import look_for_twins
from tests.api_cast import api_of
from tests.factories import (
    make_agreement,
    make_insider,
    make_interest,
    make_organisation,
    make_person,
    make_sameness,
    make_user,
    make_vendor,
)
from tests.vendors.test_bods import entity, load_well, person


@pytest.fixture
def twin(lumen, founder, sign_in):
    """The founder types the vendor he profits from once more."""
    page = sign_in(founder)
    asked = {"name": f"{lumen.name.upper()}, Inc.", "kind": "company", "twins_shown": ""}
    shown = page.post("/vendors/new/", asked)
    assert shown.status_code == 422
    assert lumen.name in shown.content.decode()
    again = {**asked, "twins_shown": str(lumen.pk)}
    assert page.post("/vendors/new/", again).status_code == 422, "saving again says nothing"
    assert page.post("/vendors/new/", {**again, "another": "on"}).status_code == 302
    return Organisation.objects.get(name=asked["name"])


def test_likely_twin_is_shown_before_saving_and_asked_about_after(twin, lumen):
    question = Sameness.objects.get()
    assert question.records == (lumen, twin)
    assert question.status == "open"


def test_who_profits_from_one_is_barred_from_both_while_it_is_asked(twin, lumen, founder, tickets):
    assert founder.pk in twin.conflicted_users
    assert not founder.has_perm("vendors.change_organisation", twin)
    assert not founder.has_perm("vendors.say_different_sameness", Sameness.objects.get())
    request = make_agreement(founder, twin, [tickets], sponsor=founder)
    assert {"OKC-4", "HOUSE-1", "HOUSE-30"} <= {outcome.requirement.code for outcome in evaluate(request)}


def answer(question, how, first, second):
    getattr(question, f"say_{how}")(by=first, note="Looked at the register.")
    getattr(question, f"confirm_{how}")(by=second)


def test_no_approval_while_it_is_asked_even_where_the_rule_is_suspended(twin, lumen, tickets, requester, engineer):
    rule = Requirement.objects.get(code="HOUSE-30")
    rule.status = "proposed"
    rule.save()
    request = make_agreement(requester, twin, [tickets], sponsor=engineer)
    with pytest.raises(Blocked) as stopped:
        request.guard(request.transitions["approve"])
    assert lumen.name in stopped.value.facts[0]


def test_two_people_of_two_sides_answer_and_not_who_wrote_the_record(twin, legal, second_lawyer, privacy, founder):
    question = Sameness.objects.get()
    question.say_different(by=legal, note="Another register.")
    for user in (legal, second_lawyer, founder):
        with pytest.raises(PermissionDenied):
            question.confirm_different(by=user)
    question.confirm_different(by=privacy)
    assert not twin.conflicts
    assert not Organisation.objects.get(pk=twin.pk).questions


def test_the_same_leads_to_one_record_and_nothing_that_is_chained_changes(
    twin, lumen, founder, legal, privacy, sign_in
):
    before = list(lumen.history.values())
    answer(Sameness.objects.get(), "same", legal, privacy)
    twin.refresh_from_db()
    assert twin.survivor == lumen
    assert founder.pk in twin.conflicted_users
    assert list(lumen.history.values()) == before
    page = sign_in(legal).get(twin.get_absolute_url(), follow=True)
    assert lumen.get_absolute_url() in [address for address, _ in page.redirect_chain]


def test_owner_that_a_register_names_like_one_of_us_may_be_the_same_person(lumen, founder, legal, privacy, sign_in):
    vendor = make_vendor("Elsewhere")
    owner = make_person(", ".join(reversed(str(founder.person).upper().split())))
    make_interest(owner, vendor, 30)
    look_for_twins(people=[owner], by=None)
    assert vendor.conflicted_users.keys() == {founder.pk}
    answer(Sameness.objects.get(), "different", privacy, legal)
    assert not Organisation.objects.get(pk=vendor.pk).conflicts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Corona Capital Ltd.", "CAPITAL, CORONA (L.L.C.)"),
        ("Corona Capital", "CoronaCapital GmbH & Co. KG"),
        ("Çorona Capital", "\uff23orona Capital S.A."),
        ("İstanbul A.Ş.", "ISTANBUL"),
        ("O'Neill & Sons", "ONeill and Sons"),
        ("\u0421\u043erona Capital", "Corona Capital"),
    ],
)
def test_names_of_one_company_have_a_key_in_common(one, other):
    assert company_keys(one) & company_keys(other)


def test_what_no_register_names_is_nobodys_twin():
    assert not company_keys("Unnamed company")


# --- however the same facts are split over twins ---

# How one company is typed a second time, by its first name.
ALIASES = [
    lambda name: {"name": name},
    lambda name: {"name": f"{name.upper()}, Ltd."},
    lambda name: {"name": " ".join(reversed(name.split())) + " GmbH"},
    lambda name: {"name": name.replace("a", "\u00e1").replace(" ", "")},
    lambda name: {"name": name.replace("C", "C\u0327").replace("o", "\uff4f")},
    lambda name: {"name": f"Renamed {name[-1]}", "other_names": name},
    lambda name: {"name": f"Elsewhere {name[-1]}", "domain": f"{name[-1]}.example.com"},
]
PEOPLE, TARGET = ("A", "B"), 3
EDGES = st.lists(
    st.tuples(
        st.sampled_from((*PEOPLE, 1, 2, 3)), st.integers(1, 3), st.integers(0, 5), st.integers(0, 5), st.booleans()
    ),
    max_size=6,
)


def plainly_profits(edges):
    """Those of our people from whom edges lead to the target, whichever record they are of."""
    reached, more = {TARGET}, True
    while more:
        found = {holder for holder, held, *_ in edges if held in reached} | reached
        more, reached = found != reached, found
    return reached & set(PEOPLE)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(edges=EDGES, entered=st.permutations([(number, alias) for number in (1, 2, 3) for alias in range(len(ALIASES))]))
def test_nobody_who_profits_votes_or_sponsors_unseen_however_facts_are_split_over_twins(edges, entered, ours):
    with transaction.atomic():
        people = {name: make_insider(f"Insider {name}", user=make_user(f"insider{name}")) for name in PEOPLE}
        used = {(held, at) for _, held, _, at, _ in edges} | {(TARGET, 0), (TARGET, 1)}
        used |= {(holder, of) for holder, _, of, _, _ in edges if holder not in PEOPLE}
        used |= {(number, 0) for number, _ in used}
        records = {
            (number, alias): make_vendor(
                **{"domain": f"{number}.example.com", **ALIASES[alias](f"Corona Capital {number}")}
            )
            for number, alias in entered
            if (number, alias) in used
        }
        for holder, held, of, at, late in edges:
            if late:
                look_for_twins(None, by=None)
            holds = people[holder] if holder in PEOPLE else records[holder, of]
            if holds != records[held, at]:
                make_interest(holds, records[held, at], 30)
        look_for_twins(None, by=None)
        expected = {people[name].user_id for name in plainly_profits([(h, d) for h, d, *_ in edges if h != d])}
        for (number, _), record in records.items():
            if number == TARGET:
                assert Organisation.objects.get(pk=record.pk).conflicted_users.keys() == expected
                assert record.questions
        transaction.set_rollback(True)


class TestInsider:
    """Whoever profits from a vendor and types it again gets no further than with the first record."""

    def test_may_neither_ask_nor_submit_nor_vote(self, twin, founder, tickets, requester, sign_in):
        page = sign_in(founder)
        asks = {"title": "New", "type": "processor", "our_entity": Organisation.objects.of_group().get().pk}
        terms = {"consideration": "none", "may_train": "no", "may_derive": "no", "onward_transfer": "no"}
        asked = {**asks, **terms, "counterparty": twin.pk, "sponsor": founder.pk}
        assert page.post("/agreements/new/", asked).status_code == 403
        request = make_agreement(requester, twin, [tickets], sponsor=founder)
        assert page.post(f"/agreements/{request.pk}/do/submit/", {"note": ""}).status_code == 403
        assert founder.pk in request.barred_people()
        assert "independent" in {role.name.lower() for role in request.review_roles()}

    def test_reads_nothing_about_the_twin_that_is_kept_from_them_about_the_first(self, twin, founder):
        assert twin.conflicts_shown_to(founder) is None
        assert twin.hides_remarks_from(founder)

    def test_vote_that_would_approve_is_refused_while_the_question_is_open(
        self, tickets, requester, engineer, legal, privacy, cloudy
    ):
        request = make_agreement(requester, cloudy, [tickets], sponsor=engineer)
        request.submit(by=requester)
        make_sameness(cloudy, make_vendor("Cloudy, Inc."))
        review = request.review
        for user, role in ((legal, Role.LEGAL), (privacy, Role.PRIVACY)):
            with pytest.raises(Blocked, match="approval"):
                review.vote(by=user, role=role, verdict="approve", reason="")


def test_api_takes_the_twin_and_asks(lumen, requester, founder):
    made = api_of(founder).post("vendors/", {"name": "LUMEN VISION INC"}, format="json")
    assert made.status_code == 201
    assert api_of(requester).ids("same-records/") == {Sameness.objects.get().pk}
    assert founder.pk in Organisation.objects.get(pk=made.json()["id"]).conflicted_users


def test_import_of_the_register_finds_twins_by_number_and_people_of_ours(lumen, founder, legal):
    name = " ".join(reversed(str(founder.person).split()))
    number = [{"scheme": "GB-COH", "id": "00 123"}]
    for record_id, company, identifiers in (
        ("one", "Visage", number),
        ("two", "Vultus", [{**number[0], "id": "00123"}]),
    ):
        load_well(entity(record_id, company, details={"identifiers": identifiers}))
    load_well(person("per", name, details={"birthDate": "1970-02-03", "nationalities": [{"name": "United Kingdom"}]}))
    grounds = set(Sameness.objects.values_list("grounds", flat=True))
    assert grounds == {"a number in a register", "the name"}
    assert Sameness.objects.get(person__isnull=False).other_person.born == "1970-02"


def test_edit_into_a_name_that_was_given_up_is_asked_about(lumen, legal, sign_in):
    fields = {"kind": "company", "purpose": "Faces", "jurisdiction": "US", "risk_tier": "high"}
    first = make_organisation("Old Vision")
    page = sign_in(legal)
    page.post(f"/vendors/{first.pk}/edit/", {**fields, "name": "New Vision", "revision": first.revision})
    shown = page.post("/vendors/new/", {**fields, "name": "Old Vision"})
    assert "New Vision" in shown.content.decode()


@pytest.mark.parametrize(
    ("sent", "told"),
    [("529900t8bm49aursdo55", None), ("529900T8BM49AURSDO56", "This is no LEI"), ("5493001KJTIIGC8Y1R12", "First (US")],
)
@pytest.mark.parametrize("door", ["page", "api"])
def test_lei_is_in_capitals_right_and_of_nobody_else(ours, requester, sign_in, sent, told, door):
    make_organisation("First", jurisdiction="US", lei="5493001KJTIIGC8Y1R12")
    fields = {"name": "Second", "kind": "company", "lei": sent}
    if door == "page":
        answer = sign_in(requester).post("/vendors/new/", fields).content.decode()
    else:
        answer = api_of(requester).post("vendors/", fields, format="json").content.decode()
    assert Organisation.objects.filter(name="Second", lei=sent.upper()).exists() == (told is None)
    assert (told or "") in answer


def test_joined_record_is_offered_nowhere_and_its_references_follow(lumen, tickets, requester, legal, privacy, sign_in):
    other = make_vendor("Lumen Vision Inc", status="recorded", approved_until=None)
    request = make_agreement(requester, other, [tickets])
    answer(make_sameness(lumen, other), "same", legal, privacy)
    request = type(request).objects.get(pk=request.pk)
    assert request.counterparty == lumen
    assert request.counterparty_id == other.pk
    assert "HOUSE-2" not in {outcome.requirement.code for outcome in evaluate(request)}
    page = sign_in(legal)
    assert request.title in page.get(lumen.get_absolute_url()).content.decode()
    assert "created this record" in page.get(f"{lumen.get_absolute_url()}history/").content.decode()
    assert other.pk not in api_of(legal).ids("vendors/")
    assert str(other) not in page.get("/agreements/new/").content.decode()


def test_joined_people_are_one_for_interests_of_either(lumen, founder, legal, privacy):
    vendor, owner = make_vendor("Elsewhere"), make_person(str(founder.person))
    make_interest(owner, vendor, 30)
    answer(make_sameness(founder.person, owner), "same", legal, privacy)
    assert vendor.conflicted_users.keys() == {founder.pk}
    assert owner.pk not in api_of(legal).ids("people/")


def test_two_accounts_of_one_human_are_both_barred(lumen, founder, legal):
    second = make_user("founder2")
    namesake = make_person("Namesake", user=second)
    make_sameness(founder.person, namesake)
    assert set(lumen.conflicted_users) == {founder.pk, second.pk}


def test_what_was_answered_is_asked_again_when_more_is_shared(lumen, legal, privacy):
    other = make_organisation("Lumen Vision", jurisdiction="DE")
    look_for_twins([other], by=None)
    answer(question := Sameness.objects.get(), "different", legal, privacy)
    look_for_twins([other], by=None)
    assert not Sameness.objects.undecided().exists()
    for record in (lumen, other):
        record.domain = "lumen.example.com"
        record.save()
    look_for_twins([other], by=None)
    question.refresh_from_db()
    assert question.status == "open"


def test_the_question_stands_on_the_checks_of_either_record(twin, lumen, requester, sign_in):
    """Also of one that nobody has proposed as a vendor yet."""
    for record in (twin, lumen):
        page = sign_in(requester).get(f"{record.get_absolute_url()}checks/").text
        assert "may be the same organisation as" in page


@pytest.mark.parametrize("tab", ["", "checks/", "review/"])
def test_a_record_that_was_joined_shows_nothing_of_its_own(tab, lumen, legal, privacy, requester, sign_in):
    other = make_vendor("Lumen Vision Inc", status="recorded", approved_until=None)
    answer(make_sameness(lumen, other), "same", legal, privacy)
    shown = sign_in(requester).get(f"{other.get_absolute_url()}{tab}")
    assert shown.url == f"{lumen.get_absolute_url()}{tab}"


def test_a_path_names_the_other_record_beside_the_one_that_is_read(twin, lumen, legal, sign_in):
    page = sign_in(legal).get(f"{twin.get_absolute_url()}review/").text
    assert f"{twin} (on record as {lumen} too, which may be the same)" in page
    assert f"{twin} (on record as {twin} too" not in page


def test_correcting_something_else_does_not_say_that_it_is_another(lumen, requester, sign_in):
    page, asked = sign_in(requester), {"name": "Lumen Vision Inc.", "kind": "company", "lei": "123", "twins_shown": ""}
    assert "on record already" not in page.post("/vendors/new/", asked).text
    shown = page.post("/vendors/new/", {**asked, "lei": ""}).text
    assert f'<a href="{lumen.get_absolute_url()}">' in shown
    assert "It is another organisation than those named above" in shown
    assert Organisation.objects.filter(name__startswith="Lumen").count() == 1
