"""Whether the portal still works by itself."""

from collections.abc import Iterator

from apps.findings.models import Requirement, Result, check
from apps.notifications.schedules import SCHEDULES_RUN, switched_off


@check(SCHEDULES_RUN, Requirement)
def schedule_switched_off(rule: Requirement) -> Iterator[Result]:
    if rule.code != SCHEDULES_RUN:
        yield Result.not_asked("the rule is about something else")
        return
    for name in switched_off():
        yield Result(
            fact=f"The schedule “{name}” is switched off.",
            fingerprint=f"schedule {name}",
            clears="An administrator, by switching it on again.",
        )
