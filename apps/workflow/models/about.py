"""Rows that speak about another record: decisions, reviews, comments, files, findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from apps.core.reading import each_once_while_reading, once_while_reading
from apps.ledger.models import RecordedModel, RecordedQuerySet, party_keys

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

AboutT = TypeVar("AboutT", bound=models.Model)


class AboutQuerySet(RecordedQuerySet[AboutT]):
    def about(self, obj: models.Model) -> Self:
        return self.filter(content_type=ContentType.objects.get_for_model(obj), object_id=obj.pk)

    def about_any(self, objects: Collection[models.Model]) -> Self:
        """Rows about any of these objects of one model."""
        model = type(next(iter(objects)))
        of_model = self.filter(content_type=ContentType.objects.get_for_model(model))
        return of_model.filter(object_id__in=[obj.pk for obj in objects])

    def about_kept_by(self, user: AnyUser) -> Self:
        """Rows about records that the user asks for or looks after: every model says which in `kept_by`."""
        kept = Q(pk__in=[])
        for model in subject_models():
            manager: Any = model._default_manager
            if hasattr(manager, "kept_by"):
                records = manager.kept_by(user).order_by().values("pk")
                kept |= Q(content_type=ContentType.objects.get_for_model(model), object_id__in=records)
        return self.filter(kept)

    def about_visible(self, user: AnyUser) -> Self:
        """Rows about records that the user may see."""
        return self.filter(self._about_seen(subject_models(), user))

    def _about_seen(self, kinds: Collection[type[models.Model]], user: AnyUser) -> Q:
        """That a row is about a visible record of these kinds. The one place that asks every `visible_to`."""
        managers: list[Any] = [model._default_manager for model in kinds]
        # Of people one sees more than one hears about them.
        return about_these(getattr(manager, "spoken_of_to", manager.visible_to)(user) for manager in managers)


def about_these(records: Iterable[models.QuerySet[Any]]) -> Q:
    """That a row is about one of these records, of which there is a queryset for each kind."""
    in_part, wholly = Q(pk__in=[]), []
    for found in records:
        content_type = ContentType.objects.get_for_model(found.model).pk
        if found.query.where:
            in_part |= Q(content_type=content_type, object_id__in=found.order_by().values("pk"))
        else:  # whoever sees all records of a kind needs no list of them, which may be long
            wholly.append(content_type)
    return Q(content_type__in=wholly) | in_part


class Subject:
    """What decisions, reviews, comments and findings may be about. Its queryset has `visible_to`, and it has a page."""

    is_subject: ClassVar[bool] = True

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        """Load for all these records at once what will be asked about each of them. Upper rooms add to it."""

    @classmethod
    def prefetch_readers(cls, records: Sequence[Any]) -> None:
        """Load for all these records at once what `hides_remarks_from` asks. Upper rooms fill it in."""

    def hides_remarks_from(self, user: User) -> bool:
        """Whether this user, who may see the record, must not see findings and comments about it."""
        return False

    def tells_amounts_to(self, user: User) -> bool:
        """Amounts and relatives are for those who may see interests and have no path of interests themselves."""
        sees = once_while_reading(("amounts", user.pk), lambda: user.has_perm("workflow.view_confidential"))
        return sees and not self.hides_remarks_from(user)


class AboutModel(models.Model):
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, editable=False)
    object_id = models.PositiveBigIntegerField(editable=False)
    subject: Any = GenericForeignKey()

    # A remark is not itself spoken about.
    is_subject: ClassVar[bool] = False

    class Meta:
        abstract = True

    def concerns(self, user: User) -> bool:
        """What is said about a record concerns whoever the record concerns."""
        return isinstance(self.subject, RecordedModel) and self.subject.concerns(user)


def names_of(subjects: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """What records are called, by the keys of their content type and their own, asked once for each kind."""
    by_type: dict[int, set[int]] = {}
    for content_type, pk in subjects:
        by_type.setdefault(content_type, set()).add(pk)
    names: dict[tuple[int, int], str] = {}
    for content_type, keys in by_type.items():
        model: Any = ContentType.objects.get_for_id(content_type).model_class()
        found = model._base_manager.filter(pk__in=keys).order_by()
        named = getattr(model, "named_by", "")
        called = found.values_list("pk", named) if named else ((record.pk, str(record)) for record in found)
        names.update(((content_type, pk), name) for pk, name in called)
    return names


def known_records(
    model: type[models.Model], keys: Collection[int], names: Iterable[str] = (), left_out: Iterable[str] = ()
) -> dict[int, Any]:
    """Records of one model by key, with what they name: organisations and people, who looks after them, and `names`."""
    always = (*party_keys(model), *model.keepers) if issubclass(model, RecordedModel) else ()
    always = (*always, *getattr(model, "named_on_pages", ()))
    rows = model._base_manager.defer(*getattr(model, "long_fields", ()), *left_out)
    rows = rows.select_related(*always, *names) if (*always, *names) else rows

    def find(keys: list[int]) -> dict[int, Any]:
        return dict.fromkeys(keys) | rows.in_bulk(keys)

    found = each_once_while_reading(("records", model), keys, find)
    return {key: record for key, record in found.items() if record is not None}


def keys_of_subjects(remarks: Iterable[Any]) -> dict[type[models.Model], set[int]]:
    """The keys of the records, by their models, that these remarks are about."""
    keys: dict[type[models.Model], set[int]] = {}
    for remark in remarks:
        if model := ContentType.objects.get_for_id(remark.content_type_id).model_class():
            keys.setdefault(model, set()).add(remark.object_id)
    return keys


def load_subjects(remarks: Collection[Any]) -> None:
    """Load what all these remarks, of any models, are about: one query for each kind of record."""
    known = {model: known_records(model, keys) for model, keys in keys_of_subjects(remarks).items()}
    for remark in remarks:
        model: Any = ContentType.objects.get_for_id(remark.content_type_id).model_class()
        if record := known.get(model, {}).get(remark.object_id):
            remark.subject = record


def subject_models() -> list[type[models.Model]]:
    """Every model that others may speak about; see Subject."""
    return [model for model in apps.get_models() if getattr(model, "is_subject", False)]
