from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import connection, models
from django.db.models import Q

from apps.consents.models import Cohort
from apps.core.access import Access
from apps.core.exceptions import Conflict
from apps.core.reading import of_each, once_while_reading
from apps.datasets.models.dataset import Dataset
from apps.findings.models import ApprovedModel
from apps.ledger.models import RecordedManager, RecordedModel, RecordedQuerySet
from apps.ledger.triggers import OwnFunctionTrigger, frozen
from apps.workflow.models import Transition, transition
from apps.workflow.models.content import content_of

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

# What stays as it is once a version is approved, in the database too.
FACTS = ("dataset_id", "number", "digest", "record_count", "subject_count", "cohort_id", "description")
SETTLED = ("approved", "released", "quarantined", "retired")

SHA256 = r"^[0-9a-f]{64}$"
NO_SHA256 = "A SHA-256 has 64 characters 0 to 9 and a to f."
is_sha256 = RegexValidator(SHA256, NO_SHA256)
# Two versions that are made parents of each other at the same moment would not see each other.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('dataset version parents'))"


class DatasetVersionQuerySet(RecordedQuerySet["DatasetVersion"]):
    def visible_to(self, user: AnyUser) -> DatasetVersionQuerySet:
        """What versions exist is known to everybody who is signed in, as what datasets exist is."""
        return self if user.is_authenticated else self.none()

    def kept_by(self, user: AnyUser) -> DatasetVersionQuerySet:
        """Those of the datasets that the user owns or looks after."""
        theirs = self.filter(Q(dataset__owner=user.pk) | Q(dataset__steward=user.pk))
        return theirs.select_related("dataset").order_by("-pk")


