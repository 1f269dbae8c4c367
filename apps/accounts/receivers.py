from typing import Any

from django.contrib.auth.models import Group

from apps.accounts.models import Role


def make_roles(using: str, **kwargs: Any) -> None:
    """Make the group of each role. Runs after each migration; groups that exist stay as they are."""
    for role in Role:
        Group.objects.using(using).get_or_create(name=role.value)
