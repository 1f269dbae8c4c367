"""What waits for somebody about vendors, due diligence and one's own interests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.waiting import Task, Waiting, waits_for
from apps.vendors.models import DueDiligence, InterestDeclaration, Organisation, Person, Questionnaire, Sameness
from apps.workflow.models import Decision
from apps.workflow.models.four_eyes import APPROVER_ROLES

# How long before its last day an approval, or what due diligence concluded, is to be renewed.
ASKED_BEFORE_END = timedelta(days=30)


@waits_for
def declaration(user: User) -> Iterator[Waiting]:
    """Insiders declare their interests each year."""
    if user.has_perm("vendors.declare_interests"):
        lasts = InterestDeclaration.objects.filter(
            person=OuterRef("pk"), made_on__gte=clock.today() - InterestDeclaration.LASTS
        )
        yield Waiting(_declare, Person.objects.filter(user=user).exclude(Exists(lasts)))


def _declare(user: User, people: Sequence[Person]) -> Iterator[Task]:
    for person in people:
        last = person.declarations.first()
        due_on = last.lapses_on if last else clock.today()
        yield Task(
            what="Declare",
            title="Your interests",
            mail="Your yearly declaration is asked for",
            url=reverse("vendors:my_interests"),
            since=due_on,
            due_on=due_on,
        )


@waits_for
def due_diligence(user: User) -> Iterator[Waiting]:
    """Questions for the owner of the vendor to answer, and answers for legal or privacy to conclude from."""
    status = DueDiligence.Status
    ends = Q(status=status.CONCLUDED, expires_on__lte=clock.today() + ASKED_BEFORE_END)
    wanted = DueDiligence.objects.kept_by(user).filter(Q(status=status.OPEN) | ends)
    if user.has_role(*APPROVER_ROLES):
        wanted |= DueDiligence.objects.to_conclude_by(user)
    yield Waiting(_diligence_of, wanted, names=("vendor", "handed_in_by"))


def _diligence_of(user: User, found: Sequence[DueDiligence]) -> Iterator[Task]:
    status = DueDiligence.Status
    returned = {}
    if any(asked.status == status.OPEN for asked in found):
        steps = Decision.objects.about_any(found).made().filter(transition="return_answers").order_by("pk")
        returned = {step.object_id: step for step in steps}
    running = set()
    if any(asked.status == status.CONCLUDED for asked in found):
        vendors = [asked.vendor_id for asked in found]
        running = set(DueDiligence.objects.running().filter(vendor__in=vendors).values_list("vendor", flat=True))
    for asked in found:
        if asked.status != status.CONCLUDED or asked.vendor_id not in running:
            yield _about_due_diligence(asked, returned.get(asked.pk))


def _about_due_diligence(asked: DueDiligence, returned: Decision | None) -> Task:
    since, by, why, url = clock.day_of(asked.updated_at), "the portal", "", asked.get_absolute_url()
    what, mail = "Conclude", "{} is answered and waits for a conclusion"
    if asked.status == DueDiligence.Status.OPEN:
        what, mail, url = "Answer the questions", "{} waits for your answers", asked.get_edit_url()
        if returned:
            what, mail = "Answer again", "{} was returned to you for answers"
            since, by, why = clock.day_of(returned.at), returned.by_name, returned.note
    elif asked.status == DueDiligence.Status.CONCLUDED:
        what, mail, url = "Open due diligence again", "{} runs out soon", asked.vendor.get_absolute_url()
    elif asked.handed_in_by:
        by = str(asked.handed_in_by)
    return Task(what, mail, url, since, about=asked, by=by, why=why, due_on=asked.expires_on)


@waits_for
def vendors(user: User) -> Iterator[Waiting]:
    """Approvals to renew, for the owner; what is suspended or being offboarded, for legal."""
    status = Organisation.Status
    ends = Q(status=status.APPROVED, approved_until__lte=clock.today() + ASKED_BEFORE_END)
    wanted = Organisation.objects.kept_by(user).filter(ends | Q(status=status.LAPSED))
    if user.has_perm("vendors.offboard_organisation"):
        wanted |= Organisation.objects.filter(status__in=[status.SUSPENDED, status.OFFBOARDING])
    yield Waiting(_renew_or_end, wanted)


def _renew_or_end(user: User, vendors: Sequence[Organisation]) -> Iterator[Task]:
    status = Organisation.Status
    words = {
        status.APPROVED: ("Renew the approval", "The approval of {} ends soon"),
        status.LAPSED: ("Submit again, or offboard", "The approval of {} has lapsed"),
        status.SUSPENDED: ("Resume or offboard", "{} is suspended"),
        status.OFFBOARDING: ("Finish offboarding", "The offboarding of {} is to be finished"),
    }
    for vendor in vendors:
        what, mail = words[status(vendor.status)]
        due_on = vendor.approved_until if vendor.status == status.APPROVED else None
        yield Task.of(vendor, what, mail, due_on=due_on)


@waits_for
def questionnaires(user: User) -> Iterator[Waiting]:
    """Drafts that are not put in use yet."""
    if user.has_perm("vendors.publish_questionnaire"):
        yield Waiting(_put_in_use, Questionnaire.objects.filter(status=Questionnaire.Status.DRAFT))


def _put_in_use(user: User, drafts: Sequence[Questionnaire]) -> Iterator[Task]:
    for draft in drafts:
        yield Task.of(draft, "Put in use, or change", "{} is a draft and waits to be put in use")


@waits_for
def questions(user: User) -> Iterator[Waiting]:
    """Two records that may be of one: legal and privacy answer together."""
    if user.has_role(Role.LEGAL, Role.PRIVACY, Role.INDEPENDENT):
        both = ("organisation", "other_organisation", "person", "other_person")
        yield Waiting(_answer, Sameness.objects.visible_to(user).undecided().order_by("pk"), names=both)


def _answer(user: User, questions: Sequence[Sameness]) -> Iterator[Task]:
    Sameness.prepare(questions)
    for question in questions:
        if what := question.awaits(user):
            yield Task(
                what=what,
                mail="{} waits for an answer",
                about=question,
                url=question.get_absolute_url(),
                since=question.created_on,
                why="Until it is answered, nothing about either is approved.",
            )
