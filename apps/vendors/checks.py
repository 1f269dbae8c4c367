"""What is asked of every vendor."""

from collections.abc import Iterator

from apps.core import clock
from apps.findings.models import Result, Source, check
from apps.vendors.models import DueDiligence, InterestDeclaration, Organisation, Person
from apps.vendors.organisations.identities import may_be_same

LAPSING_SOON = (7, 30, 90)  # days
DECLARATION_DUE = 30  # days
Status = Organisation.Status
# Of these nothing is approved.
UNUSED = (Status.RECORDED, Status.REJECTED, Status.OFFBOARDING, Status.OFFBOARDED)
NOT_A_VENDOR = Result.not_asked("it is no vendor of ours")
NOT_APPROVED = Result.not_asked("it is not approved")
NOT_QUESTIONED = Result.not_asked("it is neither in review nor approved")
QUESTIONED = (Status.IN_REVIEW, Status.APPROVED, Status.IN_RENEWAL, Status.SUSPENDED, Status.LAPSED)


@check("HOUSE-5", Organisation)
def insider_interest(organisation: Organisation) -> Iterator[Result]:
    if organisation.status == Organisation.Status.RECORDED:
        yield NOT_A_VENDOR
        return
    if not organisation.recusing_conflicts and organisation.explained.unknown:
        yield Result.not_asked(organisation.explained.unknown)
    for conflict in organisation.recusing_conflicts:
        yield Result(
            fact=f"{conflict.name} may not take part in decisions about {organisation}.",
            fingerprint=f"insider {conflict.insider.pk}",
            detail="A path of interests leads from this person to the vendor.",
            confidential=conflict.sentence(),
            clears="nobody, as long as the interest is held; legal and privacy together may accept it for a time.",
            sources=(Source(f"Ownership of {organisation}", organisation.get_absolute_url()),),
            hidden_from=conflict.own_users | frozenset(organisation.conflicted_users),
        )


@check("HOUSE-24", Organisation)
def ownership_known(organisation: Organisation) -> Iterator[Result]:
    if organisation.is_group or organisation.status in UNUSED:
        yield NOT_A_VENDOR
        return
    yield from unknown_ownership(organisation)


def unknown_ownership(organisation: Organisation) -> Iterator[Result]:
    """What is not known of who owns it, as a fact of the vendor and of every request about it."""
    explained = organisation.explained
    if explained.unknown:
        yield Result(
            fact=explained.fact,
            fingerprint=f"ownership {organisation.pk}",
            detail="Nobody can say whether one of our people has an interest in it.",
            confidential=f"{explained.amount} Nobody can say whether one of our people has an interest in the rest.",
            clears="Legal, by recording who owns it; legal or privacy, by confirming who holds the rest.",
            sources=(Source(f"Ownership of {organisation}", organisation.get_absolute_url()),),
            unknown=True,
            risk_tier=organisation.risk_tier,
        )


@check("HOUSE-30", Organisation)
def on_record_twice(organisation: Organisation) -> Iterator[Result]:
    yield from questions_about(organisation)


def questions_about(organisation: Organisation) -> Iterator[Result]:
    """The open questions whether this is the same organisation as another one."""
    for question in organisation.questions:
        yield Result(
            fact=question.fact_about(organisation),
            fingerprint=f"question {question.pk}",
            detail=f"Both records share {question.grounds}. Until it is answered, an interest in one counts for both.",
            clears="legal and privacy together, by saying that they are the same or that they are not.",
            sources=(Source(str(question), question.get_absolute_url(), question),),
        )


@check("HOUSE-31", Person)
def may_be_one_of_us(person: Person) -> Iterator[Result]:
    for question in may_be_same.of(person):
        yield Result(
            fact=question.fact_about(person),
            fingerprint=f"question {question.pk}",
            detail=f"Both records share {question.grounds}. Until it is answered, an interest of one counts for both.",
            clears="legal and privacy together, by saying that they are the same or that they are not.",
            sources=(Source(str(question), question.get_absolute_url(), question),),
        )


@check("HOUSE-6", Organisation)
def approval_lapsed(organisation: Organisation) -> Iterator[Result]:
    if organisation.approved_until is None and organisation.status != Organisation.Status.LAPSED:
        yield NOT_APPROVED
    ended = organisation.approved_until is not None and organisation.approved_until < clock.today()
    if organisation.status == Organisation.Status.LAPSED or ended:
        yield Result(
            fact=f"The approval of {organisation} has lapsed.",
            fingerprint="approval",
            clears="The owner of the vendor, by submitting it again; legal and privacy, by approving it.",
            sources=(Source(str(organisation), organisation.get_absolute_url()),),
        )


