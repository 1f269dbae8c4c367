"""Predicates about roles, which every room's rules.py builds on, and who may manage accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from apps.accounts.models import ApiToken, Role, User
from apps.core.permissions import allow

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser


def holds(*roles: Role) -> rules.Predicate:
    """True for users in one of these roles."""

    def in_a_role(user: AnyUser) -> bool:
        return isinstance(user, User) and user.has_role(*roles)

    return rules.Predicate(in_a_role, name=f"holds {' or '.join(roles)}")


is_engineer = holds(Role.ENGINEER)
is_legal = holds(Role.LEGAL)
is_privacy = holds(Role.PRIVACY)
is_auditor = holds(Role.AUDITOR)
is_administrator = holds(Role.ADMINISTRATOR)
is_reviewer = holds(Role.LEGAL, Role.PRIVACY, Role.INDEPENDENT)
# Those who read every record that is not restricted.
reads_all = holds(Role.LEGAL, Role.PRIVACY, Role.DPO, Role.INDEPENDENT, Role.EXECUTIVE, Role.AUDITOR)
# Everybody signed in may ask, report and comment, except auditors, who change nothing.
takes_part = ~is_auditor & rules.is_authenticated


@rules.predicate
def owns_token(user: User, token: ApiToken | None) -> bool:
    return token is not None and token.user_id == user.pk


@rules.predicate
def is_self(user: User, account: User | None) -> bool:
    return account is not None and account.pk == user.pk


allow(
    "accounts.close_account",
    is_administrator & ~is_self,
    "Administrators close and reopen accounts, but not their own.",
)
allow("accounts.grant_role", is_administrator, "Administrators manage accounts and roles.")
allow("accounts.view_users", is_administrator | is_auditor, "Administrators and auditors see the accounts.")
rules.add_perm("accounts.revoke_token", owns_token | is_administrator)
