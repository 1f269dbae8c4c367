"""Which records look like one company or one person, and the questions that are asked about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core import clock
from apps.vendors.models import Organisation, OrganisationIdentifier, Person, Sameness
from apps.vendors.organisations.names import company_keys, domain_of, folded_words, register_key, same_person

NAME, LEI, NUMBER, DOMAIN = "the name", "the LEI", "a number in a register", "the website"
FORMER = "a former or other name"

# What a record may share with another one: in words, and what is compared.
Trait = tuple[str, Any]
Pair = tuple[Any, Any, list[str]]


def company_traits(record: Organisation) -> set[Trait]:
    """By what this record, saved or not, is compared."""
    return {
        *((NAME, key) for key in company_keys(record.name)),
        *((NAME, key) for name in record.other_names.splitlines() for key in company_keys(name)),
        *([(LEI, record.lei)] if record.lei else []),
        *([(DOMAIN, domain_of(record.domain))] if record.domain else []),
    }


def known_traits() -> dict[Trait, set[int]]:
    """By each trait the organisations that have it, or had it as a name once."""
    found: dict[Trait, set[int]] = defaultdict(set)
    for record in Organisation.objects.only("name", "other_names", "lei", "domain"):
        for trait in company_traits(record):
            found[trait].add(record.pk)
    for pk, name in Organisation.history.order_by().values_list("id", "name").distinct():
        for key in company_keys(name):
            found[NAME, key].add(pk)
    for pk, *number in OrganisationIdentifier.objects.order_by().values_list("organisation", "scheme", "value"):
        found[NUMBER, register_key(*number)].add(pk)
    return found


def known_names() -> Iterator[tuple[int, str]]:
    """Of every organisation its names, other and former ones too, each with its key."""
    for pk, name, others in Organisation.objects.order_by("pk").values_list("pk", "name", "other_names"):
        yield from ((pk, one) for one in (name, *others.splitlines()))
    yield from Organisation.history.order_by().values_list("id", "name").distinct()


def likely_twins(record: Organisation) -> list[tuple[Organisation, list[str]]]:
    """Other organisations on record that look like this one, saved or not, with what they share."""
    shared: dict[int, set[str]] = defaultdict(set)
    known = known_traits()
    for trait in company_traits(record):
        for pk in known.get(trait, set()) - {record.pk}:
            shared[pk].add(trait[0])
    found = Organisation.objects.in_bulk(shared)
    return [(found[pk].survivor, sorted(shared[pk])) for pk in sorted(found) if found[pk].survivor != record]


def ask_about_companies(records: Iterable[Organisation] | None, *, by: User | None) -> list[Sameness]:
    """Ask of each of these, or of all, whether it is the same as another one that looks like it."""
    wanted = None if records is None else {record.pk for record in records}
    shared: dict[tuple[int, int], set[str]] = defaultdict(set)
    for (ground, _), pks in known_traits().items():
        for one, other in _pairs(pks, wanted):
            shared[one, other].add(ground)
    rows = Organisation.objects.select_related("same_as").in_bulk({pk for pair in shared for pk in pair})
    return _ask(((rows[one], rows[other], sorted(words)) for (one, other), words in shared.items()), by)


def ask_about_people(records: Iterable[Person] | None, *, by: User | None) -> list[Sameness]:
    """Ask of each of these, or of all, whether it is one of our people."""
    wanted = None if records is None else {record.pk for record in records}
    return _ask(_namesakes(wanted, by), by)


class OurPeople:
    """Colleagues and whoever has an account here, by the words of their names."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[tuple[frozenset[str], Person]]] = defaultdict(list)
        for one in _our_people():
            # Also by the name of the account, whatever somebody has recorded of who signs in with it.
            for name in {one.name, one.user.full_name if one.user else one.name}:
                words = frozenset(folded_words(name))
                for word in words:
                    self._by_word[word].append((words, one))

    def called(self, name: str) -> list[Person]:
        own = frozenset(folded_words(name))
        return list({id(one): one for w in own for words, one in self._by_word[w] if same_person(own, words)}.values())


def _namesakes(wanted: set[int] | None, by: User | None) -> Iterator[Pair]:
    """Everybody on record with the name of one of our people, the latter first."""
    ours = OurPeople()
    for person in Person.objects.exclude(name="").select_related("same_as").order_by("pk"):
        for one in ours.called(person.name):
            asked = wanted is None or person.pk in wanted or one.pk in wanted
            if asked and one.pk != person.pk and (grounds := shared_by_people(one, person)):
                if one.pk is None:
                    one.on_behalf(by, "has an account").save()
                yield one, person, grounds


def _our_people() -> list[Person]:
    """Colleagues on record, and whoever signs in here and is not on record as a person yet, unsaved."""
    known = Person.objects.colleagues(clock.today()).exclude(name="").select_related("same_as", "user")
    accounts = User.objects.filter(is_active=True, is_service=False, person=None).exclude(full_name="")
    return [*known, *(Person(name=user.full_name, user=user) for user in accounts)]


def shared_by_people(one: Person, other: Person) -> list[str]:
    """What two people of one name share besides; nothing where what is known of both speaks against it."""
    if one.born and other.born:
        return [NAME, "the month of birth"] if one.born == other.born else []
    if one.nationality and other.nationality:
        countries = [set(folded_words(person.nationality)) for person in (one, other)]
        return [NAME, "a nationality"] if countries[0] & countries[1] else []
    return [NAME]


def _pairs(pks: set[int], wanted: set[int] | None) -> Iterator[tuple[int, int]]:
    ordered = sorted(pks)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if wanted is None or {one, other} & wanted:
                yield one, other


def _ask(pairs: Iterable[Pair], by: User | None) -> list[Sameness]:
    """Ask about each pair of records that stay. What was answered is asked again only when they share something new."""
    asked = []
    for one, other, grounds in pairs:
        first, second = sorted((one.survivor, other.survivor), key=lambda record: record.pk)
        if first.pk != second.pk:
            asked += _ask_about(first, second, grounds, by)
    return asked


def _ask_about(first: Any, second: Any, grounds: list[str], by: User | None) -> list[Sameness]:
    side = first._meta.model_name
    ends = {side: first, f"other_{side}": second}
    known = Sameness.objects.filter(**ends).first()
    if known is None:
        made = Sameness(**ends, grounds=", ".join(grounds), raised_by=by)
        try:
            with transaction.atomic():
                made.on_behalf(by, "they look alike").save()
        except IntegrityError:  # somebody else asked at the same moment
            return []
        return [made]
    news = set(grounds) - set(known.grounds.split(", "))
    if news and known.status == Sameness.Status.DIFFERENT:
        known.find_again(by=None, note=", ".join(sorted(set(known.grounds.split(", ")) | news)))
        return [known]
    return []
