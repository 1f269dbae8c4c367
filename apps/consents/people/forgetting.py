"""Keys that are replaced, and people who are forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from apps.consents import keys
from apps.consents.ledger.locks import SECRETS, lock, try_lock
from apps.consents.ledger.rows import fetch
from apps.consents.models import SubjectLookup
from apps.core.exceptions import Conflict

if TYPE_CHECKING:
    from apps.accounts.models import User

PEOPLE_AT_ONCE = 20_000

OLD = """
    SELECT id, key_digest FROM consents_datasubject WHERE id > %(after)s AND key_digest IS NOT NULL
     ORDER BY id LIMIT %(most)s
"""
REPLACE = "SELECT consents_rotate(%(version)s::smallint, %(people)s::int[], %(digests)s::bytea[])"
DESTROY = "SELECT consents_forget(%(lookup)s)"


def rotate_key(by: User | None = None) -> int:
    """Take the next secret of the environment into use. The digests become digests of themselves. How many there are.

    Nobody can be looked up or recorded by key meanwhile.
    """
    with transaction.atomic():
        lock(SECRETS)
        version = keys.version_in_use() + 1
        if len(keys.secrets()) < version:
            raise Conflict(f"CONSENT_KEY holds {version - 1} secrets, which are all in use. Add a new one at its end.")
        keys.keep_secret(version, by=by)
        changed = after = 0
        while rows := fetch(OLD, after=after, most=PEOPLE_AT_ONCE):
            people, digests = [person for person, _ in rows], [bytes(digest) for _, digest in rows]
            [(replaced,)] = fetch(REPLACE, people=people, digests=keys.wrap(digests, version), version=version)
            changed += replaced
            after = people[-1]
    return changed


def forget_subject(lookup: SubjectLookup) -> None:
    """Destroy the digest of the person for whom this look-up says so. What was answered stays, and nobody can say any
    more by whom.

    Raises Conflict while files are imported: they have looked people up, and may name this one.
    """
    with transaction.atomic():
        if not try_lock(SECRETS):
            raise Conflict("Answers are being recorded at this moment. Forget the person when that has ended.")
        [(was_known,)] = fetch(DESTROY, lookup=lookup.pk)
        if not was_known:
            raise Conflict(f"Person {lookup.subject_id} is forgotten already.")
