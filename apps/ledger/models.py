from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar, NoReturn, Self, TypeVar

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from apps.core import clock
from apps.core.access import Access
from apps.core.exceptions import Conflict, StaleEdit
from apps.core.models import TimestampedModel
from apps.core.reading import forget
from apps.ledger.triggers import Chained, append_only, chained

RecordedT = TypeVar("RecordedT", bound=models.Model)


class Entry(models.Model):
    """One link of the chain: a commitment to every field of one row, bound to the entry before it.

    Written by the database function `ledger_link` only, see migrations/_chain.py.
    """

    class Kind(models.TextChoices):
        ROW = "row", "Row added"
        REDACTION = "redaction", "Field redacted"
        # Notes on the ledger itself, see `apps.ledger.state`.
        SCHEMA = "schema", "Columns recorded"
        NAMES = "names", "Names recorded"
        LOADED = "loaded", "Records of another time loaded"

    sequence = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind)
    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    actor = models.CharField(max_length=30, help_text="'user ID' or 'system'; never a name.")
    at = models.DateTimeField()
    fields = models.JSONField(
        help_text="{column: SHA-256 of salt, column name and value, hex}; plain words in a note on the ledger."
    )
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    portal_may = Access.READ  # its triggers write it

    class Meta:
        ordering = ["-sequence"]
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["table_name", "row_id"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Ledger entry {self.sequence}"


class Salt(models.Model):
    """The salts of one entry's commitments, {column: hex}. The only ledger table from which something may vanish."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT, db_constraint=False)
    salts = models.JSONField()

    portal_may = Access.READ  # a verification makes every commitment again

    def __str__(self) -> str:
        return f"Salts of entry {self.entry_id}"


class RedactableField(models.Model):
    """A column whose text a redaction may replace, as the models declare it: see apps/ledger/redactable.py.

    The database asks it before it lets anybody change a row that can only be added.
    """

    table_name = models.CharField(max_length=63, help_text="Whose rows stand on the chain.")
    field = models.CharField(max_length=63)
    key = models.CharField(max_length=63, help_text="The column with the number of the row.")
    record = models.CharField(max_length=100, help_text="The model, as room.model.")
    record_key = models.CharField(max_length=63, help_text="The column with the number of the record.")
    record_table = models.CharField(max_length=63, blank=True, help_text="Where the record stands beside its history.")
    is_copy = models.BooleanField(default=False, help_text="Holds what was written elsewhere, and is not asked for.")

    portal_may = Access.NONE

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table_name", "field"], name="redactable_field_once")]

    def __str__(self) -> str:
        return f"{self.table_name}.{self.field}"


class VerificationQuerySet(models.QuerySet["Verification"]):
    def running(self) -> VerificationQuerySet:
        """Started and not ended. What takes longer than the longest one ever will was cut off."""
        return self.filter(finished_at=None, started_at__gt=timezone.now() - Verification.AT_LONGEST)


class Verification(models.Model):
    """One comparison of the whole ledger with the whole history, and what it found. No part of what it verifies."""

    AT_LONGEST = timedelta(hours=4)
    # Up to so many entries somebody may wait for the answer; more are left to a worker.
    WHILE_WAITING = 200_000

    by_name = models.CharField(max_length=150, help_text="Who started it.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="In percent.")
    entries = models.BigIntegerField(default=0)
    redactions = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True, help_text="Hash of the last entry, hex.")
    problems = models.JSONField(default=list, help_text="The first row of each kind that does not fit.")
    checkpoint = models.CharField(max_length=100, blank=True, help_text="The file it was compared with.")
    checkpoint_problem = models.TextField(blank=True)
    compared = models.JSONField(
        default=list,
        encoder=DjangoJSONEncoder,
        help_text="The checkpoints that do not fit, and the newest of each holder that does.",
    )
    checked = models.JSONField(default=list, help_text="What was compared, in words.")

    objects = VerificationQuerySet.as_manager()
    portal_may = Access.EDIT

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Verification of {clock.local(self.started_at):%-d %b %Y, %H:%M}"

    @property
    def ok(self) -> bool:
        return self.finished_at is not None and not self.problems and not self.checkpoint_problem

    @property
    def anchored(self) -> dict[str, Any] | None:
        """The longest chain held outside that fits. Without one, the ledger is only consistent with itself."""
        outside = [one for one in self.compared if one["outside"] and not one["problem"]]
        return max(outside, key=lambda one: one["size"], default=None)

    @property
    def was_cut_off(self) -> bool:
        return self.finished_at is None and self.started_at < timezone.now() - self.AT_LONGEST

    @property
    def seconds(self) -> float:
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else 0


class AnchorQuerySet(models.QuerySet["Anchor"]):
    def held(self) -> AnchorQuerySet:
        return self.filter(problem="")

    def newest_of_each(self) -> AnchorQuerySet:
        """The last attempt of each holder, whatever came of it."""
        return self.filter(pk__in=self.order_by("kind", "holder", "-pk").distinct("kind", "holder").values("pk"))


class Anchor(models.Model):
    """One attempt to leave a signed checkpoint with somebody outside. With a problem, they do not hold it."""

    class Kind(models.TextChoices):
        MAIL = "mail", "Mail"
        FOLDER = "folder", "Folder"
        TIMESTAMP = "timestamp", "Time stamp"

    size = models.BigIntegerField(help_text="So many entries are covered.")
    root = models.CharField(max_length=64, help_text="Hash over all of them, hex.")
    kind = models.CharField(max_length=10, choices=Kind)
    holder = models.CharField(max_length=200, help_text="'user ID', a folder or an address; never a name.")
    at = models.DateTimeField(default=timezone.now)
    problem = models.TextField(blank=True, help_text="Why it could not be left there.")
    note = models.TextField(blank=True, help_text="The signed note, where a token speaks of it.")
    token = models.BinaryField(null=True, help_text="The answer of a time-stamping authority.")

    objects = AnchorQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["kind", "holder", "-id"], name="newest_anchors")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Checkpoint {self.size}: {self.get_kind_display().lower()} to {self.holder}"


class StoredResponseQuerySet(models.QuerySet["StoredResponse"]):
    def stale(self) -> StoredResponseQuerySet:
        return self.filter(created_at__lt=clock.now() - StoredResponse.KEPT)

    def holding(self, texts: Iterable[str]) -> StoredResponseQuerySet:
        """Those in which one of these texts stands, alone or within another one."""
        found = Q()
        for text in texts:
            # As the renderer writes it into the answer.
            written = json.dumps(text, ensure_ascii=False)[1:-1]
            found |= Q(answer__icontains=written.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
        return self.filter(found) if found else self.none()


class StoredResponse(models.Model):
    """The answer to a POST with an Idempotency-Key, for whoever sends it again within a day."""

    KEPT = timedelta(hours=24)
    LONGEST_PATH = 500

    user_id = models.BigIntegerField(help_text="Who sent it; a room above this one knows users.")
    path = models.CharField(max_length=LONGEST_PATH)
    key = models.CharField(max_length=255)
    body = models.CharField(max_length=64, help_text="SHA-256 of the body.")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True, help_text="As JSON; empty when it is the record as it now is.")
    roles = ArrayField(models.CharField(max_length=150), null=True, help_text="Those of the sender at that time.")
    record = models.BigIntegerField(null=True, help_text="The key of the record that was answered with.")
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    objects = StoredResponseQuerySet.as_manager()
    portal_may = Access.REMOVE

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "path", "key"], name="one_answer_for_a_key")]

    def __str__(self) -> str:
        return f"Answer {self.pk}"

    @classmethod
    def claim(cls, *, user_id: int, path: str, key: str, body: str) -> tuple[StoredResponse, bool]:
        """The row of this key, and whether it is new. Waits for whoever claims the same at this moment."""
        mine = {"user_id": user_id, "path": path, "key": key}
        cls.objects.stale().filter(**mine).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_storedresponse (user_id, path, key, body, status, answer, created_at) "
                "VALUES (%s, %s, %s, %s, 0, '', %s) ON CONFLICT DO NOTHING",
                [user_id, path, key, body, clock.now()],
            )
            is_new = cursor.rowcount == 1
        return cls.objects.get(**mine), is_new

    def keep(self, status: int, answer: str, *, roles: list[str], record: int | None) -> None:
        self.status, self.answer, self.roles, self.record = status, answer, roles, record
        self.save()


class RecordedHistory(HistoricalRecords):
    """django-simple-history whose rows can only be added and stand on the chain."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("history_id_field", models.BigAutoField())
        super().__init__(**kwargs)

    def fields_included(self, model: type[models.Model]) -> list[Any]:
        unrecorded = getattr(model, "unrecorded", ())
        return [field for field in model._meta.fields if field.name not in unrecorded]

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        # Triggers named on the abstract base would be lost: a history model has a Meta of its own.
        options: dict[str, Any] = super().get_meta_options(model)
        return {**options, "triggers": chained(key="history_id", actor="history_user_id")}


class RecordedQuerySet(models.QuerySet[RecordedT]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("QuerySet.update() writes no history; save recorded objects one by one.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("QuerySet.bulk_update() writes no history; save recorded objects one by one.")

    def delete(self) -> NoReturn:
        raise TypeError("QuerySet.delete() names nobody; delete recorded objects one by one.")

    def locked(self, pk: int, *, revision: int | None = None) -> RecordedT:
        """The row, locked for this transaction. Raises StaleEdit when `revision` is no longer the newest.

        Locks everywhere are `no_key`: the foreign keys of others are checked at commit, while the chain is held, and
        must not wait for somebody who in turn waits for the chain.
        """
        obj = self.select_for_update(of=("self",), no_key=True).get(pk=pk)
        if revision is not None and getattr(obj, "revision", None) != revision:
            raise StaleEdit(obj, {"revision": revision})
        return obj


class RecordedManager(models.Manager[RecordedT]):
    """Of recorded models that need no words of their own on their queryset."""

    def get_queryset(self) -> RecordedQuerySet[RecordedT]:
        return RecordedQuerySet(self.model, using=self._db)

    def locked(self, pk: int, *, revision: int | None = None) -> RecordedT:
        return self.get_queryset().locked(pk, revision=revision)


class RecordedModel(TimestampedModel):
    """Base of everything whose change matters: who, when, why, before and after are kept and chained."""

    # Text fields that may hold personal data and can be redacted, see apps.workflow.models.Redaction.
    redactable: ClassVar[tuple[str, ...]] = ()
    # Fields that stay out of the history: secrets, and what changes with every sign-in.
    unrecorded: ClassVar[tuple[str, ...]] = ()
    # Fields that nobody reads anywhere, such as the digest of a key.
    secret_fields: ClassVar[tuple[str, ...]] = ()
    # Fields that only those who may see interests read, on pages and in the history.
    confidential_fields: ClassVar[tuple[str, ...]] = ()
    # Related managers whose rows are part of this record's history, such as the datasets of an agreement.
    history_links: ClassVar[tuple[str, ...]] = ()
    # Related managers whose rows have a history of their own that belongs to this record's, such as answers.
    history_parts: ClassVar[tuple[str, ...]] = ()
    # Long texts that lists of records leave out.
    long_fields: ClassVar[tuple[str, ...]] = ()
    # Foreign keys to our own side. An interest in it keeps nobody from working for it.
    own_side: ClassVar[tuple[str, ...]] = ()
    # The fields that together say which version of the record somebody was shown.
    shown_by: ClassVar[tuple[str, ...]] = ("revision",)
    # Foreign keys to whoever asks for the record or looks after it, and the statuses in which nobody has to any more.
    keepers: ClassVar[tuple[str, ...]] = ()
    over_in: ClassVar[tuple[str, ...]] = ()
    # The column that alone is its name wherever others show it; empty where its name is made of more.
    named_by: ClassVar[str] = ""
    # What the portal does with the rows. Links and parts of drafts are removed; everything else ends by its status.
    portal_may: ClassVar[Access] = Access.EDIT

    revision = models.PositiveIntegerField(default=0, editable=False)

    history = RecordedHistory(inherit=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and its history together; the actor and reason count for this one save only."""
        fields = set(kwargs.get("update_fields") or ())
        if fields and fields <= set(self.unrecorded):
            self._save_unrecorded(*args, **kwargs)
            return
        self.revision += 1
        forget(self)
        if fields:
            kwargs["update_fields"] = {*fields, "revision", "updated_at"}
        with transaction.atomic():
            super().save(*args, **kwargs)
        self._forget_actor()

    def _save_unrecorded(self, *args: Any, **kwargs: Any) -> None:
        """Save only what stays out of the history, such as the time of the last sign-in."""
        self.skip_history_when_saving = True
        try:
            super().save(*args, **kwargs)
        finally:
            del self.skip_history_when_saving

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.portal_may is not Access.REMOVE:
            raise Conflict(f"A {self._meta.verbose_name} is never deleted: it stays on the record.")
        with transaction.atomic():
            return super().delete(*args, **kwargs)

    def concerns(self, user: Any) -> bool:
        """Whether the user has an interest in somebody whom the record names, and so changes nothing of it.

        Asked of every permission, see `User.has_perm`, and of what a form is about to save. Organisations and people
        answer for themselves, every other record for those that its foreign keys lead to.
        """
        named = (getattr(self, key) for key in party_keys(type(self)) if getattr(self, f"{key}_id") is not None)
        return any(party.concerns(user) for party in named)

    def on_behalf(self, by: Any, reason: str) -> Self:
        """Name who makes the next save or delete, and why. `by` None is the system."""
        self._history_user, self._change_reason = by, reason
        return self

    def _forget_actor(self) -> None:
        for name in ("_history_user", "_change_reason", "_shown"):
            self.__dict__.pop(name, None)

    def as_shown(self, **shown: Any) -> Self:
        """Name the version that was shown to who now decides about the record; `lock` refuses to go on with another."""
        self._shown = shown
        return self

    @property
    def is_stale(self) -> bool:
        """Whether the record is no longer what was shown to who decides about it now."""
        shown: dict[str, Any] = self.__dict__.get("_shown", {})
        return any(str(getattr(self, name)) != str(value) for name, value in shown.items())

    def require_shown(self) -> None:
        if self.is_stale:
            raise StaleEdit(self, self._shown)

    def lock(self) -> None:
        """Read the record anew and keep others from changing it before this transaction ends."""
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update(of=("self",), no_key=True))
        forget(self)
        self.require_shown()

    def hidden_fields(self, user: Any) -> tuple[str, ...]:
        """Fields that this user does not read in the history."""
        return ()

    def hides_remarks_from(self, user: Any) -> bool:
        """Whether this user, who may see the record, must not read what people wrote about it."""
        return False

    def asked_anew(self, shown: Mapping[str, Any]) -> list[Any]:
        """Events that tell what was asked for in place of what was shown; empty where the history tells all."""
        return []

    def touch(self, by: Any, reason: str) -> None:
        """Count a change of a part, such as an answer, as one of this record. Called before the part is saved."""
        whole = type(self)._base_manager.select_for_update(of=("self",), no_key=True).get(pk=self.pk)
        whole.on_behalf(by, reason).save()
        self.revision = whole.revision


@cache
def party_keys(model: type[RecordedModel]) -> tuple[str, ...]:
    """The foreign keys of a model to organisations and people; where it has none, those that lead to them."""
    keys: dict[str, Any] = {field.name: field.related_model for field in model._meta.fields if field.related_model}
    recorded = {name: other for name, other in keys.items() if issubclass(other, RecordedModel) and other != model}
    others = {name: other for name, other in recorded.items() if name not in model.own_side}
    direct = tuple(name for name, other in others.items() if other.concerns is not RecordedModel.concerns)
    return direct or tuple(name for name, other in others.items() if party_keys(other))


def chained_models() -> list[tuple[type[models.Model], str]]:
    """Every model whose rows stand on the chain, with its key column."""
    return [
        (model, trigger.key)
        for model in apps.get_models(include_auto_created=True)
        for trigger in getattr(model._meta, "triggers", [])
        if isinstance(trigger, Chained)
    ]


def set_links(links: Any, field: str, wanted: Iterable[models.Model], *, by: Any, reason: str = "edit") -> None:
    """Make the recorded rows behind an explicit many-to-many point at exactly the objects wanted.

    `links` is the owner's related manager of the through model, `field` the through model's key to the other side.
    """
    targets = {target.pk: target for target in wanted}
    for link in links.all():
        if targets.pop(getattr(link, f"{field}_id"), None) is None:
            link.on_behalf(by, reason).delete()
    # What was prefetched through these rows, or found out with them, is no longer true.
    getattr(links.instance, "_prefetched_objects_cache", {}).clear()
    forget(links.instance)
    for target in targets.values():
        links.model(**{links.field.name: links.instance, field: target}).on_behalf(by, reason).save()
