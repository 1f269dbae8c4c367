"""What legal keeps, and what one lawyer changes only together with another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import PermissionDenied

from apps.workflow.models import ConfirmedModel, Proposal

if TYPE_CHECKING:
    from apps.accounts.models import User


class ConfirmedByLegal(ConfirmedModel):
    # What keeps a lawyer from confirming, as a refusal calls it.
    own_interest: ClassVar[str] = "an interest of their own in it"

    class Meta:
        abstract = True

    def is_second(self, proposal: Proposal, user: User) -> bool:
        may_change = f"{self._meta.app_label}.change_{self._meta.model_name}"
        return user.pk != proposal.requested_by_id and user.has_perm(may_change, self)

    def require_second(self, proposal: Proposal, by: User) -> None:
        if not self.is_second(proposal, by):
            raise PermissionDenied(f"Another person of legal, without {self.own_interest}, confirms this.")

    def second_person(self, proposal: Proposal) -> str:
        return "another person of legal"
