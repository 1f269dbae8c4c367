"""Who may do what with vendors, people and interests."""

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.vendors.models import Interest, Organisation, Person
from tests.factories import make_insider, make_interest, make_person, make_relation, make_stake, make_vendor

VERBS = ("propose", "submit", "revise", "suspend", "resume", "offboard", "finish_offboarding", "change", "lapse")

#               propose submit revise suspend resume offboard finish change lapse     of a vendor that the engineer owns
MATRIX = {
    "engineer":      (1, 1, 1, 0, 0, 0, 0, 1, 0),
    "requester":     (1, 0, 0, 0, 0, 0, 0, 0, 0),
    "stranger":      (1, 0, 0, 0, 0, 0, 0, 0, 0),
    "legal":         (1, 1, 1, 1, 1, 1, 1, 1, 0),
    "privacy":       (1, 0, 0, 1, 0, 0, 0, 0, 0),
    "dpo":           (1, 0, 0, 0, 0, 0, 0, 0, 0),
    "independent":   (1, 0, 0, 0, 0, 0, 0, 0, 0),
    "executive":     (1, 0, 0, 0, 0, 0, 0, 0, 0),
    "auditor":       (0, 0, 0, 0, 0, 0, 0, 0, 0),
    "administrator": (1, 0, 0, 0, 0, 0, 0, 0, 0),
}  # fmt: skip

#                    interests  add_interest  person  declare      (view all, add, add and change people)
INTERESTS = {
    "engineer":      (0, 1, 0, 1),
    "requester":     (0, 1, 0, 1),
    "legal":         (1, 1, 1, 1),
    "privacy":       (0, 1, 0, 1),
    "dpo":           (0, 1, 0, 1),
    "independent":   (0, 1, 0, 1),
    "executive":     (0, 1, 0, 1),
    "auditor":       (1, 0, 0, 0),
    "administrator": (0, 1, 0, 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "may"), [("legal", True), ("engineer", False), ("requester", False), ("privacy", False)]
)
def test_only_legal_says_what_a_conflict_depends_on(cast, ours, name, may):
    vendor = make_vendor(owner=cast["engineer"])
    assert cast[name].has_perm("vendors.classify_organisation", vendor) == may


@pytest.mark.parametrize("name", MATRIX)
def test_permission_matrix(cast, ours, name):
    vendor = make_vendor(owner=cast["engineer"])
    may = tuple(int(cast[name].has_perm(f"vendors.{verb}_organisation", vendor)) for verb in VERBS)
    assert may == MATRIX[name]


@pytest.mark.parametrize("name", INTERESTS)
def test_permission_matrix_of_interests(cast, name):
    perms = ("view_interests", "add_interest", "change_person", "declare_interests")
    assert tuple(int(cast[name].has_perm(f"vendors.{perm}")) for perm in perms) == INTERESTS[name]


def test_superuser_is_nobody_in_particular(superuser, ours, engineer):
    vendor = make_vendor(owner=engineer)
    assert [verb for verb in VERBS if superuser.has_perm(f"vendors.{verb}_organisation", vendor)] == ["propose"]


class TestInterests:
    @pytest.fixture
    def stake(self, stranger, cloudy):
        make_interest(make_insider("Other"), cloudy, 5)
        return make_stake(stranger, cloudy)

    @pytest.mark.parametrize(("name", "seen"), [("legal", 2), ("auditor", 2), ("stranger", 1), ("privacy", 0)])
    def test_are_seen_by_legal_auditors_and_their_holder(self, stake, cast, name, seen):
        assert Interest.objects.visible_to(cast[name]).count() == seen

    def test_are_seen_by_nobody_who_is_not_signed_in(self, stake):
        assert not Interest.objects.visible_to(AnonymousUser()).exists()

    @pytest.mark.parametrize(("name", "may"), [("stranger", False), ("legal", True), ("privacy", False)])
    def test_are_changed_by_legal_only(self, stake, cast, name, may):
        assert cast[name].has_perm("vendors.change_interest", stake) == may

    def test_of_a_lawyer_are_changed_by_another_lawyer(self, legal, second_lawyer, cloudy):
        own = make_stake(legal, cloudy)
        assert not legal.has_perm("vendors.change_interest", own)
        assert second_lawyer.has_perm("vendors.change_interest", own)


class TestVisibility:
    def test_organisations_are_known_to_everybody_signed_in(self, cloudy, stranger):
        assert cloudy in Organisation.objects.visible_to(stranger)
        assert not Organisation.objects.visible_to(AnonymousUser()).exists()

    @pytest.mark.parametrize(
        ("name", "seen"),
        [("legal", {"Ours", "Spouse", "Owner"}), ("auditor", {"Ours", "Spouse", "Owner"}), ("privacy", {"Ours"})],
    )
    def test_relatives_and_owners_elsewhere_are_for_legal_and_auditors(self, cast, ours, name, seen):
        make_relation(make_insider("Ours"), make_person("Spouse"))
        make_person("Owner")
        assert set(Person.objects.visible_to(cast[name]).values_list("name", flat=True)) == seen

    def test_people_are_unknown_to_who_is_not_signed_in(self, ours):
        make_insider("Ours")
        assert not Person.objects.visible_to(AnonymousUser()).exists()
