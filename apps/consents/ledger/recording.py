"""Single answers: an import of one row. And withdrawals, which are answers too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.consents import keys
from apps.consents.intake import stage
from apps.consents.intake.rows import TEXTS, BadRow, require_key
from apps.consents.intake.short_texts import text_error
from apps.consents.ledger.writer import LedgerWriter, Staged, keep_import
from apps.consents.models import ConsentEvent, ConsentImport, DataSubject, State
from apps.core import clock
from apps.taxonomy.models import DataUse

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.disclosures.models import NoticeVersion


def subject_of(key: str) -> DataSubject | None:
    """The person with this key, if known."""
    with transaction.atomic():
        digest = keys.Digester(keys.current_version()).of_person(key)
        return DataSubject.objects.filter(key_digest=digest).first()


def record_event(
    person: str | DataSubject,
    use: DataUse,
    state: State,
    *,
    by: User | None,
    kind: str = ConsentImport.Kind.API,
    occurred_at: datetime | None = None,
    expires_at: datetime | None = None,
    notice_version: NoticeVersion | None = None,
    mechanism: str = "",
    language: str = "",
    source: str = "",
) -> ConsentEvent:
    """Add one answer. `person` is the key, or somebody known."""
    texts = {"mechanism": mechanism, "language": language, "source": source}
    occurred_at = occurred_at or clock.now()
    _require_sound(person, occurred_at, expires_at, texts)
    row: dict[str, Any] = {
        "line": 1,
        "use_id": use.pk,
        "state": int(state),
        "occurred_at": occurred_at,
        "expires_at": expires_at,
        "notice_version_id": notice_version.pk if notice_version else None,
        **texts,
    }
    staged = Staged({(use.pk, int(state)): 1}, max(occurred_at, expires_at or occurred_at))
    with transaction.atomic():
        writer = (
            _about_key(person, row) if isinstance(person, str) else LedgerWriter(stage.of_one(**row), person=person.pk)
        )
        posted = writer.post(staged)
        made = keep_import(posted, kind=kind, by=by)
    number = (posted.number << ConsentEvent.PLACES) + 1
    return ConsentEvent(
        pk=number, consent_import=made, subject_id=posted.people[0], recorded_at=posted.recorded_at, **row
    )


def _about_key(key: str, row: dict[str, Any]) -> LedgerWriter:
    version = keys.current_version()
    return LedgerWriter(stage.of_one(digest=keys.Digester(version).of_person(key), **row), version=version)


def withdraw(
    person: str | DataSubject,
    use: DataUse,
    *,
    by: User | None = None,
    kind: str = ConsentImport.Kind.LINK,
    mechanism: str = "withdrawal link",
) -> ConsentEvent:
    """The person takes back what was permitted for a use and all below it."""
    return record_event(person, use, State.WITHDRAWN, by=by, kind=kind, mechanism=mechanism)


def _require_sound(
    person: str | DataSubject, occurred_at: datetime, expires_at: datetime | None, texts: dict[str, str]
) -> None:
    problems: dict[str, str] = {}
    if problem := _wrong_with(person):
        problems["subject"] = problem
    if not 1900 <= occurred_at.year <= 2200:
        problems["occurred_at"] = "Give a moment from 1900 to 2200."
    if expires_at and not occurred_at < expires_at:
        problems["expires_at"] = "This is not after the moment of the answer."
    for name, text in texts.items():
        if problem := text_error(text, TEXTS[name]):
            problems[name] = f"This {problem}"
    if problems:
        raise ValidationError(problems)


def _wrong_with(person: str | DataSubject) -> str:
    if isinstance(person, DataSubject):
        return "This person was forgotten; nothing can be added." if person.is_forgotten else ""
    if "\0" in person:
        return "The key of the person holds a letter that no file can hold."
    try:
        require_key(person)
    except BadRow as error:
        return str(error)
    return ""
