"""Roles that wait for a second administrator."""

from __future__ import annotations

from collections.abc import Iterator

from apps.accounts.models import RoleGrant, User
from apps.core.waiting import Task, waits_for


@waits_for
def roles_to_confirm(user: User) -> Iterator[Task]:
    if not user.has_perm("accounts.grant_role"):
        return
    waiting = RoleGrant.objects.current().filter(effective_at=None).exclude(granted_by=user).exclude(user=user)
    for grant in waiting.select_related("user", "role", "granted_by"):
        yield Task(
            what="Confirm a role",
            title=str(grant),
            mail="A role waits for a second administrator to confirm it",
            url=grant.user.get_absolute_url(),
            by=str(grant.granted_by),
            since=grant.created_on,
        )
