from datetime import date

import pytest

from apps.findings.models import evaluate
from apps.ledger.models import set_links
from apps.taxonomy.models import DataCategory
from tests.factories import make_dataset_version, make_notice, make_version

ANSWERS = {
    "obtained": ("from_subjects", "how it was obtained"),
    "collected_from": (date(2020, 1, 1), "since when it has been collected"),
    "retention_months": (24, "how long people were told it is kept"),
    "subject_count": (3, "how many people it is about"),
}


@pytest.fixture
def known(tickets):
    """A dataset about which every question is answered."""
    for field, (answer, _) in ANSWERS.items():
        setattr(tickets, field, answer)
    tickets.save()
    notice = make_notice(tickets.owner)
    make_version(notice)
    set_links(tickets.notice_links, "notice", [notice], by=tickets.owner)
    return tickets


class TestOpenQuestions:
    def test_are_none_when_all_is_known(self, known):
        assert evaluate(known) == []

    @pytest.mark.parametrize("field", ANSWERS)
    def test_are_asked_one_by_one(self, known, field):
        setattr(known, field, "unknown" if field == "obtained" else None)
        assert known.open_questions() == [ANSWERS[field][1]]

    @pytest.mark.parametrize(
        ("links", "field", "question"),
        [
            ("use_links", "use", "what it was collected for"),
            ("category_links", "category", "what categories of data are in it"),
        ],
    )
    def test_ask_for_terms(self, known, engineer, links, field, question):
        set_links(getattr(known, links), field, [], by=engineer)
        assert known.open_questions() == [question]

    def test_are_one_fact_with_a_list(self, known):
        known.retention_months = known.subject_count = None
        (outcome,) = evaluate(known)
        assert outcome.result.fact == (
            "It is not recorded how long people were told it is kept, how many people it is about."
        )


def test_sensitive_combinations_are_found(known, engineer):
    wanted = DataCategory.objects.keyed("user.content.self_image", "user.location.precise")
    set_links(known.category_links, "category", wanted, by=engineer)
    (outcome,) = evaluate(known)
    assert outcome.requirement.code == "HOUSE-3"
    assert outcome.result.fact.startswith("These categories together are especially sensitive: ")


class TestSameFiles:
    def facts(self, version):
        return [outcome.result.fact for outcome in evaluate(version) if outcome.requirement.code == "HOUSE-8"]

    def test_under_another_name_are_found_for_both(self, version, photos):
        other = make_dataset_version(photos)
        assert self.facts(version) == [f"The files of this version are also registered as “{other}”."]
        assert self.facts(other) == [f"The files of this version are also registered as “{version}”."]

    def test_are_not_looked_for_without_a_digest(self, version, photos):
        assert self.facts(make_dataset_version(photos, digest="")) == []
        assert self.facts(version) == []

    def test_are_clear_once_one_of_them_is_retired(self, version, photos, engineer):
        other = make_dataset_version(photos)
        other.retire(by=engineer, note="Registered by mistake.")
        assert (self.facts(version), self.facts(other)) == ([], [])
