"""The digest: one mail a day about what waits for somebody and what is new, in words that give nothing away.

Nobody gets a line about a record whose remarks are hidden from them, which is so where they have a path of interests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.shortcuts import resolve_url

from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.isolation import by_number, isolated
from apps.core.waiting import numbered, sentence
from apps.ledger.known import newest_note, note_name, signer_status
from apps.notifications.models import Line, Message, Note
from apps.notifications.work import tasks_of
from apps.workflow.models import Decision

MOST_LINES = 20
# How far back the first digest of somebody tells the outcomes of requests.
FIRST_LOOKS_BACK = timedelta(days=7)
WAITING, OUTCOMES, LEDGER = "Waiting for you", "Decided since the last mail", "Ledger"


@dataclass
class Records:
    """The records that findings and decisions are about, fetched once for all digests of one night."""

    known: dict[tuple[int, int], Any] = field(default_factory=dict)

    def fetch(self, keys: Iterable[tuple[int, int]]) -> None:
        missing = sorted(set(keys) - self.known.keys())
        for content_type, group in groupby(missing, key=lambda key: key[0]):
            model = ContentType.objects.get_for_id(content_type).model_class()
            found = model._base_manager.in_bulk([pk for _, pk in group]) if model else {}
            self.known |= {(content_type, pk): record for pk, record in found.items()}

    def shown_to(self, user: User, keys: Iterable[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Any]]:
        """Each record once, without those about which this user reads no remarks."""
        wanted = list(dict.fromkeys(keys))
        self.fetch(wanted)
        for key in wanted:
            record = self.known.get(key)
            if record is not None and not record.hides_remarks_from(user):
                yield key, record


def queue_digest(user: User, records: Records, today: date) -> bool:
    """Put the digest of this day into the outbox, if there is something to say that was not said today."""
    key = f"digest:{today}:{user.pk}"
    if Message.objects.filter(dedupe_key=key).exists():
        return False
    lines = list(lines_for(user, records))
    if not lines:
        return False
    notes = list(_notes(user))
    Message.queue(user, Message.Kind.DIGEST, key, subject=subject_of(lines), lines=shortened(lines), notes=notes)
    return True


def lines_for(user: User, records: Records) -> Iterator[Line]:
    """Everything there is to tell, the most urgent first."""
    digests = Message.objects.sent_or_due().filter(recipient=user, kind=Message.Kind.DIGEST)
    last = digests.order_by("-created_at").first()
    lately = last.created_at if last else clock.now() - FIRST_LOOKS_BACK
    yield from _readable(user, WAITING, lambda: _tasks(user))
    yield from _readable(user, OUTCOMES, lambda: _outcomes(user, records, lately))
    yield from _readable(user, LEDGER, lambda: _ledger(user))


def _home() -> str:
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _readable(user: User, group: str, make: Callable[[], Iterable[Line]]) -> list[Line]:
    """The lines of a group. A record that cannot be read costs the mail this group, and no one the whole mail."""
    with isolated(f"“{group}” in the digest of {by_number(User, user.pk)}"), transaction.atomic():
        return list(make())
    return [
        Line(
            group=group,
            text="This could not be read. Your home page may say more.",
            path=_home(),
        )
    ]


def subject_of(lines: list[Line]) -> str:
    asked = sum(line["group"] == WAITING for line in lines)
    if not asked:
        return "News for you in the governance portal"
    return f"{asked} {'things wait' if asked > 1 else 'thing waits'} for you in the governance portal"


def shortened(lines: list[Line]) -> list[Line]:
    more = len(lines) - MOST_LINES
    if more <= 1:
        return lines
    rest = Line(group="More", text=f"And {more} more on your home page.", path=_home())
    return [*lines[:MOST_LINES], rest]


def _tasks(user: User) -> Iterator[Line]:
    for task in tasks_of(user):
        due = f", {_due(task.due_on)}" if task.due_on else ""
        yield Line(group=WAITING, text=f"{task.in_mails}{due}.", path=task.url)


def _outcomes(user: User, records: Records, since: datetime) -> Iterator[Line]:
    """Where the user's records stand after what others, or time, decided about them."""
    decided = Decision.objects.made().about_visible(user).about_kept_by(user).filter(at__gt=since).exclude(by=user)
    keys = decided.order_by("-at").values_list("content_type", "object_id")
    for _, record in records.shown_to(user, keys):
        text = f"{numbered(record)} is now: {record.get_status_display().lower()}."
        yield Line(group=OUTCOMES, text=sentence(text), path=record.get_absolute_url())


def _ledger(user: User) -> Iterator[Line]:
    """Auditors keep the newest checkpoint where nobody of the portal can reach it."""
    if not user.has_role(Role.AUDITOR):
        return
    path = resolve_url(settings.LEDGER_PAGE)
    if found := newest_note():
        text = f"The signed checkpoint of {found[0].size} entries is attached. Keep the file outside."
        yield Line(group=LEDGER, text=text, path=path)
    if refused := signer_status().get("refused"):
        yield Line(group=LEDGER, text=f"The signer refuses to sign the ledger. {refused}", path=path)
    elif found is None:
        yield Line(group=LEDGER, text="No checkpoint of the ledger was signed yet: the signer does not run.", path=path)


def _notes(user: User) -> Iterator[Note]:
    found = newest_note() if user.has_role(Role.AUDITOR) else None
    if found is not None:
        yield Note(name=note_name(found[0].size), note=found[1])


def _due(day: date) -> str:
    return f"due {day:%-d %b %Y}" if day >= clock.today() else f"due since {day:%-d %b %Y}"
