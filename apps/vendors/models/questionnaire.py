"""The questions that a vendor is asked, by risk tier and in versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Max, Q

from apps.core import exceptions
from apps.core.access import Access
from apps.ledger.models import RecordedManager, RecordedModel, RecordedQuerySet
from apps.vendors.models.organisation import Organisation
from apps.workflow.models import GovernedModel, Transition, transition

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

COPIED = ("topic", "position", "text", "help", "kind", "choices", "required", "wants_evidence", "attention")


class QuestionnaireQuerySet(RecordedQuerySet["Questionnaire"]):
    def visible_to(self, user: AnyUser) -> QuestionnaireQuerySet:
        """What is asked of vendors is no secret; drafts are for those who keep them and for auditors."""
        if user.has_perm("vendors.view_draft_questionnaires"):
            return self
        return self.exclude(status=Questionnaire.Status.DRAFT) if user.is_authenticated else self.none()

    def in_use(self) -> QuestionnaireQuerySet:
        return self.filter(status=Questionnaire.Status.IN_USE)


class Questionnaire(GovernedModel):
    """A template of questions for one risk tier. Once in use it is never changed: a new version replaces it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_USE = "in_use", "In use"
        RETIRED = "retired", "Retired"

    title = models.CharField(max_length=120)
    tier = models.CharField("risk tier", max_length=10, choices=Organisation.RiskTier)
    version = models.PositiveIntegerField(editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    valid_months = models.PositiveSmallIntegerField(
        "valid for months",
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="How long a conclusion holds before the vendor is asked again.",
    )

    objects = QuestionnaireQuerySet.as_manager()
    editable_in = (Status.DRAFT,)
    history_parts = ("questions",)

    class Meta:
        ordering = ["tier", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["tier", "version"], name="questionnaire_versions"),
            models.UniqueConstraint(fields=["tier"], condition=Q(status="in_use"), name="one_questionnaire_in_use"),
            models.UniqueConstraint(fields=["tier"], condition=Q(status="draft"), name="one_questionnaire_draft"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"

    @transition(Status.DRAFT, to=Status.IN_USE, label="Put in use")
    def publish(self, *, by: User, note: str) -> None:
        """From now on vendors of this tier are asked these questions. The version before is retired."""
        for older in Questionnaire.objects.in_use().filter(tier=self.tier):
            older.retire(by=by, note=f"Replaced by version {self.version}.")

    @transition(Status.IN_USE, to=Status.RETIRED, reason="Give the reason.")
    def retire(self, *, by: User, note: str) -> None:
        """No vendor is asked these questions any more. What was answered stays."""

    def why_not_now(self, step: Transition) -> str:
        empty = step.name == "publish" and not self.questions.exists()
        return "Write at least one question first." if empty else ""

    @transaction.atomic
    def new_version(self, *, by: User) -> Questionnaire:
        """A draft with the same questions. Raises Conflict when there is a draft for this tier already."""
        of_tier = Questionnaire.objects.filter(tier=self.tier)
        if of_tier.filter(status=self.Status.DRAFT).exists():
            raise exceptions.Conflict("There is a draft for this tier already. Change that one.")
        newest = of_tier.aggregate(newest=Max("version"))["newest"]
        draft = Questionnaire(title=self.title, tier=self.tier, version=newest + 1, valid_months=self.valid_months)
        draft.on_behalf(by, "new version").save()
        for question in self.questions.all():
            copy = Question(questionnaire=draft, **{name: getattr(question, name) for name in COPIED})
            copy.on_behalf(by, "new version").save()
        return draft


class Question(RecordedModel):
    """One question of a questionnaire, and which answer asks for attention."""

    class Kind(models.TextChoices):
        YES_NO = "yes_no", "Yes or no"
        TEXT = "text", "Text"
        CHOICE = "choice", "One of several"
        DATE = "date", "Date"

    YES_OR_NO = ("yes", "no")

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveSmallIntegerField(help_text="Where it stands in the questionnaire.")
    topic = models.CharField(max_length=80, help_text="Such as Security, or Deletion.")
    text = models.CharField("question", max_length=300)
    help = models.CharField(max_length=500, blank=True, help_text="What a good answer tells.")
    kind = models.CharField("kind of answer", max_length=10, choices=Kind, default=Kind.YES_NO)
    choices = ArrayField(models.CharField(max_length=100), default=list, blank=True, help_text="For one of several.")
    required = models.BooleanField(default=True)
    wants_evidence = models.BooleanField("evidence wanted", default=False)
    attention = models.CharField(
        "answer that asks for attention", max_length=100, blank=True, help_text="Yes, no, or one of the choices."
    )

    objects = RecordedManager["Question"]()
    portal_may = Access.REMOVE  # while the questionnaire is a draft

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return self.questionnaire.get_absolute_url()

    @property
    def possible(self) -> tuple[str, ...]:
        """The answers to choose from; empty where anything may be written."""
        if self.kind == self.Kind.YES_NO:
            return self.YES_OR_NO
        return tuple(self.choices) if self.kind == self.Kind.CHOICE else ()

    def clean(self) -> None:
        self.attention = self.attention.strip()
        if self.kind == self.Kind.YES_NO:
            self.attention = self.attention.lower()
        if self.kind == self.Kind.CHOICE and len(set(self.choices)) < 2:
            raise ValidationError({"choices": "Give at least two answers to choose from."})
        if self.attention and self.attention not in self.possible:
            wanted = ", ".join(self.possible) or "nothing, since this question has no fixed answers"
            raise ValidationError({"attention": f"Expected {wanted}."})
