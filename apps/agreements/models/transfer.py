from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.db import models
from django.db import transaction as db
from django.db.models import Q

from apps.accounts.models import Role
from apps.agreements.models.agreement import Agreement
from apps.agreements.models.coverage import Cover, covers_of, known_cover
from apps.agreements.models.dated_path import DatedPath
from apps.agreements.models.embargo import EmbargoedQuerySet, is_embargoed, release_of
from apps.agreements.models.reported_in_words import ReportedInWords, chosen_changes, link_report
from apps.core import clock, exceptions
from apps.core.isolation import by_halves
from apps.core.permissions import require
from apps.findings.models import CheckedModel, reconcile
from apps.ledger.triggers import Unedited, kept
from apps.vendors.models import Interest, Organisation, Person
from apps.vendors.organisations.identities import Identities
from apps.vendors.ownership.steps import with_holdings
from apps.workflow.models import Comment, Transition, transition
from apps.workflow.models.four_eyes import approver_roles, require_second_approver

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User
    from apps.vendors.ownership.conflicts import ConflictOfInterest

# What a report says. A wrong report is told again, and the first one is closed as mistaken or a duplicate.
FACTS = (
    "dataset_words",
    "recipient_words",
    "transferred_on",
    "channel",
    "records",
    "quantity",
    "consideration",
    "agreement",
    "ground",
    "ground_reference",
    "executor",
    "evidence",
    "digest",
    "reporter",
    "confidential",
    "reported_at",
    "released_at",
    "created_at",
    "id",
)
FINAL = ("confirmed", "mistaken", "duplicate")


class TransferQuerySet(EmbargoedQuerySet):
    def kept_by(self, user: AnyUser) -> TransferQuerySet:
        """Those that the user reported."""
        return self.filter(reporter=user.pk)

    def not_closed(self) -> TransferQuerySet:
        """Neither mistaken nor a duplicate."""
        return self.exclude(status__in=Transfer.CLOSED)

    def covered(self, covered: bool, user: User) -> TransferQuerySet:
        """Those of this queryset that something covers, or that nothing covers, as far as this user may know it."""
        return self.filter(known_cover(user, covered))


