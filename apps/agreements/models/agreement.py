from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.core.reading import of_each
from apps.datasets.models import Dataset
from apps.findings.models import ApprovedModel, Finding, Severity
from apps.findings.models.finding import FindingQuerySet
from apps.ledger.models import RecordedQuerySet
from apps.taxonomy.models import DataCategory, DataUse, combinations_for
from apps.vendors.models import Organisation, require_answered
from apps.workflow.models import Attachment, Comment, Transition, digest_of, material, transition

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser
    from apps.agreements.models.justification import Justification


# What people are in an agreement.
PARTS = ("requester", "sponsor", "business_owner")


class Participant(NamedTuple):
    """Somebody who asks for or stands behind an agreement, now or earlier."""

    role: str
    user: User
    until: date | None


class AgreementQuerySet(RecordedQuerySet["Agreement"]):
    def visible_to(self, user: AnyUser) -> AgreementQuerySet:
        """All for those who read everything; else what one asks for, sponsors, or whose data it shares."""
        if user.has_perm("agreements.view_all_agreements"):
            return self
        if not user.is_authenticated:
            return self.none()
        of_own_data = Agreement.objects.filter(datasets__owner=user.pk)
        return self.kept_by(user) | self.filter(Q(pk__in=of_own_data.order_by().values("pk")))

    def kept_by(self, user: AnyUser) -> AgreementQuerySet:
        """Those that the user asks for or looks after."""
        return self.filter(Q(requester=user.pk) | Q(sponsor=user.pk) | Q(business_owner=user.pk))

    def ending(self, before: date) -> AgreementQuerySet:
        """In force with an end before that day."""
        return self.filter(status__in=Agreement.IN_FORCE, ends_on__lt=before)


@of_each
def participants_of(agreements: list[Agreement]) -> dict[int, list[Participant]]:
    """By the key of the agreement: everybody who is or ever was a part of it, in the order of their coming."""
    by_key = {agreement.pk: agreement for agreement in agreements}
    rows = Agreement.history.filter(id__in=by_key).order_by("history_id").select_related(*PARTS)
    last: dict[int, dict[tuple[str, int], Participant]] = {key: {} for key in by_key}
    for row, part in product(rows.only("id", "history_date", *PARTS), PARTS):
        if user := getattr(row, part):
            now = getattr(by_key[row.id], f"{part}_id") == user.pk
            until = None if now else clock.day_of(row.history_date)
            last[row.id][part, user.pk] = Participant(part.replace("_", " "), user, until)
    return {key: list(found.values()) for key, found in last.items()}


@of_each
def asked_separately(agreements: list[Agreement]) -> dict[int, frozenset[str]]:
    """The uses that need a yes of their own, of which each of the agreements is asked."""
    return dict.fromkeys((agreement.pk for agreement in agreements), DataUse.objects.asked_separately())