@check("HOUSE-13", Organisation)
def approval_lapses_soon(organisation: Organisation) -> Iterator[Result]:
    until = organisation.approved_until
    if organisation.status != Organisation.Status.APPROVED or until is None:
        yield NOT_APPROVED
        return
    if within := clock.within(until, *LAPSING_SOON):
        yield Result(
            fact=f"The approval of {organisation} lapses on {until:%-d %b %Y}, {within}.",
            fingerprint=f"until {until}",
            clears="The owner of the vendor, by submitting it again; legal and privacy, by approving it.",
            sources=(Source(str(organisation), organisation.get_absolute_url()),),
        )


@check("HOUSE-14", Person)
def declaration_due(person: Person) -> Iterator[Result]:
    """Whoever has an account and takes part declares their interests each year."""
    user = person.user
    if user is None or user.is_service or not user.has_perm("vendors.declare_interests"):
        yield Result.not_asked("nobody with an account takes part under this name")
        return
    last = next(iter(person.declarations.all()), None)
    if fact := _declaration_words(person, last):
        yield Result(
            fact=fact,
            fingerprint="declaration",
            clears=f"{person}, by declaring interests or that there are none.",
            sources=(Source(str(person), person.get_absolute_url()),),
        )


def _declaration_words(person: Person, last: InterestDeclaration | None) -> str:
    if last is None:
        return f"{person} has not declared any interests yet, nor that there are none."
    within = clock.within(last.lapses_on, DECLARATION_DUE)
    if last.lapses_on >= clock.today() and not within:
        return ""
    ends = f"lapses on {last.lapses_on:%-d %b %Y}, {within}" if within else f"lapsed on {last.lapses_on:%-d %b %Y}"
    return f"The declaration of interests by {person} of {last.made_on:%-d %b %Y} {ends}."


@check("HOUSE-20", Organisation)
def due_diligence_current(organisation: Organisation) -> Iterator[Result]:
    if organisation.status not in QUESTIONED:
        yield NOT_QUESTIONED
        return
    newest, running = DueDiligence.of(organisation)
    if fact := _what_is_wanting(organisation, newest):
        yield Result(
            fact=fact,
            fingerprint=f"conclusion {newest.pk if newest else 'none'}",
            detail=_under_way(running),
            clears="The owner of the vendor, by answering; legal or privacy, by concluding.",
            sources=_sources(organisation, newest, running),
            hidden_from=frozenset(organisation.conflicted_users),
        )
    asking = running.attention() if running else []
    if running and asking:
        yield Result(
            fact=f"In the due diligence of {organisation} {_counted(len(asking), 'answer asks', 'answers ask')} "
            "for attention.",
            fingerprint=f"attention {running.pk}",
            detail="They are read in the due diligence.",
            confidential="\n".join(f"{answer.question} {answer.words}." for answer in asking),
            clears="Legal or privacy, by concluding.",
            sources=_sources(organisation, running),
            hidden_from=frozenset(organisation.conflicted_users),
            shown_to=frozenset([organisation.owner_id] if organisation.owner_id else []),
        )


@check("HOUSE-21", Organisation)
def due_diligence_passed(organisation: Organisation) -> Iterator[Result]:
    if organisation.status not in QUESTIONED:
        yield NOT_QUESTIONED
        return
    newest, _ = DueDiligence.of(organisation)
    if newest is None:
        yield Result.not_asked("no due diligence is concluded")
    if newest and newest.conclusion == DueDiligence.Conclusion.NOT_PASSED:
        yield Result(
            fact=f"The due diligence of {organisation} of {newest.concluded_on:%-d %b %Y} was not passed.",
            fingerprint=f"not passed {newest.pk}",
            clears="Legal or privacy, by concluding a newer one.",
            sources=_sources(organisation, newest),
            hidden_from=frozenset(organisation.conflicted_users),
        )


def _what_is_wanting(organisation: Organisation, newest: DueDiligence | None) -> str:
    if newest is None:
        return f"No due diligence of {organisation} is concluded."
    if newest.is_expired:
        return f"The due diligence of {organisation} expired on {newest.expires_on:%-d %b %Y}."
    if newest.questionnaire.tier != organisation.risk_tier:
        asked = newest.questionnaire.get_tier_display().lower()
        return (
            f"The due diligence of {organisation} asked the questions for {asked} risk; the vendor is in another tier."
        )
    return ""


def _under_way(running: DueDiligence | None) -> str:
    if running is None:
        return "Nothing is being asked at present."
    # How many is read in it by those who see it.
    answered = "required answers are missing" if running.missing() else "every required question is answered"
    return f"One is under way; {answered}."


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _sources(organisation: Organisation, *found: DueDiligence | None) -> tuple[Source, ...]:
    asked = tuple(Source(str(one), one.get_absolute_url(), one) for one in found if one)
    return asked[:1] or (Source(str(organisation), organisation.get_absolute_url()),)
