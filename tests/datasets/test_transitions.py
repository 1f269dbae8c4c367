import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.core.exceptions import Conflict
from apps.datasets.models import Dataset
from apps.ledger.models import set_links
from apps.taxonomy.models import DataCategory


@pytest.fixture
def submitted(tickets, engineer):
    tickets.submit(by=engineer)
    return tickets


@pytest.fixture
def approved(submitted, legal, privacy):
    submitted.review.vote(by=legal, role="Legal", verdict="approve")
    submitted.review.vote(by=privacy, role="Privacy", verdict="approve")
    submitted.refresh_from_db()
    return submitted


class TestSubmit:
    @pytest.mark.parametrize(
        ("field", "link"), [("categories", "category"), ("uses", "use"), ("subject_types", "subject_type")]
    )
    def test_needs_to_say_what_is_in_it_and_what_for(self, tickets, engineer, field, link):
        set_links(getattr(tickets, f"{link}_links"), link, [], by=engineer)
        with pytest.raises(ValidationError) as refusal:
            tickets.submit(by=engineer)
        assert set(refusal.value.message_dict) == {field}


class TestReview:
    def test_approves_with_legal_and_privacy(self, approved):
        assert approved.status == "approved"

    def test_is_not_decided_by_the_owner(self, tickets, legal):
        tickets.owner = legal
        tickets.save()
        tickets.submit(by=legal)
        with pytest.raises(PermissionDenied, match="You own this dataset and do not decide"):
            tickets.review.vote(by=legal, role="Legal", verdict="approve")

    def test_rejects_with_a_refusal(self, submitted, privacy, engineer):
        submitted.review.vote(by=privacy, role="Privacy", verdict="refuse", reason="No basis")
        submitted.refresh_from_db()
        assert submitted.status == "rejected"
        submitted.submit(by=engineer)
        assert submitted.review.number == 2

    def test_notices_a_category_added_meanwhile(self, submitted, legal, engineer):
        set_links(submitted.category_links, "category", DataCategory.objects.keyed("user.biometric"), by=engineer)
        with pytest.raises(Conflict, match="was changed after it was submitted"):
            submitted.review.vote(by=legal, role="Legal", verdict="approve")

    @pytest.mark.parametrize("field", ["retention_months", "retention_promise", "description", "name"])
    def test_notices_whatever_else_was_changed_meanwhile(self, submitted, legal, field):
        setattr(submitted, field, 600 if field == "retention_months" else "Something else")
        submitted.save()
        with pytest.raises(Conflict, match="was changed after it was submitted"):
            Dataset.objects.get().review.vote(by=legal, role="Legal", verdict="approve")


class TestReviseAndRetire:
    def test_revising_voids_the_approval(self, approved, engineer):
        approved.revise(by=engineer)
        assert (approved.status, approved.review.status) == ("registered", "void")

    def test_an_approved_dataset_is_not_edited(self, approved):
        with pytest.raises(Conflict):
            approved.require_editable()

    def test_retiring_needs_a_reason(self, approved, engineer):
        with pytest.raises(ValidationError):
            approved.retire(by=engineer)
        approved.retire(by=engineer, note="Product closed")
        assert approved.status == "retired"
        assert approved.transitions_for(engineer) == []
