"""Who closes findings. Who keeps the rules is said where paths of interests are known, see apps/vendors/rules.py."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_legal, is_privacy, reads_all
from apps.findings.models import Finding


@rules.predicate
def is_barred(user: User, finding: Finding | None) -> bool:
    return finding is not None and (finding.hides_remarks_from(user) or bool(finding.barred(user)))


closes_findings = (is_legal | is_privacy) & ~is_barred

# Also those that rest on records which not everybody sees; see Result.shown_to.
rules.add_perm("findings.view_all_facts", reads_all)
for _step in ("acknowledge", "propose", "accept", "cover", "dismiss", "reopen"):
    rules.add_perm(f"findings.{_step}_finding", closes_findings)
rules.add_perm("findings.resolve_finding", rules.always_deny)  # the system only, see reconcile
rules.add_perm("findings.return_to_open_finding", rules.always_deny)  # the system only, see reconcile
