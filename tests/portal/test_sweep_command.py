from datetime import timedelta
from io import StringIO

from django.core.management import call_command

from apps.core import clock


def test_ends_what_has_ended_and_says_what_it_found(in_review, cloudy):
    in_review.status = "active"
    in_review.save()
    with clock.travel_to(clock.now() + timedelta(days=400)):
        out = StringIO()
        call_command("sweep", stdout=out)
        again = StringIO()
        call_command("sweep", stdout=again)
    for record in (in_review, cloudy):
        record.refresh_from_db()
    assert (in_review.status, cloudy.status) == ("expired", "lapsed")
    assert "Agreements that ended: 1, failed 0." in out.getvalue()
    assert "Approvals that lapsed: 1, failed 0." in out.getvalue()
    assert "Findings new: 0" in again.getvalue()
