"""What is asked of every agreement before it is approved, and on its page."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max

from apps.agreements.models import CHANNEL_WORDS, Agreement, DatedPath, Participant, Transfer, covers_of
from apps.agreements.models.agreement import asked_separately
from apps.core import clock
from apps.core.reading import of_each
from apps.datasets.models import Dataset
from apps.findings.models import Result, Source, check
from apps.taxonomy.models import DataUse, combinations_for, met_among
from apps.vendors.checks import questions_about, unknown_ownership
from apps.vendors.ownership.conflicts import ConflictOfInterest
from apps.workflow.models import Decision

ENDING_SOON = (1, 7, 30, 90)  # days
OUR_GROUP = Result.not_asked("the recipient belongs to our group")
NOT_IN_FORCE = Result.not_asked("it is not in force")
NO_END = Result.not_asked("no end date is set")
DID_NOT_HAPPEN = Result.not_asked("the report was closed: it did not happen, or is told elsewhere")
NOBODY_CLEARS = "nobody. Replacing the person does not remove it; people without an interest may make a new request."


@check("OKC-4", Agreement)
def participant_profits(agreement: Agreement) -> Iterator[Result]:
    """Whether somebody who asks, sponsors, owns or votes has a path of interests to the recipient."""
    if not agreement.counterparty.recusing_conflicts and agreement.counterparty.explained.unknown:
        yield Result.not_asked(agreement.counterparty.explained.unknown)
    for participant in agreement.participants():
        conflict = agreement.counterparty.conflicted_users.get(participant.user.pk)
        if conflict:
            yield _conflict_result(agreement, _participation(agreement, participant), participant.role, conflict)
    review = agreement.review if agreement.status == Agreement.Status.IN_REVIEW else None
    for vote in review.latest_votes() if review else []:
        conflict = agreement.counterparty.conflicted_users.get(vote.by_id)
        if conflict:
            fact = f"{vote.by} voted and may not take part in decisions about {agreement.counterparty}."
            yield _conflict_result(agreement, fact, f"voter in review {vote.review_id}", conflict)


def _participation(agreement: Agreement, participant: Participant) -> str:
    role, user, until = participant
    if until is None:
        return f"The {role}, {user}, may not take part in decisions about {agreement.counterparty}."
    return (
        f"{user} was the {role} until {until:%-d %b %Y} and may not take part in decisions about "
        f"{agreement.counterparty}. Replacing the {role} does not change this."
    )


def _conflict_result(agreement: Agreement, fact: str, role: str, conflict: ConflictOfInterest) -> Result:
    counterparty = agreement.counterparty
    return Result(
        fact=fact,
        fingerprint=f"{role} {conflict.insider.pk}",
        detail="A path of interests leads from this person to the recipient.",
        confidential=conflict.sentence(),
        clears=NOBODY_CLEARS,
        sources=(Source(f"Ownership of {counterparty}", counterparty.get_absolute_url()),),
        hidden_from=conflict.own_users | frozenset(counterparty.conflicted_users),
    )


@check("HOUSE-1", Agreement)
def justification_missing(agreement: Agreement) -> Iterator[Result]:
    counterparty = agreement.counterparty
    if not counterparty.recusing_conflicts:
        yield Result.not_asked(counterparty.explained.unknown or "no interest of our people is recorded")
    elif agreement.justification is None:
        yield Result(
            fact="No independent justification is signed for this version of the request.",
            fingerprint="justification",
            detail=f"Somebody of our house has a path of interests to {counterparty}.",
            confidential=" ".join(conflict.sentence() for conflict in agreement.counterparty.recusing_conflicts),
            clears="An independent reviewer without any path of interests, by signing one.",
            sources=(Source(f"Ownership of {counterparty}", counterparty.get_absolute_url()),),
            hidden_from=frozenset().union(*(c.own_users for c in agreement.counterparty.recusing_conflicts)),
        )


@check("HOUSE-30", Agreement)
def recipient_on_record_twice(agreement: Agreement) -> Iterator[Result]:
    yield from questions_about(agreement.counterparty)


@check("HOUSE-2", Agreement)
def vendor_not_approved(agreement: Agreement) -> Iterator[Result]:
    vendor = agreement.counterparty
    if vendor.is_group:
        yield OUR_GROUP
    if vendor.is_group or vendor.is_approved_on(clock.today()):
        return
    lapsed = f" Its approval ended on {vendor.approved_until:%-d %b %Y}." if vendor.approved_until else ""
    yield Result(
        fact=f"{vendor} is not an approved vendor.",
        fingerprint=str(vendor.pk),
        detail=f"Its state is: {vendor.get_status_display().lower()}.{lapsed}",
        clears="Legal and privacy, by approving the vendor.",
        sources=(Source(str(vendor), vendor.get_absolute_url()),),
    )


@check("HOUSE-24", Agreement)
def owners_of_recipient_known(agreement: Agreement) -> Iterator[Result]:
    if agreement.counterparty.is_group:
        yield OUR_GROUP
    yield from unknown_ownership(agreement.counterparty)


@check("HOUSE-25", Agreement)
def undecided(agreement: Agreement) -> Iterator[Result]:
    """What the recipient may do is no detail to be settled after the approval."""
    if open_answers := agreement.undecided():
        yield Result(
            fact=f"It is not decided {', '.join(open_answers)}.",
            fingerprint="undecided",
            clears="The requester, by revising the request and answering.",
            sources=(Source("Scope of the request", agreement.get_absolute_url()),),
            unknown=True,
        )


@check("GDPR-5-1b", Agreement)
def uses_not_covered(agreement: Agreement) -> Iterator[Result]:
    """Uses that the uses recorded at collection do not cover, dataset by dataset."""
    separately = asked_separately.of(agreement)
    yield from _nothing_chosen(agreement, "datasets", "uses")
    for dataset in agreement.datasets.all():
        collected_for = {use.key: use.name for use in dataset.uses.all()}
        beyond = [use for use in agreement.uses.all() if not use.permitted_by(collected_for.keys(), separately)]
        if beyond:
            yield _beyond_result(dataset, beyond, list(collected_for.values()))


def _nothing_chosen(agreement: Agreement, *names: str) -> Iterator[Result]:
    """What a check needs to look at and the request does not name."""
    missing = [name for name in names if not getattr(agreement, name).all()]
    if missing:
        yield Result.not_asked(f"no {' and no '.join(missing)} are chosen")


def _beyond_result(dataset: Dataset, beyond: list[DataUse], collected_for: list[str]) -> Result:
    names = ", ".join(use.name for use in beyond)
    return Result(
        fact=f"The uses recorded when “{dataset}” was collected do not include: {names}.",
        fingerprint=f"{dataset.pk}: {', '.join(use.key for use in beyond)}",
        detail=f"Uses recorded at collection: {', '.join(collected_for) or 'none'}.",
        clears="Privacy and legal together: a recorded compatibility test or a basis of its own.",
        sources=(Source(f"Dataset {dataset}", dataset.get_absolute_url()),),
    )


@check("HOUSE-3", Agreement)
def sensitive_combination(agreement: Agreement) -> Iterator[Result]:
    yield from _nothing_chosen(agreement, "categories")
    for combination, met in met_among(combinations_for.of(agreement), agreement.categories.all()):
        yield Result(
            fact=f"These categories together are especially sensitive: {', '.join(c.name for c in met)}.",
            fingerprint=combination.name,
            detail=f"{combination.sentence} No assessment is recorded.",
            clears="Legal and privacy together, for a time and with a reason.",
            sources=(Source("Scope of the request", agreement.get_absolute_url()),),
        )


@check("HOUSE-4", Agreement)
def no_end_date(agreement: Agreement) -> Iterator[Result]:
    if agreement.ends_on is None:
        yield Result(
            fact="No end date is set.",
            fingerprint="end date",
            clears="The requester, by revising the request and naming a last day.",
            sources=(Source("Scope of the request", agreement.get_absolute_url()),),
        )


@check("OKC-1", Transfer)
def nothing_covers(transfer: Transfer) -> Iterator[Result]:
    if transfer.is_closed:
        yield DID_NOT_HAPPEN
    if transfer.is_closed or transfer.cover.is_covered:
        return
    agreements = [agreement for agreement, _ in transfer.cover.others]
    yield Result(
        fact=f"No agreement or other ground is recorded that covers {transfer.transferred_on:%-d %b %Y}.",
        fingerprint="cover",
        detail=" ".join([*_not_known(transfer), *_why_not_covered(transfer)]),
        clears="nothing that is recorded later. What was in force on that day does not change."
        if transfer.is_linked
        else "Legal, by saying which records the report means; an agreement in force on that day then counts.",
        sources=(
            Source("Transfer as reported", transfer.get_absolute_url()),
            *(Source(f"Agreement {agreement.pk}", agreement.get_absolute_url()) for agreement in agreements),
        ),
        shown_to=transfer.knows_cover,
    )


def _not_known(transfer: Transfer) -> list[str]:
    unasked = "What covers it, who has an interest in it, and what people were told and permit cannot be asked before."
    return [*transfer.not_known, unasked] if transfer.not_known else []


def _why_not_covered(transfer: Transfer) -> Iterator[str]:
    for _, why_not in transfer.cover.others:
        yield f"An agreement with {transfer.recipient} {why_not}. It does not cover this day."
    if transfer.agreement_id and transfer.agreement_id not in [a.pk for a, _ in transfer.cover.others]:
        yield "The agreement named in the report was never put in force for this dataset."
    if transfer.ground != Transfer.Ground.NONE:
        yield (
            f"Another ground is reported: {transfer.ground_words}. It counts once legal and privacy have confirmed "
            "the transfer."
        )


@check("OKC-2", Transfer)
def off_channel(transfer: Transfer) -> Iterator[Result]:
    if transfer.is_closed:
        yield DID_NOT_HAPPEN
    elif transfer.channel in Transfer.OFF_CHANNEL:
        yield Result(
            fact=CHANNEL_WORDS[transfer.channel],
            fingerprint=transfer.channel,
            detail="What leaves this way leaves no trace in our systems.",
            clears="Legal and privacy together, for a time and with a reason.",
            sources=(Source("Transfer as reported", transfer.get_absolute_url()),),
        )


@check("OKC-3", Transfer)
def nothing_received(transfer: Transfer) -> Iterator[Result]:
    paths, received = transfer.dated_paths, transfer.consideration
    if transfer.is_closed:
        yield DID_NOT_HAPPEN
        return
    if received not in (Transfer.NOTHING, Transfer.UNKNOWN):
        return
    if not paths:
        yield from _no_interest_known(transfer)
        return
    nothing = "We received nothing" if received == Transfer.NOTHING else "It is not known what we received"
    when = "; ".join(f"{path.conflict.name}, {path.when}" for path in paths)
    yield Result(
        fact=f"{nothing}, and people of our house have a path of interests to {transfer.to_whom}.",
        fingerprint="interest",
        detail=f"On record: {when}.",
        confidential=" ".join(path.sentence() for path in paths),
        clears="Legal and privacy together, with a reason.",
        sources=_ownership(transfer),
        hidden_from=transfer.path_users,
    )


@check("OKC-4", Transfer)
def carried_out_by_somebody_who_profits(transfer: Transfer) -> Iterator[Result]:
    """Whether whoever carried the transfer out, or took part in its outcome, has a path of interests."""
    if transfer.is_closed:
        yield DID_NOT_HAPPEN
        return
    if not transfer.dated_paths:
        yield from _no_interest_known(transfer)
    for path in transfer.dated_paths:
        insider = path.conflict.insider
        if insider.pk == transfer.executor_id:
            yield _path_result(transfer, path, f"{insider} carried it out", "executor")
        if insider.user_id and insider.user_id in (transfer.proposed_by_id, transfer.decided_by_id):
            yield _path_result(transfer, path, f"{insider} took part in the outcome", "outcome")


def _path_result(transfer: Transfer, path: DatedPath, did: str, role: str) -> Result:
    return Result(
        fact=f"{did} and may not take part in decisions about {transfer.to_whom}.",
        fingerprint=f"{role} {path.conflict.insider.pk}",
        detail=f"A path of interests from this person to the recipient is on record {path.when}.",
        confidential=path.sentence(),
        clears="nobody. What was done stays on record.",
        sources=_ownership(transfer),
        hidden_from=transfer.path_users,
    )


def _no_interest_known(transfer: Transfer) -> Iterator[Result]:
    if transfer.recipient is None:
        yield Result.not_asked("it is not known who received it")
    elif transfer.recipient.explained.unknown:
        yield Result.not_asked(transfer.recipient.explained.unknown)


def _ownership(transfer: Transfer) -> tuple[Source, ...]:
    return tuple(Source(f"Ownership of {found}", found.get_absolute_url()) for found in transfer.recipients)


@of_each
def open_transfers(datasets: list[Dataset]) -> dict[int, list[Transfer]]:
    """By the key of the dataset: transfers that are heard of and that nothing covers."""
    transfers = list(
        Transfer.objects.filter(dataset__in=datasets)
        .released()
        .not_closed()
        .select_related("recipient", "dataset")
        .order_by("pk")
    )
    covers = covers_of(transfers)
    uncovered: dict[int | None, list[Transfer]] = defaultdict(list)
    for transfer in transfers:
        if not covers[transfer.pk].is_covered:
            uncovered[transfer.dataset_id].append(transfer)
    return {dataset.pk: uncovered[dataset.pk] for dataset in datasets}


@check("OKC-1-HOLD", Dataset, prepare=open_transfers.know)
def transfer_is_open(dataset: Dataset) -> Iterator[Result]:
    """Transfers that nothing covers, as far as more people than legal and privacy hear of them."""
    for transfer in open_transfers.of(dataset):
        yield Result(
            # Whoever sees the dataset need not see the transfer, and then does not read this.
            fact=f"No cover is on record for transfer no. {transfer.pk}.",
            fingerprint=f"transfer {transfer.pk}",
            detail="The dataset, its copies and what shows the transfer stay until it is decided whether they are "
            "needed.",
            confidential=f"It went to {transfer.to_whom} on {transfer.transferred_on:%-d %b %Y}.",
            clears="Legal and privacy together, by recording that a hold is not needed, with the reason.",
            sources=(Source(f"Transfer {transfer.pk}", transfer.get_absolute_url(), transfer),),
            hidden_from=frozenset(transfer.withheld_from),
            shown_to=transfer.knows_cover,
        )


@of_each
def approvals_of(agreements: list[Agreement]) -> dict[int, datetime | None]:
    """By the key of the agreement: when it was last approved, of those that are in force."""
    in_force = [agreement for agreement in agreements if agreement.status in Agreement.IN_FORCE]
    newest = {}
    if in_force:
        made = Decision.objects.about_any(in_force).made().filter(transition="approve").order_by()
        newest = dict(made.values_list("object_id").annotate(Max("at")))
    return {agreement.pk: newest.get(agreement.pk) for agreement in agreements}


@check("HOUSE-10", Agreement, prepare=approvals_of.know)
def not_reviewed_for_a_year(agreement: Agreement) -> Iterator[Result]:
    if agreement.status not in Agreement.IN_FORCE:
        yield NOT_IN_FORCE
        return
    approved_at, fact = approvals_of.of(agreement), f"No review of “{agreement}” is on record."
    if approved_at:
        day, today = clock.day_of(approved_at), clock.today()
        if today <= clock.months_after(day, 12):
            return
        ago = clock.months_between(day, today)
        fact = f"“{agreement}” was last reviewed on {day:%-d %b %Y}, {ago} months ago."
    yield Result(
        fact=fact,
        fingerprint="last review",
        clears="The requester, by asking for it anew; legal and privacy, by approving that.",
        sources=(Source("Decision sheet", f"{agreement.get_absolute_url()}review/"),),
    )


@check("HOUSE-11", Agreement)
def ends_soon(agreement: Agreement) -> Iterator[Result]:
    if agreement.status not in Agreement.IN_FORCE:
        yield NOT_IN_FORCE
        return
    if agreement.ends_on is None:
        yield NO_END
        return
    if within := clock.within(agreement.ends_on, *ENDING_SOON):
        yield Result(
            fact=f"“{agreement}” ends on {agreement.ends_on:%-d %b %Y}, {within}.",
            fingerprint=f"ends {agreement.ends_on}",
            clears="The business owner, by asking for a new agreement; otherwise time, by ending it.",
            sources=(Source("Scope of the agreement", agreement.get_absolute_url()),),
        )


@check("HOUSE-12", Agreement)
def in_force_past_its_end(agreement: Agreement) -> Iterator[Result]:
    if agreement.status not in Agreement.IN_FORCE:
        yield NOT_IN_FORCE
    elif agreement.ends_on is None:
        yield NO_END
    over = agreement.ends_on is not None and agreement.ends_on < clock.today()
    if agreement.status in Agreement.IN_FORCE and over:
        yield Result(
            fact=f"“{agreement}” ended on {agreement.ends_on:%-d %b %Y} and is still recorded as "
            f"{agreement.get_status_display().lower()}.",
            fingerprint=f"ended {agreement.ends_on}",
            clears="the system, which moves it the next night; legal, by ending it.",
            sources=(Source("Scope of the agreement", agreement.get_absolute_url()),),
        )
