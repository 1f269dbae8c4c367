"""How people's keys become digests: HMAC-SHA256, cut to 128 bits, with secrets that only the environment holds.

A secret is replaced by adding one: the new digest is made of the old one, so that no raw key is needed again.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from apps.consents.locks import SECRETS, lock, lock_shared
from apps.consents.models import SubjectKey

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
    known = list(SubjectKey.objects.values_list("version", "fingerprint"))
    given = secrets()
    if len(given) < len(known):
        return f"CONSENT_KEY holds {len(given)} secrets, and people's keys were digested with {len(known)}."
    for version, wanted in known:
        if fingerprint(given[version - 1]) != wanted:
            return f"Secret {version} in CONSENT_KEY is not the one with which people's keys were digested."
    return ""


def current_version() -> int:
    """How many secrets the digests in the database went through. Keeps that from changing in this transaction."""
    lock_shared(SECRETS)
    if not SubjectKey.objects.exists():
        _keep_first()
    if problem := problem_with_secrets():
        raise WrongSecret(problem)
    return SubjectKey.objects.count()


def _keep_first() -> None:
    """The first person decides which secret it is. Written on its own, so that nobody waits for what follows."""
    keep_secret(1)


def keep_secret(version: int) -> None:
    with transaction.atomic():
        lock(SECRETS, version)
        if not SubjectKey.objects.filter(version=version).exists():
            SubjectKey(version=version, fingerprint=fingerprint(secrets()[version - 1])).on_behalf(
                None, "first use"
            ).save()


def digester(version: int) -> Digest:
    """The digest of a key as people wrote it, with this many secrets."""
    makers = [_keyed(secret) for secret in secrets()[:version]]
    first, later = makers[0], makers[1:]
    if not later:
        return lambda key: first(normalised(key))

    def digest(key: str) -> bytes:
        made = first(normalised(key))
        for wrap in later:
            made = wrap(made)
        return made

    return digest


def wrap(digests: Sequence[bytes], version: int) -> list[bytes]:
    """The digests of the version before, made into those of this one."""
    maker = _keyed(secrets()[version - 1])
    return [maker(digest) for digest in digests]


def normalised(key: str) -> bytes:
    """E-mail addresses regardless of case and of space around them, anything else byte by byte."""
    return (key.strip().casefold() if "@" in key else key).encode()


def _keyed(secret: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 from two prepared hashes; more than twice as fast as `hmac.digest`, which prepares them each time."""
    block = (sha256(secret).digest() if len(secret) > BLOCK else secret).ljust(BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in block)).copy
    outer = sha256(bytes(byte ^ 0x5C for byte in block)).copy

    def digest(message: bytes) -> bytes:
        first = inner()
        first.update(message)
        second = outer()
        second.update(first.digest())
        return second.digest()[:DIGEST_BYTES]

    return digest
