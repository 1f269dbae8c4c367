"""What waits for somebody about vendors, due diligence and one's own interests."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.waiting import Task, waits_for
from apps.vendors.models import InterestDeclaration


@waits_for
def declaration(user: User) -> Iterator[Task]:
    """Insiders declare their interests each year."""
    person = getattr(user, "person", None)
    if person is None or not user.has_perm("vendors.declare_interests"):
        return
    last = InterestDeclaration.objects.filter(person=person).first()
    today = clock.today()
    if last and last.lapses_on >= today:
        return
    due_on = last.lapses_on if last else today
    yield Task(
        what="Declare",
        title="Your interests",
        mail="Your yearly declaration is asked for",
        url=reverse("vendors:my_interests"),
        since=due_on,
        due_on=due_on,
    )
