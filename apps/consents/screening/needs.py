"""Which uses a sharing needs people to permit."""

from __future__ import annotations

from collections.abc import Iterable

from apps.disclosures.recipients import RecipientClass, sharing_use

# Who acts for us, or for the law, decides nothing.
DECIDES_NOTHING = (RecipientClass.SERVICE_PROVIDER, RecipientClass.LEGAL_PROCESS)


def needs_of(uses: Iterable[str], recipient: str = "") -> list[str]:
    """The keys of the uses, and of sharing itself where the recipient decides its own purposes."""
    shared = [sharing_use(recipient)] if recipient and recipient not in DECIDES_NOTHING else []
    return sorted({*uses, *shared})
