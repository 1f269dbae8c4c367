"""What no verification compares, and why: said with every verdict, so that nobody believes more than was looked at."""

from __future__ import annotations

from typing import NamedTuple


class LeftOut(NamedTuple):
    """One sentence for people, and the tables it speaks of."""

    words: str
    tables: tuple[str, ...]


LEFT_OUT: list[LeftOut] = []


def leaves_out(words: str, *tables: str) -> None:
    """Name what is not compared. Called by any room for its own tables, beside the questions it asks."""
    LEFT_OUT.append(LeftOut(words, tables))


leaves_out(
    "What was false or left out when it was written, and who really sat at the keyboard: no comparison can tell.",
)
leaves_out(
    "What the owner of the database wrote anew since the newest checkpoint that somebody holds outside.",
)
leaves_out(
    "Earlier verifications and the list of checkpoints left with others: the portal writes them itself, and a row that "
    "is removed is not missed. A checkpoint is believed for its signature only.",
    "ledger_verification",
    "ledger_anchor",
)
leaves_out(
    "What is kept for hours: sessions, counters of rate limits, and answers to repeated requests.",
    "django_session",
    "core_sharedvalue",
    "ledger_storedresponse",
)
leaves_out(
    "Lists that come with the release: applied migrations, Django's own permissions, which permit nothing here, and "
    "the fields that may be redacted. A verification uses the list of its own program.",
    "django_migrations",
    "auth_permission",
    "auth_group_permissions",
    "ledger_redactablefield",
)
leaves_out("The log of the admin site: what is changed there stands in the history of the record.", "django_admin_log")
