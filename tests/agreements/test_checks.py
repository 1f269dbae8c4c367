from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.agreements.forms import AgreementForm
from apps.agreements.models import Agreement
from apps.core import clock
from apps.findings.models import Finding, checked_codes, evaluate, look_at, reconcile
from apps.ledger.models import set_links
from apps.taxonomy.models import DataCategory, DataUse
from apps.workflow.models import material
from tests.factories import make_agreement, make_dataset, make_organisation, make_transfer, make_vendor


def found(agreement):
    outcomes = evaluate(Agreement.objects.get(pk=agreement.pk))
    return {outcome.requirement.code: outcome.result.fact for outcome in outcomes}


def test_a_request_in_order_raises_no_objection(support):
    assert found(support) == {}


class TestVendorNotApproved:
    @pytest.mark.parametrize("status", ["recorded", "proposed", "in_review", "rejected", "lapsed", "suspended"])
    def test_names_any_other_status(self, requester, ours, tickets, status):
        vendor = make_vendor("Cloudier", status=status)
        assert found(make_agreement(requester, vendor, [tickets])) == {"HOUSE-2": "Cloudier is not an approved vendor."}

    def test_counts_to_the_last_day(self, support):
        for days, codes in [(300, set()), (301, {"HOUSE-2"})]:
            with clock.travel_to(clock.now() + timedelta(days=days)):
                assert found(support).keys() == codes

    def test_is_not_asked_of_our_own_group(self, requester, ours, tickets):
        affiliate = make_organisation("Ours too", kind="affiliate")
        assert found(make_agreement(requester, affiliate, [tickets])) == {}


class TestUsesNotCovered:
    @pytest.mark.parametrize(
        ("collected_for", "asked", "beyond"),
        [
            ("essential.service", "essential.service", False),
            ("essential.service", "essential.service.operations.support", False),
            ("essential.service.operations", "essential.service", True),
            ("essential.service", "train_ai_system", True),
            ("train_ai_system", "train_ai_system.benchmark", False),
            ("train_ai_system", "train_ai_system.face_recognition", True),  # asked separately
            ("train_ai_system.face_recognition", "train_ai_system.face_recognition", False),
            ("third_party_sharing", "third_party_sharing.third_party", True),  # asked separately
        ],
    )
    def test_are_those_beyond_the_uses_at_collection(self, requester, engineer, cloudy, collected_for, asked, beyond):
        dataset = make_dataset(engineer, uses=[collected_for])
        assert ("GDPR-5-1b" in found(make_agreement(requester, cloudy, [dataset], uses=[asked]))) == beyond

    def test_are_asked_of_each_dataset(self, requester, engineer, cloudy, tickets):
        other = make_dataset(engineer, "Faces", uses=["train_ai_system"])
        agreement = make_agreement(requester, cloudy, [tickets, other])
        reconcile(agreement)
        assert (
            Finding.objects.get().fact
            == "The uses recorded when “Faces” was collected do not include: Essential for Service."
        )


class TestSensitiveCombination:
    @pytest.mark.parametrize(
        ("categories", "sensitive"),
        [
            (["user.content.self_image"], False),
            (["user.demographic.gender"], False),
            (["user.content.self_image", "user.demographic.gender"], True),
            (["user.biometric.face_geometry", "user.location.precise"], True),
            (["user.biometric", "user.location.imprecise"], False),
        ],
    )
    def test_is_of_faces_with_traits_or_places(self, requester, cloudy, tickets, categories, sensitive):
        agreement = make_agreement(requester, cloudy, [tickets], categories=categories)
        assert ("HOUSE-3" in found(agreement)) == sensitive


def test_an_agreement_without_an_end_is_asked_for_one(requester, cloudy, tickets):
    assert found(make_agreement(requester, cloudy, [tickets], ends_on=None)) == {"HOUSE-4": "No end date is set."}


