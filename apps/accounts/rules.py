"""Predicates about roles, which every room's rules.py builds on, and who may manage accounts."""

import rules

from apps.accounts.models import ApiToken, Role, User


def holds(*roles: Role) -> rules.Predicate:
    """True for users in one of these roles."""
    return rules.predicate(lambda user: user.is_authenticated and user.has_role(*roles), name=f"holds{roles}")


is_engineer = holds(Role.ENGINEER)
is_legal = holds(Role.LEGAL)
is_privacy = holds(Role.PRIVACY)
is_auditor = holds(Role.AUDITOR)
is_administrator = holds(Role.ADMINISTRATOR)
is_reviewer = holds(Role.LEGAL, Role.PRIVACY, Role.INDEPENDENT)
# Those who read every record that is not restricted.
reads_all = holds(Role.LEGAL, Role.PRIVACY, Role.DPO, Role.INDEPENDENT, Role.EXECUTIVE, Role.AUDITOR)
# Everybody signed in may ask, report and comment, except auditors, who change nothing.
takes_part = rules.predicate(lambda user: user.is_authenticated and not user.has_role(Role.AUDITOR), name="takes_part")


@rules.predicate
def owns_token(user: User, token: ApiToken | None) -> bool:
    return token is not None and token.user_id == user.pk


rules.add_perm("accounts.grant_role", is_administrator)
rules.add_perm("accounts.view_users", is_administrator | is_auditor)
rules.add_perm("accounts.revoke_token", owns_token | is_administrator)
