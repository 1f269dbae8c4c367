"""Who may do what is asked of the predicates in rules.py only; see also User.has_perm."""

from typing import Any

import rules
from django.contrib.auth.backends import BaseBackend


class RulesBackend(BaseBackend):
    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return bool(user_obj.is_active and rules.has_perm(perm, user_obj, obj))