class TestParticipants:
    def test_are_everybody_who_ever_was_one(self, support, requester, engineer, legal):
        support.sponsor = legal
        support.save()
        known = {(participant.role, participant.user): participant.until for participant in support.participants()}
        assert known == {
            ("requester", requester): None,
            ("sponsor", engineer): support.history.earliest().history_date.date(),
            ("sponsor", legal): None,
        }

    def test_who_comes_back_is_one_now(self, support, engineer, legal):
        for sponsor in (legal, engineer):
            support.sponsor = sponsor
            support.save()
        until = {participant.user: participant.until for participant in support.participants()}
        assert until[engineer] is None


# Another value of everything that people fill in. A field added to the form belongs here, and in review_content().
OTHER = {
    "title": lambda agreement: "Another",
    "counterparty": lambda agreement: make_vendor("Other vendor"),
    "our_entity": lambda agreement: make_organisation("Ours too", kind="affiliate"),
    "type": lambda agreement: "third_party",
    "purpose": lambda agreement: "Something else",
    "datasets": lambda agreement: [make_dataset(agreement.requester, "Other data")],
    "categories": lambda agreement: DataCategory.objects.keyed("user.biometric"),
    "uses": lambda agreement: DataUse.objects.keyed("train_ai_system"),
    "sponsor": lambda agreement: agreement.requester,
    "business_owner": lambda agreement: agreement.requester,
    "consideration": lambda agreement: "they_pay",
    "may_train": lambda agreement: "yes",
    "may_derive": lambda agreement: "yes",
    "onward_transfer": lambda agreement: "yes",
    "starts_on": lambda agreement: agreement.starts_on - timedelta(days=1),
    "ends_on": lambda agreement: agreement.ends_on + timedelta(days=1),
    "delete_within_days": lambda agreement: 9999,
}
LINKS = {"datasets": "dataset", "categories": "category", "uses": "use"}


@pytest.mark.parametrize("field", AgreementForm._meta.fields)
def test_everything_that_people_fill_in_is_what_is_voted_on(support, field):
    before = material(support.review_content())
    other = OTHER[field](support)
    if field in LINKS:
        set_links(getattr(support, f"{LINKS[field]}_links"), LINKS[field], other, by=None)
    else:
        setattr(support, field, other)
        support.save()
    assert material(Agreement.objects.get(pk=support.pk).review_content()) != before


class TestUndecided:
    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("may_train", "unknown", "whether they may train models"),
            ("may_derive", "unknown", "whether they may derive other data"),
            ("onward_transfer", "unknown", "whether they may pass it on"),
            ("delete_within_days", None, "when data is returned or deleted"),
        ],
    )
    def test_stops_the_approval(self, in_review, legal, field, value, words):
        setattr(in_review, field, value)
        in_review.save()
        (objection,) = in_review.objections_to("approve")
        assert (objection.requirement.code, objection.result.fact) == ("HOUSE-25", f"It is not decided {words}.")


class TestWhatIsNotAsked:
    def test_a_request_that_says_nothing_gets_no_clear_word(self, requester, ours):
        """Checks with nothing to look at say so, and are not counted among those that found nothing."""
        vendor = make_vendor("Nobody", ownership_rest=None)
        empty = make_agreement(requester, vendor, [], categories=(), uses=(), ends_on=None)
        evaluation = look_at(Agreement.objects.get(pk=empty.pk))
        reasons = {one.requirement.code: one.reasons for one in evaluation.unasked}
        assert reasons["OKC-4"] == ("who owns Nobody is not recorded, so unknown",)
        assert reasons["GDPR-5-1b"] == ("no datasets and no uses are chosen",)
        assert reasons["HOUSE-11"] == ("it is not in force",)
        found = {outcome.requirement.code for outcome in evaluation.outcomes}
        assert found == {"HOUSE-4", "HOUSE-24"}
        clear = {"HOUSE-2", "HOUSE-25", "HOUSE-30", "HOUSE-40", "HOUSE-41"}
        assert set(checked_codes(Agreement)) - found - set(reasons) == clear
        assert evaluation.clear == 5

    def test_is_counted_apart_on_the_page(self, in_review, legal, sign_in):
        page = " ".join(sign_in(legal).get(f"{in_review.get_absolute_url()}review/").text.split())
        evaluation = in_review.evaluation_for(legal)
        assert f"No objection found in {evaluation.clear} checks" in page
        assert evaluation.clear + len(evaluation.idle) == len(set(checked_codes(Agreement)))
        for one in evaluation.idle:
            assert f"{one.requirement}</a>: {one.reasons[0]}" in page


