"""What is asked of everything that people approve, and of the rules themselves."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db.models import prefetch_related_objects

from apps.accounts.models import User
from apps.core import clock
from apps.core.reading import of_each
from apps.findings.models import ApprovedModel, Requirement, Result, Source, check
from apps.workflow.models import Decision, Proposal, Review


@check("HOUSE-16", ApprovedModel)
def review_past_its_date(record: ApprovedModel) -> Iterator[Result]:
    review = record.review
    if review is None or review.status not in (Review.Status.OPEN, Review.Status.PAUSED):
        yield Result.not_asked("no review is running")
        return
    # While a question waits for its answer, the clock stands still.
    now = clock.day_of(review.paused_at) if review.paused_at else clock.today()
    if review.due_on < now:
        yield Result(
            fact=f"The review of “{record}” was to be decided by {review.due_on:%-d %b %Y}.",
            fingerprint=f"review {review.number}",
            clears="Those whose votes are missing; the decision sheet names them.",
            sources=(Source("Decision sheet", f"{record.get_absolute_url()}review/"),),
            weighs=False,
        )


def prefetch_keepers(records: Sequence[ApprovedModel]) -> None:
    prefetch_related_objects(records, *type(records[0]).keepers)


@check("HOUSE-40", ApprovedModel, prepare=prefetch_keepers)
def kept_by_a_closed_account(record: ApprovedModel) -> Iterator[Result]:
    if record.status in record.over_in:
        return
    for name in record.keepers:
        person = getattr(record, name)
        if person is not None and not person.is_active:
            yield Result(
                fact=f"The account of {person}, {name.replace('_', ' ')} of “{record}”, is closed.",
                fingerprint=f"closed {name} {person.pk}",
                clears="An administrator who hands the record over, or whoever may edit it.",
                sources=(Source(f"“{record}”", record.get_absolute_url()),),
                weighs=False,
            )


class Suspension(NamedTuple):
    """The last decision to suspend a rule, and who asked for the one that waits or was confirmed."""

    decision: Decision | None
    asker: User | None


@of_each
def suspensions_of(rules: list[Requirement]) -> dict[int, Suspension]:
    made = Decision.objects.about_any(rules).made().filter(transition="suspend").order_by("pk")
    newest = {decision.object_id: decision for decision in made}
    # A rule is looked at while it is being suspended, when the proposal still waits. It waits at no other time: what is
    # suspended already cannot be proposed for that.
    counted = (Proposal.Status.WAITING, Proposal.Status.CONFIRMED)
    asked = Proposal.objects.about_any(rules).filter(change="suspend", status__in=counted).order_by("pk")
    askers = {proposal.object_id: proposal.requested_by for proposal in asked.select_related("requested_by")}
    return {rule.pk: Suspension(newest.get(rule.pk), askers.get(rule.pk)) for rule in rules}


@check("HOUSE-17", Requirement, prepare=suspensions_of.know)
def house_rule_suspended(rule: Requirement) -> Iterator[Result]:
    if not rule.house:
        yield Result.not_asked("it is no house rule")
    if not rule.house or rule.is_adopted:
        return
    decision, asker = suspensions_of.of(rule)
    people = " and ".join(str(who) for who in (asker, decision and decision.by_name) if who)
    until = f" until {rule.suspended_until:%-d %b %Y}" if rule.suspended_until else ""
    yield Result(
        fact=f"The house rule “{rule}” is suspended{until}: it asks, and stops nothing.",
        fingerprint="suspended",
        detail=f"Suspended by {people} on {_day(decision)}." if decision else "",
        clears="Legal, by adopting the rule again.",
        sources=(Source(f"Rule {rule}", rule.get_absolute_url()),),
    )


def _day(decision: Decision) -> str:
    return f"{clock.day_of(decision.at):%-d %b %Y}"
