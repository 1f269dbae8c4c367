"""Django's cache in a table of the portal: what one process counts, all others know, on every machine."""

from __future__ import annotations

import json
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils.crypto import salted_hmac

# The database's clock decides, since those of web machines may differ. What stays for good has no end.
ENDS = "clock_timestamp() + make_interval(secs => %s)"
PUT = f"""
    INSERT INTO core_sharedvalue AS held (key, value, ends_at) VALUES (%s, %s, {ENDS})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
"""
# Whoever writes clears away a little, so that no schedule is needed and nobody waits for a large clearance.
CLEAR_AWAY = """
    DELETE FROM core_sharedvalue WHERE key IN (
        SELECT key FROM core_sharedvalue WHERE ends_at < clock_timestamp() ORDER BY ends_at LIMIT 10
        FOR UPDATE SKIP LOCKED
    )
"""


class SharedCache(BaseCache):
    """For small things that are rarely asked: counts of rate limits, and codes that may be used once.

    Values are JSON, never pickles: whoever can write to the table must not be able to run code in the portal. Keys are
    digests, because they hold addresses of people and machines.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def make_key(self, key: Any, version: int | None = None) -> str:
        return salted_hmac("shared cache", super().make_key(key, version), algorithm="sha256").hexdigest()

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        question = (
            "SELECT value FROM core_sharedvalue WHERE key = %s AND (ends_at IS NULL OR ends_at > clock_timestamp())"
        )
        with connection.cursor() as cursor:
            cursor.execute(question, [self.make_key(key, version)])
            row = cursor.fetchone()
        return default if row is None else json.loads(row[0])

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._put(PUT, key, value, timeout, version)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """One of many who add the same at once is told that it did; the others come too late."""
        return self._put(f"{PUT} WHERE held.ends_at <= clock_timestamp()", key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        value = self.get(key, default=self, version=version)
        return value is not self and self._put(PUT, key, value, timeout, version)

    def delete(self, key: Any, version: int | None = None) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_sharedvalue WHERE key = %s", [self.make_key(key, version)])
            return bool(cursor.rowcount)

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_sharedvalue")

    def _put(self, statement: str, key: Any, value: Any, timeout: Any, version: int | None) -> bool:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        with connection.cursor() as cursor:
            cursor.execute(CLEAR_AWAY)
            cursor.execute(statement, [self.make_key(key, version), json.dumps(value), seconds])
            return bool(cursor.rowcount)
