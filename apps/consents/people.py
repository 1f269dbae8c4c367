"""What is done with one person: looked up with a reason, withdrawn for, forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from apps.consents import keys, stage
from apps.consents.importing import facts_of
from apps.consents.models import STATES, ConsentImport, Outcome, State, Subject, SubjectLookup, WithdrawalLink
from apps.consents.parsing import TEXTS
from apps.consents.posting import Posting
from apps.consents.standing import standing_of
from apps.core import clock
from apps.taxonomy.models import DataUse

if TYPE_CHECKING:
    from apps.accounts.models import User


def subject_of(key: str) -> Subject | None:
    """The person who goes by this key, if anybody here does."""
    digest = keys.digester(keys.current_version())(key)
    return Subject.objects.filter(key_digest=digest).first()


def look_up(key: str, *, reason: str, by: User) -> SubjectLookup:
    """Look up a person. That somebody did is on record whether anybody was found or not; the key is not."""
    with transaction.atomic():
        lookup = SubjectLookup(by=by, reason=reason, subject=subject_of(key))
        lookup.on_behalf(by, "Look up").save()
    return lookup


def withdraw_reported(subject: Subject, uses: Iterable[DataUse], *, said_on: date, mechanism: str, by: User) -> None:
    """Record that a person withdrew, on their word: from now on, or from the end of the day on which they said so."""
    now = clock.now()
    occurred_at = now if said_on >= clock.today() else timezone.make_aware(datetime.combine(said_on, time.max))
    _withdraw(subject, uses, occurred_at, kind=ConsentImport.Kind.PAGE, mechanism=mechanism, by=by)


def withdraw_by_link(link: WithdrawalLink, uses: Iterable[DataUse]) -> None:
    """Withdraw what the person chose. What they do not permit any more stays as it is."""
    stands = standing_of(link.subject)
    permitted = [use for use in uses if stands.get(use.pk) is Outcome.PERMITTED]
    with transaction.atomic():
        if permitted:
            _withdraw(link.subject, permitted, clock.now(), kind=ConsentImport.Kind.LINK, mechanism="withdrawal link")
        link.mark_used()


def _withdraw(subject: Subject, uses: Iterable[DataUse], occurred_at: datetime, **given: Any) -> None:
    with transaction.atomic():
        for use in uses:
            record_one(bytes(subject.key_digest or b""), use, State.WITHDRAWN, occurred_at, **given)


def record_one(
    digest: bytes,
    use: DataUse,
    state: State,
    occurred_at: datetime,
    *,
    kind: ConsentImport.Kind,
    by: User | None = None,
    **more: Any,
) -> ConsentImport:
    """Record one answer, which counts at once or on its day."""
    with transaction.atomic():
        version, recorded_at = keys.current_version(), clock.now()
        row = {"line": 1, "digest": digest, "use_id": use.pk, "state": int(state), "occurred_at": occurred_at}
        posting = Posting(
            stage.of_one(**row, **{**dict.fromkeys(TEXTS, ""), **more}),
            version=version,
            recorded_at=recorded_at,
            bulk=False,
        )
        posted = posting.post()
        made = ConsentImport(
            pk=posted.number, kind=kind, recorded_at=recorded_at, by=by, **facts_of(posted, {use.pk: use.key})
        )
        made.on_behalf(by, "Record an answer").save(force_insert=True)
    return made


def record_event(given: dict[str, Any], *, by: User) -> ConsentImport:
    """Record an answer as the API takes it."""
    digest = keys.digester(keys.current_version())(given["subject"])
    version = given.get("notice_version")
    return record_one(
        digest,
        given["use"],
        STATES[given["state"]],
        given["occurred_at"],
        kind=ConsentImport.Kind.API,
        by=by,
        expires_at=given.get("expires_at"),
        notice_version_id=version.pk if version else None,
        **{name: given.get(name, "") for name in TEXTS},
    )


def forget(subject: Subject, *, reason: str, by: User) -> None:
    raise NotImplementedError
