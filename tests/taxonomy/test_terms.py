import pytest

from apps.taxonomy.loading import ASKED_SEPARATELY, OWN_CATEGORIES, OWN_USES, load_taxonomy
from apps.taxonomy.models import Combination, DataCategory, DataUse, SubjectType


@pytest.mark.django_db
class TestLoading:
    def test_brings_the_terms_of_fideslang_and_our_own(self):
        own = {leaf.key for leaf in OWN_CATEGORIES}
        assert set(DataCategory.objects.filter(origin="governance portal").values_list("key", flat=True)) == own
        assert DataUse.objects.filter(origin="governance portal").count() == len(OWN_USES)
        assert SubjectType.objects.filter(key="customer", origin__startswith="fideslang ").exists()

    @pytest.mark.parametrize("model", [DataCategory, DataUse, SubjectType])
    def test_puts_each_term_below_its_parent(self, model):
        for term in model.objects.select_related("parent"):
            assert (term.parent.key if term.parent else "") == term.key.rpartition(".")[0]

    def test_marks_what_is_asked_separately(self):
        assert set(DataUse.objects.filter(asked_separately=True).values_list("key", flat=True)) == ASKED_SEPARATELY

    def test_marks_as_sensitive_what_is_below_a_sensitive_category(self):
        assert DataCategory.objects.get(key="user.biometric.face_geometry").sensitive
        assert not DataCategory.objects.get(key="user.contact.email").sensitive

    def test_leaves_history(self):
        assert DataCategory.history.count() == DataCategory.objects.count()

    def test_again_changes_nothing(self):
        term = DataCategory.objects.get(key="user.contact.email")
        term.name = "Our own name"
        term.save()
        before = DataCategory.history.count(), Combination.history.count()
        load_taxonomy()
        assert (DataCategory.history.count(), Combination.history.count()) == before
        term.refresh_from_db()
        assert term.name == "Our own name"


@pytest.mark.django_db
class TestCombinations:
    def met(self, *keys):
        found = Combination.objects.met_by(DataCategory.objects.keyed(*keys))
        return [sorted(category.key for category in met) for _, met in found]

    def test_need_every_side(self):
        assert self.met("user.content.self_image") == []
        assert self.met("user.demographic.gender", "user.location.precise") == []

    def test_name_the_categories_that_meet_them(self):
        keys = ["user.content.self_image", "user.location.precise"]
        assert self.met(*keys, "user.contact.email") == [keys]

    def test_count_what_is_below(self):
        assert len(self.met("user.biometric.face_geometry", "user.demographic.sexual_orientation")) == 1

    def test_without_sides_are_never_met(self):
        Combination(name="Empty", sentence="Nothing").save()
        assert self.met("user.contact.email") == []

    def test_are_looked_up_in_few_queries(self, django_assert_num_queries):
        categories = list(DataCategory.objects.keyed("user.biometric", "user.demographic"))
        with django_assert_num_queries(2):
            Combination.objects.met_by(categories)
