import rules

from apps.accounts.models import Role
from apps.accounts.rules import holds, is_administrator, is_auditor, is_legal, is_privacy
from apps.core.permissions import allow

allow(
    "portal.view_ledger",
    is_auditor | is_administrator | is_legal | is_privacy | holds(Role.DPO),
    "Auditors, legal, privacy, the DPO and administrators read the ledger.",
)
allow("portal.verify_ledger", is_auditor | is_administrator, "Auditors and administrators verify the ledger.")
rules.add_perm("portal.enter_admin", is_auditor | is_administrator)
rules.add_perm("portal.change_schedule", is_administrator)
