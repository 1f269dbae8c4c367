"""Who edits and adopts rules, and who closes findings."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_legal, is_privacy
from apps.findings.models import Finding


@rules.predicate
def is_barred(user: User, finding: Finding | None) -> bool:
    return finding is not None and (finding.hides_remarks_from(user) or bool(finding.barred(user)))


@rules.predicate
def has_path_on_record(user: User) -> bool:
    """Whether some finding stands about a path of interests of this user; asked once for an instance, as roles are."""
    if "has_path_on_record" not in user.__dict__:
        about_user = Finding.objects.standing().filter(hidden_from__contains=[user.pk or 0])
        user.__dict__["has_path_on_record"] = about_user.exists()
    return bool(user.__dict__["has_path_on_record"])


# Whoever profits somewhere does not touch the rules that say so.
keeps_rules = is_legal & ~has_path_on_record
closes_findings = (is_legal | is_privacy) & ~is_barred

rules.add_perm("findings.view_confidential", is_legal | is_auditor)
rules.add_perm("findings.change_requirement", keeps_rules)
rules.add_perm("findings.adopt_requirement", keeps_rules)
rules.add_perm("findings.suspend_requirement", keeps_rules)
rules.add_perm("findings.retire_requirement", keeps_rules)
for _step in ("acknowledge", "propose", "accept", "cover", "dismiss", "reopen"):
    rules.add_perm(f"findings.{_step}_finding", closes_findings)
rules.add_perm("findings.resolve_finding", rules.always_deny)  # the system only, see reconcile
rules.add_perm("findings.return_to_open_finding", rules.always_deny)  # the system only, see reconcile

# A redaction shows texts of any record, so these rules stand above the room of the redactions.
redacts = (is_legal | is_privacy) & ~has_path_on_record
rules.add_perm("workflow.view_redaction", redacts | is_auditor)
rules.add_perm("workflow.request_redaction", redacts)
rules.add_perm("workflow.carry_out_redaction", redacts)
rules.add_perm("workflow.decline_redaction", redacts)
