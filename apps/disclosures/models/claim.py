from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db import transaction as db
from django.db.models import F, Q

from apps.core import clock
from apps.core.access import Access
from apps.core.exceptions import Conflict
from apps.core.permissions import require
from apps.disclosures.models.version import NoticeVersion
from apps.disclosures.recipients import RecipientClass
from apps.disclosures.sentences import find_sentence
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.taxonomy.models import DataCategory, DataUse
from apps.workflow.models import Proposal

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User


class ClaimQuerySet(RecordedQuerySet["Claim"]):
    def visible_to(self, user: AnyUser) -> ClaimQuerySet:
        return self if user.is_authenticated else self.none()


class Claim(RecordedModel):
    """What one sentence of a notice version says, in terms that a sharing can be compared with."""

    class Kind(models.TextChoices):
        RECIPIENT = "recipient", "Who receives data"
        USE = "use", "What data is used for"
        CATEGORY = "category", "Which data"
        OPT_OUT = "opt_out", "A choice to opt out before"
        RETENTION = "retention", "How long data is kept"

    class Says(models.TextChoices):
        MAY = "may", "It says that this may happen"
        ONLY = "only", "It says: only this, and what else it names so"
        NEVER = "never", "It says that this does not happen"

    # The field that holds the value of each kind.
    VALUE = {
        Kind.RECIPIENT: "recipient_class",
        Kind.USE: "use",
        Kind.CATEGORY: "category",
        Kind.OPT_OUT: "recipient_class",
        Kind.RETENTION: "months",
    }

    version = models.ForeignKey(NoticeVersion, on_delete=models.PROTECT, related_name="claims", editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    says = models.CharField("what it says", max_length=5, choices=Says, default=Says.MAY)
    recipient_class = models.CharField("class of recipients", max_length=20, choices=RecipientClass, blank=True)
    use = models.ForeignKey(DataUse, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(DataCategory, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    months = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    sentence = models.TextField(help_text="The sentence of the text on which this rests, word for word.")
    start = models.PositiveIntegerField(editable=False, help_text="Where the sentence begins in the text.")
    end = models.PositiveIntegerField(editable=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    checked_at = models.DateTimeField(null=True, editable=False)

    objects = ClaimQuerySet.as_manager()
    portal_may = Access.REMOVE  # see remove

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "kind", "says", "recipient_class", "use", "category", "months", "start"],
                nulls_distinct=False,
                name="claim_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["recipient", "opt_out"], use=None, category=None, months=None)
                & ~Q(recipient_class="")
                | Q(kind="use", use__isnull=False, recipient_class="", category=None, months=None)
                | Q(kind="category", category__isnull=False, recipient_class="", use=None, months=None)
                | Q(kind="retention", months__isnull=False, recipient_class="", use=None, category=None),
                name="claim_has_the_value_of_its_kind",
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="claim_quotes_something"),
            models.CheckConstraint(
                condition=Q(checked_by=None) | ~Q(checked_by=F("entered_by")), name="claim_checked_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.words}"

    def get_absolute_url(self) -> str:
        return f"{self.version.get_absolute_url()}#claim-{self.pk}"

    def clean(self) -> None:
        """The value is that of the kind, and the sentence stands in the text."""
        if self.kind in self.VALUE:
            self._keep_value_of_kind()
        found = find_sentence(self.version.text, self.sentence, near=self.start or 0)
        if found is None:
            raise ValidationError({"sentence": "This sentence does not stand in the text. Copy it from there."})
        self.start, self.end = found
        self.sentence = self.version.text[self.start : self.end]

    def _keep_value_of_kind(self) -> None:
        if self.kind in (self.Kind.OPT_OUT, self.Kind.RETENTION):
            self.says = self.Says.MAY  # a choice or a period is named, and nothing else
        wanted = self.VALUE[self.Kind(self.kind)]
        for name, empty in (("recipient_class", ""), ("use", None), ("category", None), ("months", None)):
            if name != wanted:
                setattr(self, name, empty)
        if not getattr(self, wanted):
            raise ValidationError({wanted: f"Fill this in for: {self.get_kind_display().lower()}."})

    @db.atomic
    def enter(self, *, by: User) -> None:
        """Keep the claim, new or corrected. Whoever changes it has it checked anew."""
        version = NoticeVersion.objects.locked(self.version_id)
        self._require(version, by, "add_claim")
        stored = Claim.objects.filter(pk=self.pk).first()
        if stored is not None and stored.takes_two(by):
            raise Conflict(
                "What somebody else entered or checked is not edited once people have read the text. Enter what the "
                "sentence says anew, and take the old claim back; a second person confirms that."
            )
        self.version, self.entered_by, self.checked_by, self.checked_at = version, by, None, None
        self.full_clean()
        version.touch(by, "enter claim")
        self.on_behalf(by, "enter claim").save()

    @db.atomic
    def confirm(self, *, by: User) -> None:
        """Confirm, as a second person, that the sentence says this. Raises PermissionDenied and Conflict."""
        version = NoticeVersion.objects.locked(self.version_id)
        self.lock()
        require(by, "disclosures.check_claim", self)
        if self.checked_by_id:
            raise Conflict(f"{self.checked_by} has checked this claim already.")
        self.checked_by, self.checked_at = by, clock.now()
        version.touch(by, "check claim")
        self.on_behalf(by, "check claim").save()

    @db.atomic
    def remove(self, *, by: User, reason: str) -> Proposal | None:
        """Take a wrong claim back; the history of the version keeps it. Where it takes two people, this proposes it."""
        version = NoticeVersion.objects.locked(self.version_id)
        self._require(version, by, "remove_claim")
        self.lock()
        if self.takes_two(by):
            content = [["Claim", str(self), "taken back"], ["Sentence", self.sentence, ""]]
            values = {"claim": self.pk, "revision": self.revision}
            return Proposal.ask(version, "remove_claim", by=by, reason=reason, values=values, content=content)
        version.touch(by, reason)
        self.on_behalf(by, reason).delete()
        return None

    def takes_two(self, by: User) -> bool:
        """Whether a sharing may rest on it, or be held up by it, on more than the word of this person."""
        return self.version.is_spoken and (self.checked_by_id is not None or self.entered_by_id != by.pk)

    def _require(self, version: NoticeVersion, by: User, step: str) -> None:
        if not by.has_perm(f"disclosures.{step}", version):
            raise PermissionDenied("The owner of the notice, its author, legal and privacy enter claims.")
        self.require_open(version)

    def require_open(self, version: NoticeVersion) -> None:
        """Raise Conflict while the version is being decided about: its claims are part of what is voted on."""
        if version.status not in version.claims_open_in:
            state = version.get_status_display().lower()
            raise Conflict(f"Claims of {version} stay as they are while it is {state}.")

    require_removable = require_open

    @property
    def may_clear(self) -> bool:
        """Whether a sharing may rest on it. Of a text that people have read, one person alone says nothing that may."""
        return self.checked_by_id is not None or not self.version.is_spoken

    @property
    def value(self) -> str:
        """What it is about, in words."""
        if self.kind == self.Kind.RETENTION:
            return f"{self.months} months"
        return self.get_recipient_class_display() if self.recipient_class else str(self.use or self.category)

    @property
    def words(self) -> str:
        if self.kind in (self.Kind.OPT_OUT, self.Kind.RETENTION):
            return self.value
        return {self.Says.ONLY: f"only {self.value}", self.Says.NEVER: f"not {self.value}"}.get(
            self.Says(self.says), self.value
        )

    @property
    def identity(self) -> str:
        """What its review is about."""
        value = self.recipient_class or self.months or (self.use or self.category).key  # type: ignore[union-attr]
        return f"{self.kind} {self.says} {value} {self.start}-{self.end}"
