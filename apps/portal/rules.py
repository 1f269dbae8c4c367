import rules

from apps.accounts.models import Role
from apps.accounts.rules import holds, is_administrator, is_auditor, is_legal, is_privacy

rules.add_perm("portal.view_ledger", is_auditor | is_administrator | is_legal | is_privacy | holds(Role.DPO))
rules.add_perm("portal.verify_ledger", is_auditor | is_administrator)
rules.add_perm("portal.enter_admin", is_auditor | is_administrator)
rules.add_perm("portal.change_schedule", is_administrator)
