"""Whom a change of interests may concern: nobody is left out, whatever is changed."""

import random
from datetime import timedelta

import pytest
from django.db import transaction

from apps.core import clock
from apps.vendors.models import Interest, Organisation, Position, Relation, Sameness
from apps.vendors.ownership.affected import affected_by
from tests.factories import (
    make_insider,
    make_interest,
    make_organisation,
    make_person,
    make_position,
    make_relation,
    make_sameness,
)

pytestmark = pytest.mark.django_db
SEEDS = 4
OURS, OTHERS = Organisation.Kind.OURSELVES, Organisation.Kind.COMPANY


def barred():
    """By organisation: who may not take part in decisions about it, on every day that a transfer may name."""
    organisations = list(Organisation.objects.all())
    days = (clock.today(), clock.today() - timedelta(days=400))
    found = [Interest.objects.conflicts_with_each(organisations, day) for day in days]
    return {
        one.pk: [{(c.insider.pk, c.recuses, c.sentence(), c.own_users) for c in then[one.pk]} for then in found]
        for one in organisations
    }


def make_net(rng, users):
    companies = [make_organisation(f"Company {n}", listed=rng.random() < 0.3) for n in range(7)]
    people = [make_insider("Insider"), *(make_person(f"Person {n}") for n in range(4))]
    people[1].user = users[0]
    people[1].save()
    make_interest(people[0], companies[0], "0.5")
    make_interest(people[1], companies[1], 30)
    for _ in range(7):
        holder, held = rng.choice([*people, *companies]), rng.choice(companies)
        if holder != held:
            make_interest(holder, held, rng.choice([1, 4, 30]))
    for _ in range(2):
        make_relation(*rng.sample(people, 2))
    make_position(rng.choice(people), rng.choice(companies))
    alike(rng, companies)
    return companies, people


def alike(rng, records):
    """The question about two of them of which nobody has asked it yet."""
    side = f"{records[0]._meta.model_name}_id"
    known = set(Sameness.objects.values_list(side, f"other_{side}"))
    pairs = [(a, b) for a in records for b in records if a.pk < b.pk and (a.pk, b.pk) not in known]
    return make_sameness(*rng.choice(pairs))


def edited(rng, model, **values):
    record = rng.choice(model.objects.order_by("pk"))
    if values.get("organisation", 0) == getattr(record, "holder_organisation", 1):
        return record
    return changed(record, **values)


def changed(record, **values):
    for name, value in values.items():
        setattr(record, name, value)
    record.save()
    return record


CHANGES = {
    "an interest goes to another company": lambda rng, c, p: edited(rng, Interest, organisation=rng.choice(c)),
    "an interest has ended": lambda rng, c, p: edited(rng, Interest, ends_on=clock.today() - timedelta(days=2)),
    "a new interest": lambda rng, c, p: make_interest(rng.choice(p), rng.choice(c), 20),
    "a new position": lambda rng, c, p: make_position(rng.choice(p), rng.choice(c)),
    "a position elsewhere": lambda rng, c, p: edited(rng, Position, organisation=rng.choice(c)),
    "a new relation": lambda rng, c, p: make_relation(*rng.sample(p, 2)),
    "a relation of others": lambda rng, c, p: changed(Relation.objects.first(), relative=make_insider("New")),
    "no account any more": lambda rng, c, p: changed(p[1], user=None),
    "a company of ours": lambda rng, c, p: changed(Position.objects.order_by("pk").last().organisation, kind=OURS),
    "ours no more": lambda rng, c, p: changed(Organisation.objects.of_group().first(), kind=OTHERS),
    "a listed company": lambda rng, c, p: changed(c[0], listed=not c[0].listed),
    "maybe one company": lambda rng, c, p: alike(rng, c),
    "maybe one person": lambda rng, c, p: alike(rng, p),
    "two companies": lambda rng, c, p: edited(rng, Sameness, status="different"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_everybody_barred_otherwise_than_before_is_among_those_affected(change, engineer):
    is_told = False
    for seed in range(SEEDS):
        rng = random.Random(f"{change} {seed}")
        with transaction.atomic():
            companies, people = make_net(rng, [engineer])
            before = barred()
            record = CHANGES[change](rng, companies, people)
            after = barred()
            differing = {pk for pk, found in after.items() if found != before.get(pk)}
            assert differing <= affected_by([record]).organisations, (seed, record)
            is_told |= bool(differing)
            transaction.set_rollback(True)
    assert is_told


def test_what_is_not_behind_a_change_is_left_alone(engineer):
    here, there, behind = (make_organisation(name) for name in ("Here", "There", "Behind"))
    make_interest(here, behind, 50)
    make_interest(make_person("Owner"), there, 50)
    assert affected_by([make_interest(make_person("New"), here, 10)]).organisations == {here.pk, behind.pk}
