"""How people's keys become digests: HMAC-SHA256, cut to 128 bits, with secrets that only the environment holds.

A secret is replaced by adding one: the new digest is made of the old one, so that no raw key is needed again.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from apps.consents.ledger.locks import SECRETS, lock, lock_shared
from apps.consents.models import DataSubject, SubjectKey

if TYPE_CHECKING:
    from apps.accounts.models import User

DIGEST_BYTES = 16
BLOCK = 64  # bytes of SHA-256
FINGERPRINTED = b"fingerprint of a secret for people's keys"

Digest = Callable[[str], bytes]


class WrongSecret(Exception):
    """The secrets of the environment are not those with which people's keys were digested."""


def secrets() -> list[bytes]:
    """Oldest first. All are needed: a digest goes through each of them."""
    return [secret.encode() for secret in settings.CONSENT_KEYS]


def fingerprint(secret: bytes) -> str:
    return hmac.new(secret, FINGERPRINTED, sha256).hexdigest()


def problem_with_secrets() -> str:
    """What is wrong with the secrets of the environment, as a sentence; empty when they fit."""
    return _problem(_known())


def require_right_secrets() -> None:
    """Refuse to start with other secrets than those in use. A database that does not answer is no reason."""
    try:
        problem = problem_with_secrets()
    except DatabaseError:
        return
    finally:
        connection.close()
    if problem:
        raise ImproperlyConfigured(f"The portal does not start: {problem}")


def current_version() -> int:
    """How many secrets the digests in the database went through. Keeps that from changing in this transaction."""
    lock_shared(SECRETS)
    version = version_in_use()
    if not version:
        # The first person decides which secret it is.
        keep_secret(1)
    return version or 1


def version_in_use() -> int:
    """0 before anybody is known. Raises WrongSecret when the environment has other secrets than the database."""
    known = _known()
    if problem := _problem(known):
        raise WrongSecret(problem)
    return len(known)


def _known() -> list[tuple[int, str]]:
    return list(SubjectKey.objects.values_list("version", "fingerprint"))


def _problem(known: list[tuple[int, str]]) -> str:
    given = secrets()
    if len(given) < len(known):
        return f"CONSENT_KEY holds {len(given)} secrets, and people's keys were digested with {len(known)}."
    for version, wanted in known:
        if fingerprint(given[version - 1]) != wanted:
            return f"Secret {version} in CONSENT_KEY is not the one with which people's keys were digested."
    return ""


def keep_secret(version: int, by: User | None = None) -> None:
    with transaction.atomic():
        lock(SECRETS, version)
        if not SubjectKey.objects.filter(version=version).exists():
            SubjectKey(version=version, fingerprint=fingerprint(secrets()[version - 1])).on_behalf(
                by, "taken into use"
            ).save()


class Digester:
    """The digests of keys, with so many secrets, whichever normal form a key was written in.

    Digests of before were made of keys as they came. Who is known by such a one stays known by it: a key that has
    several forms is looked for as it was written, then in normal form C, then in D. Whoever is new is known by C.
    """

    def __init__(self, version: int) -> None:
        self._digest = _digest_of_bytes(version)
        # By the digest of a key as it was written, where it has several forms: those of all, C the second.
        self.forms: dict[bytes, list[bytes]] = {}

    def __call__(self, key: str) -> bytes:
        """As it was written. Asks nothing, so that it may run while rows are sent; see `renamed`."""
        written = normalised(key)
        found = self._digest(written)
        if not key.isascii():
            text = written.decode()
            composed, apart = (self._digest(unicodedata.normalize(form, text).encode()) for form in ("NFC", "NFD"))
            if found != composed or found != apart:
                self.forms[found] = [found, composed, apart]
        return found

    def renamed(self) -> dict[bytes, bytes]:
        """By which digest those are known, or will be, whose key has several forms."""
        asked = {form for forms in self.forms.values() for form in forms}
        rows = DataSubject.objects.filter(key_digest__in=asked).values_list("key_digest", flat=True) if asked else ()
        known = {bytes(row) for row in rows if row is not None}
        return {
            written: next((form for form in forms if form in known), forms[1]) for written, forms in self.forms.items()
        }

    def of_person(self, key: str) -> bytes:
        """The digest by which one person is known, or will be."""
        written = self(key)
        return self.renamed().get(written, written)


def rename(table: str, digests: Digester) -> None:
    """Let the rows of a table that were sent name people by the digests by which they are known."""
    changed = {old: new for old, new in digests.renamed().items() if old != new}
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} sent SET digest = n.known FROM unnest(%s::bytea[], %s::bytea[]) n(written, known) "
                "WHERE sent.digest = n.written",
                [list(changed), list(changed.values())],
            )


def _digest_of_bytes(version: int) -> Callable[[bytes], bytes]:
    first, later = _prepared(secrets()[0]), [_keyed(secret) for secret in secrets()[1:version]]
    inner, outer = first

    def digest(key: bytes) -> bytes:
        found: bytes
        made, around = inner(), outer()
        made.update(key)
        around.update(made.digest())
        found = around.digest()[:DIGEST_BYTES]
        for wrapped in later:
            found = wrapped(found)
        return found

    return digest


def wrap(digests: Sequence[bytes], version: int) -> list[bytes]:
    """The digests of the version before, made into those of this one."""
    maker = _keyed(secrets()[version - 1])
    return [maker(digest) for digest in digests]


def normalised(key: str) -> bytes:
    """E-mail addresses regardless of case and of space around them, anything else byte by byte."""
    return (key.strip().casefold() if "@" in key else key).encode()


def _keyed(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.digest(secret, message, "sha256")[:DIGEST_BYTES]


def _prepared(secret: bytes) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What HMAC begins with; copying it is more than twice as fast as beginning anew with each key."""
    block = (sha256(secret).digest() if len(secret) > BLOCK else secret).ljust(BLOCK, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in block)).copy, sha256(bytes(byte ^ 0x5C for byte in block)).copy
