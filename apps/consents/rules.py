"""Who may do what with people's answers. Auditors read what was done, and change nothing."""

import rules

from apps.accounts.models import Role
from apps.accounts.rules import holds, is_auditor, is_engineer, is_legal, is_privacy, reads_all
from apps.core.permissions import allow

# Why somebody is refused, said the same on pages and through the API.
MAY_IMPORT = "Privacy and engineers import answers."
MAY_LOOK_UP = "Only privacy looks up people."
MAY_ADD = "Privacy and engineers add cohorts."
MAY_SCREEN = "Privacy, legal and engineers screen cohorts."
MAY_EXPORT = "Privacy and engineers take away exclusion lists."

brings_in = (is_privacy | is_engineer) & ~is_auditor
looks_up = is_privacy & ~is_auditor

allow("consents.import_events", brings_in, "Privacy, engineers and their programs record answers.")
allow(
    "consents.view_imports",
    holds(Role.PRIVACY, Role.LEGAL, Role.DPO, Role.ENGINEER, Role.AUDITOR),
    "Privacy, legal, the DPO, engineers and auditors see what was imported.",
)
rules.add_perm("consents.add_cohort", brings_in)
rules.add_perm("consents.screen_cohort", (is_privacy | is_legal | is_engineer) & ~is_auditor)
allow(
    "consents.view_screenings",
    reads_all | is_engineer,
    "Screenings are for those who decide about a sharing, and for engineers.",
)
rules.add_perm("consents.export_exclusions", brings_in)
# Who somebody is and what they answered is for privacy alone, each time with a reason that stays on record.
rules.add_perm("consents.look_up_subject", looks_up)
allow("consents.forget_subject", looks_up, "Only privacy forgets people.")
allow(
    "consents.view_lookups",
    holds(Role.PRIVACY, Role.DPO, Role.AUDITOR),
    "Privacy, the DPO and auditors see who was looked up.",
)
