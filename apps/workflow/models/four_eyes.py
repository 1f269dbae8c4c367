"""What legal and privacy decide together: one side asks for it, the other one confirms it."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import PermissionDenied

from apps.accounts.models import Role, RoleGrant, User

APPROVER_ROLES = (Role.LEGAL, Role.PRIVACY)


def approver_roles(user: User | None, barred: Collection[int] = ()) -> list[Role]:
    """The sides for which this user speaks. `barred` are the ids of those who may not take part.

    Where everybody of a side is barred, an independent reviewer stands in; the side never counts as heard by itself.
    """
    if user is None or user.pk in barred:
        return []
    stands_in = bool(barred) and user.has_role(Role.INDEPENDENT)
    return [side for side in APPROVER_ROLES if user.has_role(side) or (stands_in and _is_barred(side, barred))]


def is_second_approver(by: User, *, first: User | None, taken: Collection[Role], barred: Collection[int] = ()) -> bool:
    """Whether `by` is another person than the first one and speaks for a side not taken yet."""
    return by != first and bool(set(approver_roles(by, barred)) - set(taken))


def require_second_approver(
    by: User, *, first: User | None, taken: Collection[Role], barred: Collection[int] = ()
) -> None:
    """Raises PermissionDenied unless `by` is another person than the first one and speaks for a side not taken yet."""
    if not is_second_approver(by, first=first, taken=taken, barred=barred):
        raise PermissionDenied("The other side, legal or privacy, has to confirm this.")


def require_named_by_self(named: User | None, by: User, *, what: str) -> None:
    """Raises PermissionDenied when somebody names one who decides, and so takes them out of the decision.

    `what` they would be, such as "sponsor".
    """
    if named is None or named == by or not any(named.has_role(role) for role in (*APPROVER_ROLES, Role.INDEPENDENT)):
        return
    raise PermissionDenied(
        f"{named} decides about such records, and as {what} could not any more. Nobody else can name them; choose "
        "somebody who does not decide."
    )


def _is_barred(side: Role, barred: Collection[int]) -> bool:
    holders = set(RoleGrant.objects.in_effect().of(side).values_list("user", flat=True))
    return bool(holders) and holders <= set(barred)