class Agreement(ApprovedModel):
    """Who gets which data about people from us, for what, on what terms. First a request, then a contract."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        SIGNED = "signed", "Signed"
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        EXPIRED = "expired", "Expired"
        TERMINATED = "terminated", "Terminated"

    IN_FORCE = (Status.ACTIVE, Status.SUSPENDED)

    class Type(models.TextChoices):
        PROCESSOR = "processor", "Processor: acts on our instructions"
        JOINT = "joint_controller", "Joint controller: decides together with us"
        THIRD_PARTY = "third_party", "Third party: decides its own purposes"
        LICENCE_OUT = "licence_out", "Licence: they use our data"

    class Consideration(models.TextChoices):
        UNKNOWN = "unknown", "Unknown"
        NONE = "none", "We receive nothing"
        THEY_PAY = "they_pay", "They pay us"
        WE_PAY = "we_pay", "We pay them"
        THEY_SERVE = "they_serve_us", "They serve us"
        RECIPROCAL = "reciprocal", "Both sides give data"

    class YesNoUnknown(models.TextChoices):
        UNKNOWN = "unknown", "Not decided"
        YES = "yes", "Yes"
        NO = "no", "No"

    title = models.CharField(max_length=200)
    status = models.CharField(max_length=15, choices=Status, default=Status.DRAFT, editable=False)
    type = models.CharField(max_length=20, choices=Type)
    our_entity = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="own_agreements", verbose_name="which of our companies"
    )
    counterparty = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="agreements", verbose_name="who receives the data"
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="requested_agreements", editable=False
    )
    sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sponsored_agreements",
        help_text="Who wants this in our house and answers for it.",
    )
    business_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_agreements",
        help_text="Who looks after it once it is in force.",
    )
    purpose = models.TextField("why", blank=True, help_text="What they will do with the data, in plain words.")
    datasets = models.ManyToManyField(Dataset, through="AgreementDataset", related_name="agreements")
    categories = models.ManyToManyField(DataCategory, through="AgreementCategory", related_name="agreements")
    uses = models.ManyToManyField(DataUse, through="AgreementUse", related_name="agreements")
    consideration = models.CharField(
        "what we receive", max_length=15, choices=Consideration, default=Consideration.UNKNOWN
    )
    may_train = models.CharField(
        "may they train models?", max_length=10, choices=YesNoUnknown, default=YesNoUnknown.UNKNOWN
    )
    may_derive = models.CharField(
        "may they derive other data?", max_length=10, choices=YesNoUnknown, default=YesNoUnknown.UNKNOWN
    )
    onward_transfer = models.CharField(
        "may they pass it on?", max_length=10, choices=YesNoUnknown, default=YesNoUnknown.UNKNOWN
    )
    delete_within_days = models.PositiveIntegerField("return or delete within days of the end", null=True, blank=True)
    starts_on = models.DateField("from", null=True, blank=True)
    ends_on = models.DateField("until", null=True, blank=True)
    signed_on = models.DateField(null=True, editable=False)
    signatories = models.CharField(max_length=300, blank=True, editable=False)
    document_sha256 = models.CharField(
        "SHA-256 of the signed document",
        max_length=64,
        blank=True,
        editable=False,
        validators=[RegexValidator(r"^[0-9a-f]{64}$", "A SHA-256 has 64 characters 0 to 9 and a to f.")],
    )

    objects = AgreementQuerySet.as_manager()
    named_by = "title"
    editable_in = (Status.DRAFT,)
    named_on_pages = (*PARTS, "counterparty__same_as", "our_entity__same_as")
    history_links = ("dataset_links", "category_links", "use_links")
    redactable = ("signatories",)
    own_side = ("our_entity",)
    keepers = PARTS
    over_in = (Status.REJECTED, Status.EXPIRED, Status.TERMINATED)
    needs_approval = ("sign", "activate", "resume")
    needs_conditions = ("activate",)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "ends_on"]),
            models.Index(fields=["-created_at", "-id"], name="agreements_in_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="agreement_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.our_entity_id and self.our_entity_id == self.counterparty_id:
            raise ValidationError({"counterparty": "The receiving party must be another organisation than ours."})

    @transition(Status.DRAFT, Status.REJECTED, to=Status.IN_REVIEW)
    def submit(self, *, by: User, note: str) -> None:
        """Ask for approval. Only what is incomplete stops this step: reviewers must see bad requests."""

    @transition(Status.IN_REVIEW, to=Status.APPROVED, by_review=True)
    def approve(self, *, by: User, note: str) -> None:
        """Made by the last required vote."""

    @transition(Status.IN_REVIEW, to=Status.REJECTED, by_review=True)
    def reject(self, *, by: User, note: str) -> None:
        """Made by a vote to refuse."""

    @transition(Status.IN_REVIEW, to=Status.DRAFT, by_review=True)
    def return_to_draft(self, *, by: User, note: str) -> None:
        """Made when the review is returned or withdrawn."""

    @transition(Status.IN_REVIEW, Status.APPROVED, Status.REJECTED, to=Status.DRAFT)
    def revise(self, *, by: User, note: str) -> None:
        """Open the request for changes. Its approval is void."""

    @transition(
        Status.APPROVED, to=Status.SIGNED, needs="Have the signed document and the names of those who signed at hand."
    )
    def sign(
        self,
        *,
        by: User,
        note: str,
        signed_on: date,
        signatories: str,
        document_sha256: str = "",
        document: UploadedFile[bytes] | None = None,
    ) -> None:
        """Record that both sides have signed what was approved. The document is kept here or named by its SHA-256."""
        if signed_on > clock.today():
            raise ValidationError({"signed_on": "The day of signature lies in the future."})
        if document is not None:
            comment = Comment.write(self, by=by, body="The signed document.", file=document)
            document_sha256 = comment.attachments.get().sha256
        if not document_sha256:
            raise ValidationError({"document": "Attach the signed document, or give its SHA-256."})
        self.signed_on, self.signatories, self.document_sha256 = signed_on, signatories, document_sha256.lower()

    @transition(Status.SIGNED, to=Status.ACTIVE)
    def activate(self, *, by: User, note: str) -> None:
        """Put the agreement in force, on its first day or later, when the conditions of the votes are met."""

    @transition(Status.ACTIVE, to=Status.SUSPENDED, reason="Give the reason.")
    def suspend(self, *, by: User, note: str) -> None:
        """Stop sharing for a time; the agreement stays in force."""

    @transition(Status.SUSPENDED, to=Status.ACTIVE, reason="Give the reason.")
    def resume(self, *, by: User, note: str) -> None:
        self.guard(self.transitions["activate"])

    @transition(Status.ACTIVE, Status.SUSPENDED, to=Status.EXPIRED, system=True)
    def expire(self, *, by: None, note: str) -> None:
        """Made by the system on the day after the last one."""
        if self.ends_on is None or self.ends_on >= clock.today():
            raise Conflict(f"{self} has not ended yet.")

    @transition(Status.SIGNED, Status.ACTIVE, Status.SUSPENDED, to=Status.TERMINATED, reason="Give the reason.")
    def terminate(self, *, by: User, note: str) -> None:
        """End the agreement before its last day."""

    def missing_for(self, step: Transition) -> dict[str, str]:
        if step.name != "submit":
            return {}
        return {
            name: "Fill this in before you submit the request."
            for name in ("purpose", "sponsor", "starts_on")
            if not getattr(self, name)
        } | {
            name: "Choose at least one before you submit the request."
            for name in ("datasets", "categories", "uses")
            if not getattr(self, name).exists()
        }

    def why_not_now(self, step: Transition) -> str:
        if step.name == "activate" and self.starts_on and self.starts_on > clock.today():
            return f"The agreement starts on {self.starts_on:%-d %b %Y} and cannot be activated before."
        return super().why_not_now(step)

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        super().prepare(records)
        datasets = models.Prefetch("datasets", Dataset.objects.select_related("cohort"))
        links = (datasets, "datasets__uses", "datasets__categories", "categories", "uses", "justifications")
        models.prefetch_related_objects(records, "counterparty", "our_entity", *PARTS, *links)
        recipients = [agreement.counterparty for agreement in records]
        Organisation.prefetch_conflicts(recipients)
        Organisation.prefetch_questions(recipients)
        for asked in (combinations_for, asked_separately, participants_of):
            asked.know(records)

    @classmethod
    def prefetch_readers(cls, records: Sequence[Any]) -> None:
        models.prefetch_related_objects(records, "counterparty")
        Organisation.prefetch_conflicts([agreement.counterparty for agreement in records])

    @classmethod
    def prefetch_barred(cls, records: Sequence[Any]) -> None:
        super().prefetch_barred(records)
        participants_of.know(records)

    def guard(self, step: Transition) -> None:
        """Nothing is agreed with a recipient of whom it is asked whether it is somebody else."""
        require_answered(self.counterparty, step)
        super().guard(step)

    def participants(self) -> list[Participant]:
        """Requester, sponsor and business owner, and everybody who ever was one of them."""
        return participants_of.of(self)

    def barred_people(self) -> dict[int, str]:
        barred = {
            person.user.pk: f"{person.user} is or was the {person.role} and does not decide about this request."
            for person in self.participants()
        }
        for user_id, conflict in self.counterparty.conflicted_users.items():
            barred[user_id] = f"{conflict.insider} may not take part in decisions about {self.counterparty}."
        return barred

    def hides_remarks_from(self, user: User) -> bool:
        return user.pk in self.counterparty.conflicted_users

    def in_short(self) -> str:
        counts = [dataset.subject_count for dataset in self.datasets.all()]
        people = sum(count or 0 for count in counts)
        about = f" about up to {people:,} people" if people else ""
        if None in counts:
            about = f"{about} and an unknown number more" if people else " about an unknown number of people"
        uses = _names(self.uses.all())
        end = f"It ends on {_day(self.ends_on)}." if self.ends_on else "No end date is set."
        received = {
            self.Consideration.UNKNOWN: "What we receive is not known.",
            self.Consideration.NONE: "We receive nothing in return.",
        }.get(self.Consideration(self.consideration), f"In return: {self.get_consideration_display().lower()}.")
        return (
            f"{self.counterparty} would receive {_names(self.categories.all())}{about} from "
            f"{_names(self.datasets.all())}, for: {uses}. {self.purpose} {received} {end}"
        )

    def review_roles(self) -> list[Role]:
        roles = [Role.LEGAL, Role.PRIVACY]
        return [*roles, Role.INDEPENDENT] if self.counterparty.recusing_conflicts else roles

    def review_content(self) -> list[list[str]]:
        sponsor, owner = self.sponsor or "nobody", self.business_owner or "nobody"
        datasets = sorted(self.datasets.all(), key=lambda dataset: dataset.pk)
        categories, uses = list(self.categories.all()), list(self.uses.all())
        return [
            ["Title", self.title, self.title],
            ["Type", self.get_type_display(), self.type],
            ["Our company", str(self.our_entity), str(self.our_entity_id)],
            ["Recipient", str(self.counterparty), str(self.counterparty_id)],
            ["Requester", str(self.requester), str(self.requester_id)],
            ["Sponsor", str(sponsor), str(self.sponsor_id)],
            ["Business owner", str(owner), str(self.business_owner_id)],
            ["Why", self.purpose, self.purpose],
            ["Datasets", _names(datasets), _keys(datasets, "pk")],
            ["Categories", _names(categories), _keys(categories, "key")],
            ["Uses", _names(uses), _keys(uses, "key")],
            ["What we receive", self.get_consideration_display(), self.consideration],
            ["May train models", self.get_may_train_display(), self.may_train],
            ["May derive other data", self.get_may_derive_display(), self.may_derive],
            ["May pass it on", self.get_onward_transfer_display(), self.onward_transfer],
            ["Return or delete within", _days(self.delete_within_days), str(self.delete_within_days)],
            ["From", _day(self.starts_on), str(self.starts_on)],
            ["Until", _day(self.ends_on), str(self.ends_on)],
        ]

    def undecided(self) -> list[str]:
        """What the recipient may do and must do, as far as nobody has decided it."""
        answers = {
            "whether they may train models": self.may_train,
            "whether they may derive other data": self.may_derive,
            "whether they may pass it on": self.onward_transfer,
        }
        undecided = [words for words, answer in answers.items() if answer == self.YesNoUnknown.UNKNOWN]
        return undecided if self.delete_within_days is not None else [*undecided, "when data is returned or deleted"]

    def open_beside(self, user: User) -> FindingQuerySet:
        """What is grave about the recipient, and about transfers of the same data to it."""
        moved = self.counterparty.received_transfers.filter(
            dataset__in=self.datasets.order_by().values("pk")
        ).order_by()
        of_transfers = ContentType.objects.get_for_model(moved.model)
        about_moved = Q(content_type=of_transfers, object_id__in=moved.values("pk"))
        about_recipient = Q(
            content_type=ContentType.objects.get_for_model(self.counterparty), object_id=self.counterparty_id
        )
        found = Finding.objects.visible_to(user).open().filter(severity=Severity.CRITICAL)
        return found.filter(about_moved | about_recipient)

    @property
    def signed_document(self) -> Attachment | None:
        """The signed contract, where it is kept here and not named by its SHA-256 alone."""
        if not self.document_sha256:
            return None
        kept = Attachment.objects.filter(comment__in=Comment.objects.about(self), sha256=self.document_sha256)
        return kept.select_related("comment").last()

    @property
    def justification(self) -> Justification | None:
        """The independent justification of exactly what the request says now."""
        digest = self.material_digest
        return next((signed for signed in self.justifications.all() if signed.digest == digest), None)

    @property
    def material_digest(self) -> str:
        return digest_of([*material(self.review_content()), *self.insiders()])

    def insiders(self) -> list[list[str]]:
        """Who of us may not take part, and what they hold: votes and the justification rest on it."""
        found = self.counterparty.recusing_conflicts
        return sorted(["Insider", str(conflict.insider.pk), str(conflict.share)] for conflict in found)

    def review_facts(self) -> list[str]:
        return sorted([*super().review_facts(), *(" ".join(words) for words in self.insiders())])


def _names(things: Iterable[models.Model]) -> str:
    return ", ".join(str(thing) for thing in things) or "none"


def _keys(things: Iterable[models.Model], field: str) -> str:
    return ", ".join(str(getattr(thing, field)) for thing in things)


def _days(count: int | None) -> str:
    return "Not agreed." if count is None else f"{count} days"


def _day(day: date | None) -> str:
    return f"{day:%-d %b %Y}" if day else "no date"
