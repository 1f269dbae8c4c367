"""Who may do what with vendors, people and interests."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_legal, is_privacy, is_reviewer, reads_all, takes_part
from apps.core.permissions import allow
from apps.vendors.models import DueDiligence, Evidence, Interest, Organisation, QuestionnaireAnswer, Sameness
from apps.workflow.models.four_eyes import approver_roles


@rules.predicate
def is_owner(user: User, vendor: Organisation | None) -> bool:
    return vendor is not None and vendor.owner_id == user.pk


@rules.predicate
def is_barred(user: User, vendor: Organisation | None) -> bool:
    return vendor is not None and bool(vendor.barred(user))


@rules.predicate
def is_ours(user: User, organisation: Organisation | None) -> bool:
    """Whether it is one of our own companies."""
    return organisation is not None and organisation.is_group


@rules.predicate
def has_path(user: User, vendor: Organisation | None) -> bool:
    """Whether a path of interests leads from the user to the vendor."""
    return vendor is not None and vendor.concerns(user)


@rules.predicate
def answers_sameness(user: User, question: Sameness | None) -> bool:
    """Whether the user answers it for legal or privacy; see Sameness.barred_people."""
    return question is None or bool(approver_roles(user, question.barred_people()))


@rules.predicate
def profits_anywhere(user: User) -> bool:
    """Whether the user has a path of interests to anybody today; asked once for an instance, as roles are."""
    if "profits_anywhere" not in user.__dict__:
        user.__dict__["profits_anywhere"] = bool(Interest.objects.profits_from(user))
    return bool(user.__dict__["profits_anywhere"])


@rules.predicate
def reaches(user: User, organisation: Organisation | None) -> bool:
    """Whether any path leads from the user to or through the organisation, however small."""
    return organisation is not None and organisation.pk in Interest.objects.linked_organisations(user)


def of_vendor(predicate: rules.Predicate) -> rules.Predicate:
    """The predicate, asked of the vendor that a due diligence is about."""

    def asks(user: User, due_diligence: DueDiligence | None) -> bool:
        return due_diligence is not None and bool(predicate(user, due_diligence.vendor))

    return rules.Predicate(asks, name=f"{predicate.name} of the vendor")


@rules.predicate
def gave_answers(user: User, due_diligence: DueDiligence | None) -> bool:
    """Whether the user handed it in, or ever wrote an answer or added or removed evidence."""
    if due_diligence is None:
        return False
    by_user = {"due_diligence": due_diligence.pk, "history_user": user.pk}
    parts = any(part.history.filter(**by_user).exists() for part in (QuestionnaireAnswer, Evidence))
    return due_diligence.handed_in_by_id == user.pk or parts


# Nobody changes what concerns an interest of their own, whatever is said here; see `User.has_perm`.
keeps = (is_owner & ~is_auditor & ~is_ours) | is_legal

rules.add_perm("vendors.view_interests", is_legal | is_auditor)
allow(
    "vendors.view_ownership",
    (is_legal | is_auditor) & ~has_path,
    "Legal and auditors see who holds what, unless they have an interest themselves.",
)
allow("vendors.add_organisation", takes_part, "Auditors read and change nothing.")
allow(
    "vendors.change_organisation",
    keeps,
    "Legal and the owner of a vendor edit it, unless they have an interest in it. Our companies: only legal.",
)
# What makes a path of interests a group link or too small to matter is for legal to say.
rules.add_perm("vendors.classify_organisation", is_legal & ~is_barred & ~reaches)
rules.add_perm("vendors.confirm_organisation", (is_legal | is_privacy) & ~is_owner & ~is_barred & ~reaches)
rules.add_perm("vendors.propose_organisation", takes_part)
rules.add_perm("vendors.submit_organisation", keeps)
rules.add_perm("vendors.renew_organisation", keeps)
rules.add_perm("vendors.approve_organisation", is_reviewer)
rules.add_perm("vendors.reject_organisation", is_reviewer)
rules.add_perm("vendors.return_to_draft_organisation", keeps | is_reviewer)
rules.add_perm("vendors.revise_organisation", keeps)
rules.add_perm("vendors.lapse_organisation", rules.always_deny)  # the system only
rules.add_perm("vendors.suspend_organisation", is_legal | is_privacy)
rules.add_perm("vendors.resume_organisation", is_legal & ~is_barred)
# Like classifying it, this decides what reads as known; not for whoever looks after the vendor.
rules.add_perm("vendors.confirm_ownership_organisation", (is_legal | is_privacy) & ~is_barred & ~reaches)
rules.add_perm("vendors.offboard_organisation", is_legal)
rules.add_perm("vendors.finish_offboarding_organisation", is_legal)
rules.add_perm("vendors.view_samenesses_of_people", reads_all)
rules.add_perm("vendors.say_same_sameness", answers_sameness & ~is_auditor)
rules.add_perm("vendors.say_different_sameness", answers_sameness & ~is_auditor)
rules.add_perm("vendors.confirm_same_sameness", answers_sameness & ~is_auditor)
rules.add_perm("vendors.confirm_different_sameness", answers_sameness & ~is_auditor)
rules.add_perm("vendors.disagree_sameness", answers_sameness & ~is_auditor)
rules.add_perm("vendors.ask_again_sameness", (is_legal | is_privacy) & ~is_auditor)
rules.add_perm("vendors.find_again_sameness", rules.always_deny)  # the system only
rules.add_perm("vendors.add_person", is_legal)
allow("vendors.change_person", is_legal, "Legal keeps the records of people, except each their own.")
rules.add_perm("vendors.add_interest", takes_part)
rules.add_perm("vendors.change_interest", is_legal)
allow("vendors.declare_interests", takes_part, "Auditors read and change nothing.")

# What vendors are asked decides about all of them.
keeps_questionnaires = (is_legal | is_privacy) & ~profits_anywhere
answers = (of_vendor(is_owner) & ~is_auditor) | is_legal
# Neither the owner, nor whoever gave the answers.
concludes = (is_legal | is_privacy) & ~of_vendor(is_owner) & ~gave_answers

rules.add_perm("vendors.view_draft_questionnaires", is_legal | is_privacy | is_auditor)
rules.add_perm("vendors.add_questionnaire", keeps_questionnaires)
allow("vendors.edit_questionnaire", keeps_questionnaires, "Legal and privacy keep the questionnaires.")
rules.add_perm("vendors.publish_questionnaire", keeps_questionnaires)
rules.add_perm("vendors.retire_questionnaire", keeps_questionnaires)
rules.add_perm("vendors.view_due_diligence", reads_all)
allow(
    "vendors.start_due_diligence",
    keeps | is_privacy,
    "The owner of the vendor, legal and privacy open due diligence.",
)
allow(
    "vendors.answer_duediligence",
    answers,
    "The owner of the vendor and legal answer, unless they have an interest in it.",
)
rules.add_perm("vendors.hand_in_duediligence", answers)
rules.add_perm("vendors.return_answers_duediligence", concludes)
rules.add_perm("vendors.conclude_duediligence", concludes)
rules.add_perm("vendors.withdraw_duediligence", answers | is_privacy)
rules.add_perm("vendors.supersede_duediligence", rules.always_deny)  # the system only
rules.add_perm("vendors.expire_duediligence", rules.always_deny)  # the system only
allow("vendors.import_ownership", is_legal, "Legal imports ownership statements.")

# Whoever profits somewhere touches neither the rules that say so, nor texts of any record that tell of it.
keeps_rules = is_legal & ~profits_anywhere
redacts = (is_legal | is_privacy) & ~profits_anywhere

allow(
    "findings.change_requirement",
    keeps_rules,
    "Legal keeps the rules; whoever has an interest in any organisation does not.",
)
rules.add_perm("findings.adopt_requirement", keeps_rules)
rules.add_perm("findings.suspend_requirement", keeps_rules)
rules.add_perm("findings.retire_requirement", keeps_rules)
rules.add_perm("findings.resume_requirement", rules.always_deny)  # the system only
rules.add_perm("findings.confirm_requirement", redacts)
allow("workflow.view_redaction", redacts | is_auditor, "Legal, privacy and auditors see the redactions.")
allow("workflow.request_redaction", redacts, "Legal and privacy ask for redactions.")
rules.add_perm("workflow.carry_out_redaction", redacts)
rules.add_perm("workflow.decline_redaction", redacts)
