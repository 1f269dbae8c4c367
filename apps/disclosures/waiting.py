"""What waits for somebody about notices and public statements."""

from __future__ import annotations

from collections.abc import Iterator

from apps.accounts.models import User
from apps.core import clock
from apps.core.waiting import MOST_OF_A_KIND, Task, waits_for
from apps.disclosures.models import Claim, NoticeVersion


@waits_for
def claims_to_check(user: User) -> Iterator[Task]:
    """Versions with claims that others entered and nobody has checked yet, the oldest claim first."""
    if not user.has_perm("disclosures.check_claim"):
        return
    unchecked = Claim.objects.visible_to(user).filter(checked_by=None).exclude(entered_by=user)
    oldest = unchecked.exclude(version__status=NoticeVersion.Status.REJECTED).order_by("version_id", "created_at")
    claims = oldest.distinct("version_id").select_related("version__notice", "entered_by").defer("version__text")
    for claim in claims[:MOST_OF_A_KIND]:
        yield Task(
            what="Check claims",
            mail="{} has claims that wait to be checked",
            about=claim.version,
            url=claim.get_absolute_url(),
            by=str(claim.entered_by),
            since=clock.day_of(claim.created_at),
        )