class TestWhatIsOpenBeside:
    @pytest.fixture
    def moved(self, tickets, cloudy, engineer):
        """The same data went to the same recipient, and nothing covers it."""
        moved = make_transfer(engineer, tickets, cloudy, transferred_on=clock.today() - timedelta(days=3))
        reconcile(moved)
        return moved

    def sheet(self, client, agreement):
        return client.get(f"{agreement.get_absolute_url()}review/").text

    def test_is_shown_on_a_clean_sheet(self, in_review, moved, legal, sign_in):
        page = self.sheet(sign_in(legal), in_review)
        assert "No objection found" in page
        assert "What is open beside it" in page
        assert f"No agreement or other ground is recorded that covers {moved.transferred_on:%-d %b %Y}." in page

    def test_gives_away_no_report_that_somebody_does_not_see(self, in_review, moved, requester, sign_in):
        assert "What is open beside it" not in self.sheet(sign_in(requester), in_review)


UNANSWERED = st.fixed_dictionaries(
    {
        "ends_on": st.sampled_from([None, clock.today()]),
        "may_train": st.sampled_from(["unknown", "yes", "no"]),
        "onward_transfer": st.sampled_from(["unknown", "no"]),
        "delete_within_days": st.sampled_from([None, 0, 30]),
        "type": st.sampled_from(["processor", "third_party"]),
    }
)
KEPT_LINKS = st.fixed_dictionaries(dict.fromkeys(("dataset_links", "category_links", "use_links"), st.booleans()))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=UNANSWERED, links=KEPT_LINKS, rest=st.sampled_from([None, "", "Many holders"]), collected=st.booleans())
def test_no_input_makes_a_check_say_less_than_unknown(support, tickets, cloudy, fields, links, rest, collected):
    """A rule counts as content only where what it asks about is there."""
    with transaction.atomic():
        for name, value in fields.items():
            setattr(support, name, value)
        support.save()
        for name, kept in links.items():
            if not kept:
                set_links(getattr(support, name), name.removesuffix("_links"), [], by=support.requester)
        cloudy.ownership_rest = rest
        cloudy.save()
        tickets.collected_from = clock.today() if collected else None
        tickets.save()
        evaluation = look_at(Agreement.objects.get(pk=support.pk))
        transaction.set_rollback(True)
    said = {o.requirement.code for o in evaluation.outcomes} | {one.requirement.code for one in evaluation.unasked}
    undecided = "unknown" in fields.values() or fields["delete_within_days"] is None
    silent = {
        "HOUSE-4": fields["ends_on"] is None,
        "HOUSE-25": undecided,
        **dict.fromkeys(("OKC-4", "HOUSE-1", "HOUSE-24"), not rest),
        **dict.fromkeys(("FTC-COLLECT", "FTC-SHARE", "FTC-RETRO", "OKC-6"), True),  # no notice is known
        "FTC-COLLECT-GAP": not links["dataset_links"] or not collected,
        "GDPR-5-1b": not links["dataset_links"] or not links["use_links"],
        "HOUSE-3": not links["category_links"],
        "HOUSE-23": True,  # a processor is not asked; of others nobody recorded who is in the data
    }
    assert {code for code, nothing_there in silent.items() if nothing_there} <= said
