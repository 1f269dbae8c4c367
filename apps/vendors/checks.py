"""What is asked of every vendor."""

from collections.abc import Iterator

from apps.core import clock
from apps.findings.models import Result, Source, check
from apps.vendors.models import Organisation


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
