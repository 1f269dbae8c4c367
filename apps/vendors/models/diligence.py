"""Due diligence: what a vendor's owner answers, the evidence, and what legal or privacy concludes from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from apps.core import clock, exceptions
from apps.core.permissions import require
from apps.core.reading import once_while_reading
from apps.ledger.models import RecordedManager, RecordedModel, RecordedQuerySet
from apps.vendors.models.organisation import Organisation
from apps.vendors.models.questionnaire import Question, Questionnaire
from apps.workflow.models import GovernedModel, StoredFile, Transition, transition

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from apps.accounts.models import AnyUser, User


class DueDiligenceQuerySet(RecordedQuerySet["DueDiligence"]):
    def visible_to(self, user: AnyUser) -> DueDiligenceQuerySet:
        """Those of vendors one looks after; all of them for whoever reads all records."""
        if user.has_perm("vendors.view_due_diligence"):
            return self
        return self.filter(vendor__owner_id=user.pk or 0)

    def kept_by(self, user: AnyUser) -> DueDiligenceQuerySet:
        """Those of vendors that the user looks after."""
        return self.filter(vendor__owner=user.pk)

    def running(self) -> DueDiligenceQuerySet:
        return self.filter(status__in=DueDiligence.RUNNING)

    def to_conclude_by(self, user: User) -> DueDiligenceQuerySet:
        """Handed in, and neither answered by this user nor about a vendor that the user looks after."""
        given = {"due_diligence": models.OuterRef("pk"), "history_user": user.pk}
        answered = self.filter(status=DueDiligence.Status.ANSWERED).exclude(vendor__owner=user)
        by_others = answered.filter(Q(handed_in_by=None) | ~Q(handed_in_by=user))
        for part in (QuestionnaireAnswer, Evidence):
            by_others = by_others.exclude(models.Exists(part.history.filter(**given)))
        return by_others

    def concluded(self) -> DueDiligenceQuerySet:
        """Those that came to a conclusion, newest first, whatever became of it."""
        return self.exclude(conclusion="").order_by("-concluded_on", "-pk")

    def expired(self, on: date) -> DueDiligenceQuerySet:
        """Conclusions that have run out."""
        return self.filter(status=DueDiligence.Status.CONCLUDED, expires_on__lt=on)


class DueDiligence(GovernedModel):
    """One questioning of one vendor: a questionnaire, the answers with evidence, and a conclusion that expires."""

    class Status(models.TextChoices):
        OPEN = "open", "Being answered"
        ANSWERED = "answered", "Answered"
        CONCLUDED = "concluded", "Concluded"
        EXPIRED = "expired", "Expired"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    RUNNING = (Status.OPEN, Status.ANSWERED)

    class Conclusion(models.TextChoices):
        PASSED = "passed", "Passed"
        REMARKS = "remarks", "Passed with remarks"
        NOT_PASSED = "not_passed", "Not passed"

    vendor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="due_diligence")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="used_in")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, editable=False)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    conclusion = models.CharField(max_length=10, choices=Conclusion, blank=True, editable=False)
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    concluded_on = models.DateField(null=True, editable=False)
    expires_on = models.DateField(null=True, editable=False)

    objects = DueDiligenceQuerySet.as_manager()
    editable_in = (Status.OPEN,)
    history_parts = ("answers", "evidence")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "due diligence"
        indexes = [models.Index(fields=["status", "expires_on"])]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor"], condition=Q(status__in=["open", "answered"]), name="one_running_due_diligence"
            ),
        ]

    def __str__(self) -> str:
        return f"Due diligence of {self.vendor}"

    def get_edit_url(self) -> str:
        return reverse("vendors:duediligence_answers", args=[self.pk])

    @classmethod
    @transaction.atomic
    def start(cls, vendor: Organisation, *, by: User) -> DueDiligence:
        """Ask the questions of the vendor's tier. An approval that stands is not touched.

        Raises PermissionDenied, and Conflict when one is running already or nothing is asked of this tier.
        """
        require(by, "vendors.start_due_diligence", vendor)
        vendor.lock()
        if vendor.is_group or vendor.status == vendor.Status.RECORDED:
            raise exceptions.Conflict("Due diligence is asked of vendors. Propose the organisation as a vendor first.")
        if vendor.due_diligence.running().exists():
            raise exceptions.Conflict(f"Due diligence of {vendor} is under way already.")
        questionnaire = Questionnaire.objects.in_use().filter(tier=vendor.risk_tier).first()
        if questionnaire is None:
            raise exceptions.Conflict(
                "No questionnaire is in use for this risk tier. Set the tier of the vendor, or put one in use."
            )
        made = cls(vendor=vendor, questionnaire=questionnaire)
        made.on_behalf(by, "open due diligence").save()
        return made

    @classmethod
    def of(cls, vendor: Organisation) -> tuple[DueDiligence | None, DueDiligence | None]:
        """The newest one of the vendor that came to a conclusion, and the one under way."""
        asked = [one for record in (vendor, *vendor.twins.all()) for one in record.due_diligence.all()]
        concluded = [one for one in asked if one.conclusion]
        newest = max(concluded, key=lambda one: (one.concluded_on, one.pk), default=None)
        return newest, next((one for one in asked if one.status in cls.RUNNING), None)

    @transition(Status.OPEN, to=Status.ANSWERED, label="Hand in")
    def hand_in(self, *, by: User, note: str) -> None:
        """Legal or privacy concludes from the answers. They are not changed any more unless returned."""
        self.handed_in_by = by

    @transition(Status.ANSWERED, to=Status.OPEN, reason="Write what is missing.", label="Return for answers")
    def return_answers(self, *, by: User, note: str) -> None:
        """Ask for more or better answers."""

    @transition(Status.ANSWERED, to=Status.CONCLUDED, reason="Give the reason for your conclusion.")
    def conclude(self, *, by: User, note: str, conclusion: str) -> None:
        """Say what follows from the answers. An earlier conclusion about the vendor is superseded."""
        self.conclusion, self.concluded_by, self.concluded_on = conclusion, by, clock.today()
        self.expires_on = clock.months_after(clock.today(), self.questionnaire.valid_months)

    @transition(Status.OPEN, to=Status.WITHDRAWN, reason="Give the reason.")
    def withdraw(self, *, by: User, note: str) -> None:
        """Stop asking. What was answered stays on the record."""

    @transition(Status.CONCLUDED, to=Status.SUPERSEDED, system=True)
    def supersede(self, *, by: None, note: str) -> None:
        """Made when a newer one is concluded."""

    @transition(Status.CONCLUDED, to=Status.EXPIRED, system=True)
    def expire(self, *, by: None, note: str) -> None:
        """Made by the system on the day after the last one."""
        if self.expires_on is not None and self.expires_on >= clock.today():
            raise exceptions.Conflict(f"The conclusion about {self.vendor} has not run out yet.")

    def missing_for(self, step: Transition) -> dict[str, str]:
        missing = self.missing() if step.name == "hand_in" else []
        return {f"answer_{question.pk}": f"“{question}” has no answer yet." for question in missing}

    def after_step(self, step: Transition, *, by: User | None, note: str) -> None:
        if step.name == "conclude":
            for older in self.vendor.due_diligence.filter(status=self.Status.CONCLUDED).exclude(pk=self.pk):
                older.supersede(by=None, note="A newer due diligence was concluded.")

    @classmethod
    def prefetch_readers(cls, records: Sequence[Any]) -> None:
        models.prefetch_related_objects(records, "vendor")
        Organisation.prefetch_conflicts([asked.vendor for asked in records])

    def hides_remarks_from(self, user: User) -> bool:
        return self.vendor.hides_remarks_from(user)

    @property
    def is_expired(self) -> bool:
        return self.expires_on is not None and self.expires_on < clock.today()

    def given(self) -> dict[int, QuestionnaireAnswer]:
        """The answers by question id, those that say something."""
        return {answer.question_id: answer for answer in self.all_answers() if answer.value}

    def all_answers(self) -> list[QuestionnaireAnswer]:
        return once_while_reading(("answers", self.pk), lambda: list(self.answers.all()))

    def all_questions(self) -> list[Question]:
        asked = self.questionnaire.questions.all()
        return once_while_reading(("questions of", self.questionnaire_id), lambda: list(asked))

    def missing(self) -> list[Question]:
        """Required questions without an answer."""
        given = self.given()
        return [question for question in self.all_questions() if question.required and question.pk not in given]

    def attention(self) -> list[QuestionnaireAnswer]:
        """Answers that the questionnaire wants looked at, in its order."""
        asking = [answer for answer in self.given().values() if answer.asks_for_attention]
        return sorted(asking, key=lambda answer: (answer.question.position, answer.question_id))

    def answer(self, values: Mapping[int, tuple[str, str]], *, by: User) -> None:
        """Keep a draft of answers: {question id: (value, remark)}. The caller holds the lock."""
        # Before the answers, so that a form opened earlier is known to be stale, and what it has not seen told.
        self.on_behalf(by, "answer").save()
        kept = {answer.question_id: answer for answer in self.answers.all()}
        for question_id, (value, remark) in values.items():
            answer = kept.get(question_id) or QuestionnaireAnswer(due_diligence=self, question_id=question_id)
            if (answer.value, answer.remark) != (value, remark):
                answer.value, answer.remark = value, remark
                answer.on_behalf(by, "answer").save()


class QuestionnaireAnswerManager(RecordedManager["QuestionnaireAnswer"]):
    """No answer is read without its question."""

    def get_queryset(self) -> RecordedQuerySet[QuestionnaireAnswer]:
        return super().get_queryset().select_related("question")


class QuestionnaireAnswer(RecordedModel):
    """What was answered to one question: yes, no, a choice, a date as 2026-03-30, or text."""

    due_diligence = models.ForeignKey(DueDiligence, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    value = models.TextField("answer", max_length=5000, blank=True)
    remark = models.TextField(max_length=5000, blank=True)

    objects = QuestionnaireAnswerManager()
    redactable = ("value", "remark")

    class Meta:
        ordering = ["question__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["due_diligence", "question"], name="answer_once")]

    def __str__(self) -> str:
        return f"Answer to “{self.question}”"

    @property
    def asks_for_attention(self) -> bool:
        return bool(self.question.attention) and self.value == self.question.attention

    @property
    def words(self) -> str:
        """The answer as people read it."""
        if self.question.kind == Question.Kind.DATE and self.value:
            return f"{date.fromisoformat(self.value):%-d %b %Y}"
        return self.value.capitalize() if self.value in Question.YES_OR_NO else self.value


class EvidenceQuerySet(RecordedQuerySet["Evidence"]):
    def visible_to(self, user: AnyUser) -> EvidenceQuerySet:
        return self.filter(due_diligence__in=DueDiligence.objects.visible_to(user))


class Evidence(StoredFile):
    """A file that supports an answer. Only ever served as a download."""

    due_diligence = models.ForeignKey(DueDiligence, on_delete=models.PROTECT, related_name="evidence")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"

    @classmethod
    def store(cls, file: UploadedFile[bytes], *, by: User | None, **owner: Any) -> Self:
        """A new file makes it another due diligence than the one that somebody read before."""
        owner["due_diligence"].touch(by, "attach")
        return super().store(file, by=by, **owner)

    def get_absolute_url(self) -> str:
        return reverse("vendors:evidence", args=[self.pk])