class DatasetVersion(ApprovedModel):
    """One fixed body of files of a dataset. Once approved it never changes; a new version follows instead."""

    class Status(models.TextChoices):
        REGISTERED = "registered", "Registered"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        RELEASED = "released", "Released"
        QUARANTINED = "quarantined", "Quarantined"
        RETIRED = "retired", "Retired"

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("version", editable=False, help_text="1 for the first version of a dataset.")
    status = models.CharField(max_length=15, choices=Status, default=Status.REGISTERED, editable=False)
    description = models.TextField(
        blank=True, help_text="What is in this version, in one or two sentences. Say nothing here about where it lies."
    )
    digest = models.CharField(
        "SHA-256 of its manifest",
        max_length=64,
        blank=True,
        validators=[is_sha256],
        help_text="The digital fingerprint of the list of its files with their fingerprints. It says which files these "
        "are, whatever they are called and wherever they lie.",
    )
    record_count = models.PositiveBigIntegerField(
        "records", null=True, blank=True, help_text="Rows or files, such as photos."
    )
    subject_count = models.PositiveBigIntegerField("people", null=True, blank=True, help_text="How many it is about.")
    cohort = models.ForeignKey(
        Cohort,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="dataset_versions",
        verbose_name="who is in it",
        help_text="The cohort of the people who are in this version.",
    )
    parents = models.ManyToManyField(
        "self",
        through="DatasetVersionParent",
        through_fields=("version", "parent"),
        symmetrical=False,
        related_name="children",
        verbose_name="derived from",
    )
    quarantined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    objects = DatasetVersionQuerySet.as_manager()
    editable_in = (Status.REGISTERED,)
    over_in = (Status.RETIRED,)
    material = ("dataset", "number", "description", "digest", "record_count", "subject_count", "cohort")
    history_links = ("parent_links",)
    named_on_pages = ("dataset",)
    needs_approval = ("release", "lift_quarantine")
    needs_conditions = ("release",)

    class Meta:
        ordering = ["dataset__name", "-number"]
        indexes = [models.Index(fields=["digest"], name="dataset_version_digest")]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_once"),
            models.CheckConstraint(
                condition=Q(digest="") | Q(digest__regex=SHA256),
                name="dataset_version_digest_is_sha256",
                violation_error_message=NO_SHA256,
            ),
        ]
        triggers = frozen(*FACTS, "created_at", "id", status="status", final=SETTLED)

    def __str__(self) -> str:
        return f"{self.dataset}, version {self.number}"

    @transition(Status.REGISTERED, Status.REJECTED, to=Status.IN_REVIEW)
    def submit(self, *, by: User, note: str) -> None:
        """Ask legal and privacy for approval. Once they have approved it, this version never changes."""

    @transition(Status.IN_REVIEW, to=Status.APPROVED, by_review=True)
    def approve(self, *, by: User, note: str) -> None:
        """Made by the last required vote."""

    @transition(Status.IN_REVIEW, to=Status.REJECTED, by_review=True)
    def reject(self, *, by: User, note: str) -> None:
        """Made by a vote to refuse."""

    @transition(Status.IN_REVIEW, to=Status.REGISTERED, by_review=True)
    def return_to_draft(self, *, by: User, note: str) -> None:
        """Made when the review is returned or withdrawn."""

    @transition(Status.IN_REVIEW, Status.REJECTED, to=Status.REGISTERED)
    def revise(self, *, by: User, note: str) -> None:
        """Open the version for changes, while it is not approved yet. After that, register a new version."""

    @transition(Status.APPROVED, to=Status.RELEASED)
    def release(self, *, by: User, note: str) -> None:
        """Let this version be used. Its dataset has to be approved."""
        self._require_ready_beside_dataset("release")

    @transition(Status.RELEASED, to=Status.QUARANTINED, reason="Say why it must not be used for now.")
    def quarantine(self, *, by: User, note: str) -> None:
        """Stop the use of this version until legal or privacy lifts the quarantine."""
        self.quarantined_by = by

    @transition(Status.QUARANTINED, to=Status.RELEASED, reason="Say why it may be used again.")
    def lift_quarantine(self, *, by: User, note: str) -> None:
        """Let this version be used again. Somebody else than who put it in quarantine decides."""
        self._require_ready_beside_dataset("lift_quarantine")
        self.quarantined_by = None

    @transition(
        *(Status.REGISTERED, Status.APPROVED, Status.REJECTED, Status.RELEASED),
        to=Status.RETIRED,
        reason="Give the reason.",
    )
    def retire(self, *, by: User, note: str) -> None:
        """Take this version out of use. Its record stays."""

    def _require_ready_beside_dataset(self, step: str) -> None:
        """Again under the lock of the dataset, whose approval nobody takes back meanwhile."""
        self.dataset = Dataset.objects.locked(self.dataset_id)
        self.require_ready(self.transitions[step])

    def require_editable(self) -> None:
        if self.status in SETTLED:
            state = self.get_status_display().lower()
            raise Conflict(f"{self} is {state} and never changes any more. Register a new version instead.")
        super().require_editable()

    def missing_for(self, step: Transition) -> dict[str, str]:
        no_digest = step.name == "submit" and not self.digest
        return {"digest": "Enter the SHA-256 of the manifest before you submit the version."} if no_digest else {}

    def why_not_now(self, step: Transition) -> str:
        if step.name in self.needs_approval and self.dataset.status != Dataset.Status.APPROVED:
            return f"The dataset “{self.dataset}” is not approved, so none of its versions can be released."
        return super().why_not_now(step)

    def take_number(self) -> None:
        """Give a new version the next number of its dataset. The caller holds the transaction and saves it."""
        self.dataset = Dataset.objects.locked(self.dataset_id)
        if not self.dataset.takes_versions:
            raise Conflict(f"“{self.dataset}” is retired, so no version of it is registered any more.")
        newest = DatasetVersion.newest_of(self.dataset)
        self.number = newest.number + 1 if newest else 1

    @classmethod
    def newest_of(cls, dataset: Dataset) -> DatasetVersion | None:
        return dataset.versions.order_by("-number").first()

    @classmethod
    def following(cls, dataset: Dataset, newest: DatasetVersion | None) -> DatasetVersion:
        """An unsaved version with what most often stays as it was in the newest one."""
        stays = ("description", "record_count", "subject_count", "cohort_id") if newest else ()
        return cls(dataset=dataset, **{name: getattr(newest, name) for name in stays})

    @property
    def previous(self) -> DatasetVersion | None:
        """The version before it in its dataset."""
        return self.dataset.versions.filter(number__lt=self.number).order_by("-number").first()

    @property
    def derived_by(self) -> str:
        """How it was made from its parents; empty where it has none."""
        return next((link.kind for link in self.parent_links.all()), "")

    def ancestors(self) -> set[int]:
        """The keys of all versions that it was made from, directly or over others."""
        found: set[int] = set()
        ahead = {self.pk}
        while ahead:
            links = DatasetVersionParent.objects.filter(version__in=ahead)
            ahead = set(links.values_list("parent", flat=True)) - found
            found |= ahead
        return found

    def named_parent_links(self) -> list[DatasetVersionParent]:
        links = self.parent_links.select_related("parent__dataset")
        return once_while_reading(("made from", self.pk), lambda: list(links))

    def require_no_loop(self, parents: Collection[DatasetVersion]) -> None:
        """Raises when this version would be made from itself. The caller holds the transaction, and nobody else closes
        a loop before it ends."""
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
        for parent in parents:
            if parent == self:
                raise ValidationError({"parents": "A version is never made from itself."})
            if self.pk in parent.ancestors():
                raise ValidationError(
                    {"parents": f"“{parent}” was made from this version, so this version is not made from it."}
                )

    def set_parents(self, parents: Collection[DatasetVersion], kind: str, *, by: User, reason: str) -> None:
        """Make it derive from exactly these, all in the same way."""
        wanted = {parent.pk: parent for parent in parents}
        for link in self.parent_links.all():
            if wanted.pop(link.parent_id, None) is None:
                link.on_behalf(by, reason).delete()
            elif link.kind != kind:
                link.kind = kind
                link.on_behalf(by, reason).save()
        for parent in wanted.values():
            DatasetVersionParent(version=self, parent=parent, kind=kind).on_behalf(by, reason).save()
        getattr(self, "_prefetched_objects_cache", {}).clear()

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        super().prepare(records)
        models.prefetch_related_objects(records, "dataset", "cohort")

    @classmethod
    def prefetch_barred(cls, records: Sequence[Any]) -> None:
        models.prefetch_related_objects(records, "dataset__owner")

    def barred_people(self) -> dict[int, str]:
        owner = self.dataset.owner
        return {owner.pk: f"{owner} owns this dataset and does not decide about its versions."}

    def review_content(self) -> list[list[str]]:
        links = self.named_parent_links()
        derived = [["Derived from", str(link), f"{link.parent_id} {link.kind}"] for link in links]
        return [*content_of(self, self.material), *derived]

    def in_short(self) -> str:
        records = f"{self.record_count:,} records" if self.record_count is not None else "an unknown number of records"
        people = f"{self.subject_count:,} people" if self.subject_count is not None else "an unknown number of people"
        return f"Version {self.number} of “{self.dataset}” has {records} about {people}. {self.description}".strip()


