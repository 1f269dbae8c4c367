"""Roles that wait for a second administrator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.accounts.models import RoleGrant, User
from apps.core.waiting import Task, Waiting, waits_for


@waits_for
def roles_to_confirm(user: User) -> Iterator[Waiting]:
    if user.has_perm("accounts.grant_role"):
        waiting = RoleGrant.objects.current().filter(effective_at=None).exclude(granted_by=user).exclude(user=user)
        yield Waiting(_confirm, waiting, names=("user", "role", "granted_by"))


def _confirm(user: User, grants: Sequence[RoleGrant]) -> Iterator[Task]:
    for grant in grants:
        yield Task(
            what="Confirm a role",
            title=str(grant),
            mail="A role waits for a second administrator to confirm it",
            url=grant.user.get_absolute_url(),
            by=str(grant.granted_by),
            since=grant.created_on,
        )
