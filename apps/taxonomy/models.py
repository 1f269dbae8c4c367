from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.urls import reverse

from apps.core.reading import of_each, once_while_reading
from apps.ledger.models import RecordedManager, RecordedModel, RecordedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser

TermT = TypeVar("TermT", bound="Term")


class TermQuerySet(RecordedQuerySet[TermT]):
    def visible_to(self, user: AnyUser) -> Self:
        return self if user.is_authenticated else self.none()

    def keyed(self, *keys: str) -> Self:
        return self.filter(key__in=keys)


class Term(RecordedModel):
    """A term of a tree with dotted keys. Most come from fideslang; `origin` says which do."""

    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    origin = models.CharField(max_length=40)

    class Meta:
        abstract = True
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('taxonomy:terms')}#{self.key}"

    @property
    def depth(self) -> int:
        return self.key.count(".")

    def is_within(self, key: str) -> bool:
        """Whether this is the term with that key or one below it. This is how far a prohibition reaches."""
        return self.key == key or self.key.startswith(f"{key}.")


class DataCategory(Term):
    """What kind of data it is."""

    sensitive = models.BooleanField(default=False)

    objects = TermQuerySet["DataCategory"].as_manager()

    class Meta(Term.Meta):
        verbose_name_plural = "data categories"


class DataUseQuerySet(TermQuerySet["DataUse"]):
    def asked_separately(self) -> frozenset[str]:
        """The keys of uses that need a yes of their own."""
        return frozenset(key for key, use in self.by_key().items() if use.asked_separately)

    def by_key(self) -> dict[str, DataUse]:
        """All uses, whatever this queryset is filtered by."""
        return once_while_reading("uses", lambda: {use.key: use for use in DataUse.objects.all()})


class DataUse(Term):
    """What data is used for; a purpose."""

    asked_separately = models.BooleanField(
        default=False, help_text="Needs a yes of its own; a permission for something wider does not reach it."
    )

    objects = DataUseQuerySet.as_manager()

    def permitted_by(self, permitted: Collection[str], asked_separately: Collection[str]) -> bool:
        """Whether a permission for one of the keys `permitted` covers this use.

        A permission covers what is below it, except uses in `asked_separately` and what is below those.
        """
        parts = self.key.split(".")
        for length in range(len(parts), 0, -1):
            key = ".".join(parts[:length])
            if key in permitted:
                return True
            if key in asked_separately:
                return False
        return False


class SubjectType(Term):
    """Whom the data is about."""

    objects = TermQuerySet["SubjectType"].as_manager()


class CombinationQuerySet(RecordedQuerySet["Combination"]):
    def visible_to(self, user: AnyUser) -> CombinationQuerySet:
        return self if user.is_authenticated else self.none()

    def met_by(self, categories: Iterable[DataCategory]) -> list[tuple[Combination, list[DataCategory]]]:
        """Combinations of which every side is present, with the categories that meet them."""
        return met_among(self.with_parts(), categories)

    def with_parts(self) -> CombinationQuerySet:
        return self.prefetch_related(models.Prefetch("parts", CombinationPart.objects.select_related("category")))


class Combination(RecordedModel):
    """Categories that are especially sensitive together: one of each side."""

    name = models.CharField(max_length=120, unique=True)
    sentence = models.TextField(help_text="Why these are sensitive together.")

    objects = CombinationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('taxonomy:terms')}#combinations"

    def met(self, present: list[DataCategory]) -> list[DataCategory]:
        """The present categories that meet this combination; empty when a side is missing."""
        parts = list(self.parts.all())
        met = {
            side: [c for c in present if any(c.is_within(p.category.key) for p in parts if p.side == side)]
            for side in {part.side for part in parts}
        }
        if not met or not all(met.values()):
            return []
        return list(dict.fromkeys(category for side in sorted(met) for category in met[side]))


def met_among(
    combinations: Iterable[Combination], categories: Iterable[DataCategory]
) -> list[tuple[Combination, list[DataCategory]]]:
    present = list(categories)
    found = [(combination, combination.met(present)) for combination in combinations]
    return [(combination, met) for combination, met in found if met]


@of_each
def combinations_for(records: list[models.Model]) -> dict[int, list[Combination]]:
    """All of them, of which each of the records is asked."""
    every = once_while_reading("combinations", lambda: list(Combination.objects.with_parts()))
    return dict.fromkeys((record.pk for record in records), every)


class CombinationPart(RecordedModel):
    """One category of one side of a combination; everything below it counts."""

    combination = models.ForeignKey(Combination, on_delete=models.PROTECT, related_name="parts")
    side = models.PositiveSmallIntegerField()
    category = models.ForeignKey(DataCategory, on_delete=models.PROTECT, related_name="+")

    objects = RecordedManager["CombinationPart"]()

    class Meta:
        ordering = ["side", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["combination", "side", "category"], name="combination_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.combination}, side {self.side}: {self.category}"