class ParentsStay(OwnFunctionTrigger):
    """Refuses another parent, and another way, once the version is approved; see migrations/_functions.py."""

    name = "parents_stay"
    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    execute = "datasets_keep_parents()"


class DatasetVersionParent(RecordedModel):
    """That a version of a dataset was made from another version, and how."""

    class Kind(models.TextChoices):
        FILTERED = "filtered", "Filtered"
        JOINED = "joined", "Joined"
        SAMPLED = "sampled", "Sampled"
        ANONYMISED = "anonymised", "Anonymised"
        PSEUDONYMISED = "pseudonymised", "Pseudonymised"
        SYNTHESISED = "synthesised", "Synthesised"
        OTHER = "other", "Made in another way"

    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="parent_links")
    parent = models.ForeignKey(
        DatasetVersion, on_delete=models.PROTECT, related_name="child_links", verbose_name="derived from"
    )
    kind = models.CharField("how", max_length=15, choices=Kind)

    objects = RecordedManager["DatasetVersionParent"]()
    portal_may = Access.REMOVE  # see set_parents

    class Meta:
        ordering = ["pk"]
        triggers = [ParentsStay()]
        constraints = [
            models.UniqueConstraint(fields=["version", "parent"], name="dataset_version_parent_once"),
            models.CheckConstraint(condition=~Q(version=models.F("parent")), name="dataset_version_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.parent}: {self.get_kind_display().lower()}"


@of_each
def same_files(versions: list[DatasetVersion]) -> dict[int, list[DatasetVersion]]:
    """Of each version, the others with the same digest, in whatever dataset."""
    digests = {version.digest for version in versions} - {""}
    found = DatasetVersion.objects.filter(digest__in=digests).select_related("dataset").order_by("pk")
    others = list(found) if digests else []
    return {v.pk: [one for one in others if one.digest == v.digest and one.pk != v.pk] for v in versions}
