"""What is asked of every vendor."""

from collections.abc import Iterator

from apps.core import clock
from apps.findings.models import Result, Source, check
from apps.vendors.models import InterestDeclaration, Organisation, Person

LAPSING_SOON = (7, 30, 90)  # days
DECLARATION_DUE = 30  # days


@check("HOUSE-5", Organisation)
def insider_interest(organisation: Organisation) -> Iterator[Result]:
    if organisation.status == Organisation.Status.RECORDED:
        return
    for conflict in organisation.recusing_conflicts:
        yield Result(
            fact=f"{conflict.name} may not take part in decisions about {organisation}.",
            fingerprint=f"insider {conflict.insider.pk}",
            detail="A path of interests leads from this person to the vendor.",
            confidential=conflict.sentence(),
            clears="nobody, as long as the interest is held; legal and privacy together may accept it for a time.",
            sources=(Source(f"Ownership of {organisation}", organisation.get_absolute_url()),),
            hidden_from=conflict.own_users,
        )


@check("HOUSE-6", Organisation)
def approval_lapsed(organisation: Organisation) -> Iterator[Result]:
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
