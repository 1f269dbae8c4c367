"""The life of a version. That each step is refused from any other status and to strangers is in test_every_step."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.accounts.models import Role
from apps.core.exceptions import Conflict
from apps.datasets.models import DatasetVersion
from apps.workflow.models import Decision
from tests.factories import make_dataset_version
from tests.roles import put_in, triggers_off


@pytest.fixture
def submitted(version, engineer):
    version.submit(by=engineer)
    return version


class TestNumber:
    def test_counts_within_the_dataset(self, version, tickets):
        assert (version.number, make_dataset_version(tickets).number) == (1, 2)

    def test_is_not_given_in_a_retired_dataset(self, tickets):
        put_in(tickets, "retired")
        with pytest.raises(Conflict, match="is retired, so no version of it is registered any more"):
            make_dataset_version(tickets)


class TestSubmit:
    def test_needs_the_digest(self, version, engineer):
        version.digest = ""
        version.save()
        with pytest.raises(ValidationError) as refusal:
            version.submit(by=engineer)
        assert set(refusal.value.message_dict) == {"digest"}


class TestReview:
    def test_approves_with_legal_and_privacy(self, submitted, legal, privacy):
        submitted.review.vote(by=legal, role=Role.LEGAL, verdict="approve")
        submitted.review.vote(by=privacy, role=Role.PRIVACY, verdict="approve")
        submitted.refresh_from_db()
        assert submitted.status == "approved"

    def test_is_not_decided_by_the_owner_of_the_dataset(self, version, tickets, legal):
        tickets.owner = legal
        tickets.save()
        version.refresh_from_db()
        version.submit(by=legal)
        with pytest.raises(PermissionDenied, match="You own this dataset and do not decide about its versions"):
            version.review.vote(by=legal, role=Role.LEGAL, verdict="approve")

    def test_rejects_with_a_refusal(self, submitted, privacy, engineer):
        submitted.review.vote(by=privacy, role=Role.PRIVACY, verdict="refuse", reason="Too many people")
        submitted.refresh_from_db()
        assert submitted.status == "rejected"
        submitted.submit(by=engineer)
        assert submitted.review.number == 2

    def test_returns_it_for_changes(self, submitted, legal):
        submitted.review.request_changes(by=legal, note="Say what is in it.")
        submitted.refresh_from_db()
        assert submitted.status == "registered"

    @pytest.mark.parametrize("field", ["digest", "record_count", "subject_count", "description"])
    def test_notices_what_was_changed_meanwhile(self, submitted, legal, field):
        setattr(submitted, field, {"digest": "cd" * 32, "description": "Other"}.get(field, 7))
        submitted.save()
        with pytest.raises(Conflict, match="was changed after it was submitted"):
            DatasetVersion.objects.get().review.vote(by=legal, role=Role.LEGAL, verdict="approve")

    def test_notices_another_parent(self, submitted, legal, engineer, tickets):
        submitted.set_parents([make_dataset_version(tickets)], "sampled", by=engineer, reason="edit")
        with pytest.raises(Conflict, match="was changed after it was submitted"):
            submitted.review.vote(by=legal, role=Role.LEGAL, verdict="approve")

    def test_is_void_when_the_version_is_revised(self, submitted, engineer):
        submitted.revise(by=engineer)
        assert (submitted.status, submitted.review.status) == ("registered", "void")


class TestAfterApproval:
    def test_it_is_neither_revised_nor_edited(self, settled, engineer):
        with pytest.raises(Conflict, match="is not possible"):
            settled.revise(by=engineer)
        with pytest.raises(Conflict, match="Register a new version instead"):
            settled.require_editable()

    def test_it_is_not_released_while_its_dataset_is_not_approved(self, settled, tickets, engineer):
        put_in(tickets, "registered")
        with pytest.raises(Conflict, match="The dataset “Tickets” is not approved"):
            settled.release(by=engineer)
        settled.refresh_from_db()
        assert settled.status == "approved"

    def test_it_is_not_released_with_other_parents_than_were_approved(self, settled, tickets, engineer):
        with triggers_off():
            settled.set_parents([make_dataset_version(tickets)], "joined", by=engineer, reason="edit")
        with pytest.raises(Conflict, match="is not what was approved"):
            settled.release(by=engineer)


class TestQuarantine:
    @pytest.mark.parametrize("who", ["engineer", "legal", "privacy"])
    def test_stops_a_released_version(self, released, cast, who):
        released.quarantine(by=cast[who], note="Somebody objects.")
        assert (released.status, released.quarantined_by) == ("quarantined", cast[who])

    def test_is_lifted_by_legal_or_privacy(self, released, engineer, legal, cast):
        released.quarantine(by=engineer, note="Somebody objects.")
        for name in ("engineer", "stranger", "auditor", "independent"):
            with pytest.raises(PermissionDenied):
                released.lift_quarantine(by=cast[name], note="It is fine.")
        released.lift_quarantine(by=legal, note="It is fine.")
        assert (released.status, released.quarantined_by) == ("released", None)

    def test_is_not_lifted_by_whoever_ordered_it(self, released, legal, privacy):
        released.quarantine(by=legal, note="Somebody objects.")
        with pytest.raises(PermissionDenied):
            released.lift_quarantine(by=legal, note="I was wrong.")
        released.lift_quarantine(by=privacy, note="It is fine.")
        assert released.status == "released"

    def test_stays_while_the_dataset_is_not_approved(self, released, tickets, engineer, legal):
        released.quarantine(by=engineer, note="Somebody objects.")
        put_in(tickets, "registered")
        with pytest.raises(Conflict, match="is not approved"):
            released.lift_quarantine(by=legal, note="It is fine.")

    def test_and_its_end_need_a_reason(self, released, engineer, legal):
        with pytest.raises(ValidationError, match="Say why it must not be used"):
            released.quarantine(by=engineer)
        released.quarantine(by=engineer, note="Somebody objects.")
        with pytest.raises(ValidationError, match="Say why it may be used again"):
            released.lift_quarantine(by=legal)

    def test_leaves_who_and_why_on_record(self, released, privacy):
        released.quarantine(by=privacy, note="Somebody objects.")
        decision = Decision.objects.about(released).made().latest("pk")
        assert (decision.transition, decision.by, decision.note) == ("quarantine", privacy, "Somebody objects.")


class TestRetire:
    def test_needs_a_reason(self, released, engineer):
        with pytest.raises(ValidationError):
            released.retire(by=engineer)
        released.retire(by=engineer, note="Replaced.")
        assert released.transitions_for(engineer) == []

    def test_does_not_end_a_quarantine(self, released, engineer):
        released.quarantine(by=engineer, note="Somebody objects.")
        with pytest.raises(Conflict, match="is not possible"):
            released.retire(by=engineer, note="Replaced.")
