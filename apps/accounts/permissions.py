from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.models import ApiToken
from apps.core.scopes import scopes_for


class WithinScope(BasePermission):
    """A token does what it was made for. Somebody who is signed in to the pages does all that they may do."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return True
        if not isinstance(request.auth, ApiToken):
            return False
        missing = scopes_for(request.method, view) - request.auth.held
        if missing:
            named = " and ".join(f"“{scope}”" for scope in sorted(missing))
            raise PermissionDenied(f"This token was made without the scope {named}. Make one that has it.")
        return True