class Transfer(ReportedInWords, CheckedModel):
    """Data about people that moved to somebody, with or without an agreement. Never edited and never deleted."""

    class Status(models.TextChoices):
        REPORTED = "reported", "Reported"
        PROPOSED = "proposed", "Waiting for the other side"
        CONFIRMED = "confirmed", "Confirmed"
        MISTAKEN = "mistaken", "Mistaken"
        DUPLICATE = "duplicate", "Told twice"

    UNDECIDED = (Status.REPORTED, Status.PROPOSED)
    OUTCOMES = (Status.CONFIRMED, Status.MISTAKEN, Status.DUPLICATE)
    CLOSED = (Status.MISTAKEN, Status.DUPLICATE)

    NOTHING, UNKNOWN = Agreement.Consideration.NONE, Agreement.Consideration.UNKNOWN

    class Ground(models.TextChoices):
        NONE = "none", "None that I know of"
        LEGAL_PROCESS = "legal_process", "Legal process, such as a subpoena"
        REQUEST = "request", "A request of the person"
        EMERGENCY = "emergency", "An emergency"

    status = models.CharField(max_length=10, choices=Status, default=Status.REPORTED, editable=False)
    transferred_on = models.DateField("day")
    channel = models.CharField("way", max_length=15, choices=ReportedInWords.Channel)
    records = models.PositiveBigIntegerField("number of records", null=True, blank=True)
    quantity = models.CharField("quantity in words", max_length=300, blank=True)
    consideration = models.CharField(
        "what we received",
        max_length=15,
        choices=Agreement.Consideration,
        default=Agreement.Consideration.UNKNOWN,
    )
    agreement = models.ForeignKey(
        Agreement, null=True, blank=True, on_delete=models.PROTECT, related_name="claimed_transfers"
    )
    ground = models.CharField("another ground", max_length=15, choices=Ground, default=Ground.NONE)
    ground_reference = models.CharField("number or reference of the ground", max_length=200, blank=True)
    executor = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="carried_out",
        verbose_name="carried out by",
    )
    evidence = models.TextField("how this is known", blank=True, max_length=10_000)
    digest = models.CharField(
        "SHA-256 of what moved",
        max_length=64,
        blank=True,
        validators=[RegexValidator(r"^[0-9a-f]{64}$", "A SHA-256 has 64 characters 0 to 9 and a to f.")],
    )
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reported_transfers", editable=False
    )
    confidential = models.BooleanField("keep my name confidential", default=False)
    reported_at = models.DateTimeField(default=clock.now, editable=False)
    released_at = models.DateTimeField(editable=False, help_text="When more people than legal and privacy hear of it.")
    withheld_from = ArrayField(models.BigIntegerField(), default=list, editable=False, help_text="Ids of users.")
    proposal = models.CharField(max_length=10, blank=True, editable=False, choices=Status)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    proposed_for = models.CharField(max_length=30, blank=True, editable=False, help_text="The side of the proposal.")
    duplicate_of = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="duplicates"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = TransferQuerySet.as_manager()
    redactable = ("dataset_words", "recipient_words", "quantity", "ground_reference", "evidence")
    named_on_pages = ("dataset", "recipient__same_as", "agreement", "reporter", "proposed_by", "decided_by")
    confidential_fields = ("reporter", "withheld_from")

    class Meta:
        ordering = ["-transferred_on", "-pk"]
        indexes = [
            models.Index(fields=["recipient", "dataset"]),
            models.Index(fields=["status", "released_at"]),
            models.Index(fields=["released_at"], name="transfers_by_release"),
            models.Index(fields=["-transferred_on", "-id"], name="transfers_in_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(ground="legal_process") | ~Q(ground_reference=""), name="legal_process_has_a_number"
            ),
            models.CheckConstraint(
                condition=(Q(dataset__isnull=False) | Q(dataset_words__gt=""))
                & (Q(recipient__isnull=False) | Q(recipient_words__gt="")),
                name="transfer_says_what_and_to_whom",
            ),
        ]
        triggers = [
            *kept(*FACTS, status="status", final=FINAL),
            # What was chosen from the list stays; what was told in words is linked later.
            Unedited(name="chosen_stays", condition=chosen_changes("dataset") | chosen_changes("recipient")),
        ]

    def __str__(self) -> str:
        return f"Transfer {self.pk} of {self.transferred_on:%-d %b %Y}"  # asks for no other record, in any list

    def clean(self) -> None:
        wrong = self.wrong_in_words()
        if self.transferred_on and self.transferred_on > clock.today():
            wrong["transferred_on"] = "This day lies in the future. Report what has moved already."
        if self.ground == self.Ground.LEGAL_PROCESS and not self.ground_reference.strip():
            wrong["ground_reference"] = "Give the number of the legal process."
        if self.ground == self.Ground.NONE and self.ground_reference.strip():
            wrong["ground"] = "Choose the ground to which this reference belongs."
        if self.agreement and self.recipient_id and self.agreement.counterparty != self.recipient:
            wrong["agreement" if self._state.adding else "recipient"] = (
                "This agreement is with another organisation than the recipient."
            )
        if wrong:
            raise ValidationError(wrong)

    @db.atomic
    def report(self, *, by: User, file: UploadedFile[bytes] | None = None) -> None:
        """Record what this person tells. Who wants to stay confidential is named in the field `reporter` only."""
        require(by, "agreements.add_transfer")
        self.reporter, self.reported_at = by, clock.now()
        self.released_at = release_of(self.reported_at)
        self.full_clean()
        self.withheld_from = sorted(self.path_users)
        self.on_behalf(self.author_of(by), "reported").save()
        if file is not None:
            Comment.write(self, by=by, body="Evidence given with the report.", file=file)
        reconcile(self)

    def link(self, **given: Any) -> None:
        """Say which records a report in words means."""
        link_report(self, **given)

    @transition(Status.REPORTED, to=Status.PROPOSED, reason="Give the reason.", label="Propose an outcome")
    def propose(self, *, by: User, note: str, proposal: str, duplicate_of: int | None = None) -> None:
        """Propose to the other side (legal or privacy) what comes of the report."""
        if proposal not in self.OUTCOMES:
            raise ValidationError({"proposal": "Choose what comes of the report."})
        self.proposal, self.proposed_by, self.duplicate_of = proposal, by, None
        self.proposed_for = approver_roles(by, self.barred_people())[0].value
        if proposal == self.Status.DUPLICATE:
            self.duplicate_of = Transfer.objects.visible_to(by).filter(pk=duplicate_of or 0).first()
        self._require_closable(proposal)

    @transition(Status.PROPOSED, to=Status.CONFIRMED, label="Confirm: it happened")
    def confirm(self, *, by: User, note: str) -> None:
        """Confirm, as the other side, that the data moved as reported."""
        self._decide(by, self.Status.CONFIRMED)

    @transition(Status.PROPOSED, to=Status.MISTAKEN, label="Confirm: mistaken")
    def call_mistaken(self, *, by: User, note: str) -> None:
        """Confirm, as the other side, that nothing moved, or not as reported. The report stays on record."""
        self._decide(by, self.Status.MISTAKEN)

    @transition(Status.PROPOSED, to=Status.DUPLICATE, label="Confirm: told twice")
    def call_duplicate(self, *, by: User, note: str) -> None:
        """Confirm, as the other side, that another report tells of the same. Both stay on record."""
        self._decide(by, self.Status.DUPLICATE)

    @transition(Status.PROPOSED, to=Status.REPORTED, reason="Say why.", label="Do not agree")
    def disagree(self, *, by: User, note: str) -> None:
        """Take the proposal off the table. The report waits for another one."""
        self.proposal, self.proposed_by, self.proposed_for, self.duplicate_of = "", None, "", None

    def offers(self, step: Transition, user: User) -> bool:
        """An outcome that was proposed is offered to the other side only."""
        return step.target not in self.OUTCOMES or (step.target == self.proposal and bool(self.awaits(user)))

    def after_step(self, step: Transition, *, by: User | None, note: str) -> None:
        """A ground counts once it is confirmed; of a report that was mistaken or a duplicate nothing is asked."""
        super().after_step(step, by=by, note=note)
        self._forget()
        reconcile(self)

    def lock(self) -> None:
        """Lock the report that this one repeats as well, the older one first, so that neither waits for the other."""
        both = Q(pk=self.pk) | Q(duplicates=self.pk)
        rows = type(self)._base_manager.filter(pk__in=type(self)._base_manager.filter(both).values("pk"))
        list(rows.select_for_update(no_key=True).order_by("pk"))
        super().lock()

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._forget()

    def _forget(self) -> None:
        """Ask again what was asked before."""
        for name in ("conflicts_then", "cover", "recipients"):
            self.__dict__.pop(name, None)

    def _decide(self, by: User, outcome: str) -> None:
        if self.proposal != outcome:
            raise ValidationError(f"What was proposed is: {self.get_proposal_display()}.")
        barred = self.barred_people()
        if self.proposed_by_id in barred:
            raise exceptions.Conflict(
                "The proposal came from somebody who may not take part by now. Another one has to be made."
            )
        require_second_approver(by, first=self.proposed_by, taken=[Role(self.proposed_for)], barred=barred)
        self._require_closable(outcome)
        self.decided_by, self.decided_at = by, clock.now()

    def _require_closable(self, outcome: str) -> None:
        """Raises ValidationError when the report cannot be closed so, because of what other reports say."""
        if outcome == self.Status.CONFIRMED:
            self.require_linked()
        if outcome == self.Status.DUPLICATE:
            self._require_same(self.duplicate_of)
        if outcome in self.CLOSED and self.duplicates.filter(status=self.Status.DUPLICATE).exists():
            raise ValidationError("Another report was closed because this one tells the same, so this one stays.")

    def _require_same(self, other: Transfer | None) -> None:
        if other is None or other == self or other.status in self.CLOSED:
            raise ValidationError(
                {"duplicate_of": "Name another report that is neither mistaken nor told twice itself."}
            )
        self.require_linked()
        same = all(
            getattr(self, name) == getattr(other, name) for name in ("dataset_id", "recipient", "transferred_on")
        )
        if not same:
            raise ValidationError(
                {"duplicate_of": "The other report tells of another dataset, another recipient or another day."}
            )
        # The other's ground may be confirmed later.
        may_count = other.has_confirmed_ground or (other.ground != self.Ground.NONE and self.ground == self.Ground.NONE)
        if may_count and not self.cover.is_covered:
            raise ValidationError(
                {"duplicate_of": "The other report names a ground, and nothing covers this one. Both stay apart."}
            )

    # --- Who takes part, and who knows --------------------------------------------------------------------------------

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        super().prepare(records)
        models.prefetch_related_objects(records, "dataset", "recipient", "executor", "agreement")
        cls.prefetch_recipients(records)
        Organisation.prefetch_conflicts([organisation for transfer in records for organisation in transfer.recipients])
        cls.prefetch_covers(records)
        cls._know_conflicts_then(records)

    @classmethod
    def prefetch_readers(cls, records: Sequence[Any]) -> None:
        models.prefetch_related_objects(records, "recipient", "executor")
        cls.prefetch_recipients(records)
        Organisation.prefetch_conflicts([organisation for transfer in records for organisation in transfer.recipients])
        cls._know_conflicts_then(records)

    @classmethod
    def _know_conflicts_then(cls, transfers: Sequence[Transfer]) -> None:
        """Asked once for each day, and only about recipients in which anybody is on record at all."""
        same = Identities.known()
        known = with_holdings({found.pk for transfer in transfers for found in transfer.recipients}, same)
        by_day: dict[date, list[Transfer]] = defaultdict(list)
        for transfer in transfers:
            transfer.conflicts_then = []
            if known & {organisation.pk for organisation in transfer.recipients}:
                by_day[transfer.transferred_on].append(transfer)
        for day, those in by_day.items():
            asked = [organisation for transfer in those for organisation in transfer.recipients]
            then = Interest.objects.conflicts_with_each(asked, day)
            for transfer in those:
                transfer.conflicts_then = [c for organisation in transfer.recipients for c in then[organisation.pk]]

    @cached_property
    def conflicts_then(self) -> list[ConflictOfInterest]:
        """Paths of interests to the recipient on the day of the transfer."""
        day = self.transferred_on
        return [c for found in self.recipients for c in Interest.objects.conflicts_with(found, day)]

    @property
    def dated_paths(self) -> list[DatedPath]:
        """One for each of our people with a path to the recipient on the day of the transfer or today."""
        then = {c.insider.pk: c for c in self.conflicts_then if c.recuses}
        now = {c.insider.pk: c for organisation in self.recipients for c in organisation.recusing_conflicts}
        return [DatedPath(self.transferred_on, then.get(pk), now.get(pk)) for pk in {**then, **now}]

    @property
    def path_users(self) -> frozenset[int]:
        return frozenset().union(*(path.users for path in self.dated_paths))

    def barred_people(self) -> dict[int, str]:
        """{user id: why this user does not decide}."""
        barred = {self.reporter_id: "Whoever reported a transfer does not decide about it."}
        if self.executor and self.executor.user_id:
            barred[self.executor.user_id] = f"{self.executor} carried it out and does not decide about it."
        told = f"may not take part in decisions about {self.to_whom}."
        barred |= {user_id: f"{path.conflict.name} {told}" for path in self.dated_paths for user_id in path.users}
        return barred

    def barred(self, user: User) -> str:
        return self.barred_people().get(user.pk, "")

    def awaits(self, user: User) -> str:
        """What the outcome waits for this user to do; empty when it does not."""
        sides = set(approver_roles(user, self.barred_people()))
        if self.status == self.Status.REPORTED and sides:
            return "Look into" if self.is_linked or Role.LEGAL not in sides else "Say which records it means"
        answers = self.status == self.Status.PROPOSED and user.pk != self.proposed_by_id
        return "Confirm or disagree" if answers and sides - {self.proposed_for} else ""

    def hides_remarks_from(self, user: User) -> bool:
        return user.pk in self.path_users

    def author_of(self, user: User) -> User | None:
        """None for a reporter who stays confidential: what they write here names nobody."""
        return None if self.confidential and user.pk == self.reporter_id else user

    def shows_reporter_to(self, user: User) -> bool:
        if not self.confidential or user.pk == self.reporter_id:
            return True
        # As last asked of the interests, so that a list asks for no paths row by row; see keep_from_those_with_a_path.
        return user.has_role(Role.LEGAL) and user.pk not in self.withheld_from

    def hidden_fields(self, user: User) -> tuple[str, ...]:
        hidden = super().hidden_fields(user)
        return hidden if self.shows_reporter_to(user) else tuple({*hidden, "reporter"})

    @classmethod
    def keep_from_those_with_a_path(cls, reports: TransferQuerySet | None = None) -> list[int]:
        """Ask again of these reports, or of all, who has a path of interests. Gives the keys of those that changed."""
        reports = cls.objects.all() if reports is None else reports
        keys = list(reports.order_by("pk").values_list("pk", flat=True))
        changed, _ = by_halves(cls, keys, cls._ask_all_again, "Asking who has a path of interests") if keys else ([], 0)
        return [pk for some in changed for pk in some]

    @classmethod
    def _ask_all_again(cls, keys: Sequence[int]) -> list[int]:
        transfers = list(cls.objects.filter(pk__in=keys).order_by("pk"))
        cls.prepare(transfers)
        return [t.pk for t in transfers if sorted(t.path_users) != t.withheld_from and cls._ask_again(t.pk)]

    @classmethod
    @db.atomic
    def _ask_again(cls, pk: int) -> bool:
        """Asked anew under the lock: the report may have moved on meanwhile, and interests too."""
        transfer = cls.objects.locked(pk)
        wanted = sorted(transfer.path_users)
        if wanted == transfer.withheld_from:
            return False
        transfer.withheld_from = wanted
        transfer.on_behalf(None, "interests changed").save()
        return True

    # --- What covers it -----------------------------------------------------------------------------------------------

    @property
    def is_undecided(self) -> bool:
        return self.status in self.UNDECIDED

    @property
    def is_embargoed(self) -> bool:
        """Whether only legal, privacy and the reporter hear of it by now."""
        return is_embargoed(self)

    @property
    def is_closed(self) -> bool:
        return self.status in self.CLOSED

    @property
    def has_confirmed_ground(self) -> bool:
        return self.ground != self.Ground.NONE and self.status == self.Status.CONFIRMED

    @cached_property
    def cover(self) -> Cover:
        return covers_of([self])[self.pk]

    @property
    def knows_cover(self) -> frozenset[int]:
        """Besides those who see every agreement, who sees each that could cover it: whoever owns the dataset."""
        return frozenset({self.dataset.owner_id} if self.dataset else ())

    @classmethod
    def prefetch_covers(cls, transfers: Sequence[Transfer]) -> None:
        """Ask what covers all these transfers at once; each then knows its own."""
        covers = covers_of(transfers)
        for transfer in transfers:
            transfer.cover = covers[transfer.pk]

    @property
    def ground_words(self) -> str:
        reference = f", {self.ground_reference}" if self.ground_reference else ""
        return f"{self.get_ground_display()}{reference}"

    def same_elsewhere(self) -> TransferQuerySet:
        """Other reports of the same dataset, recipient and day."""
        if self.recipient is None or not self.is_linked:
            return Transfer.objects.none()
        same: dict[str, Any] = {name: getattr(self, name) for name in ("dataset_id", "transferred_on")}
        return Transfer.objects.filter(recipient__in=self.recipient.rows, **same).exclude(pk=self.pk)
