"""What the numbers stand for that records point at: roles and kinds of records, as the chain noted them."""

from __future__ import annotations

from collections.abc import Iterator

from apps.ledger.state import NAMED
from apps.ledger.verify.chain import Chain
from apps.ledger.verify.reading import Reader
from apps.ledger.verify.report import Discrepancy


def read_names(reader: Reader, chain: Chain) -> Iterator[Discrepancy]:
    """Numbers that stand for something else than was noted. Nothing is renamed; releases only add."""
    for table, name in NAMED.items():
        noted: dict[str, str] = {}
        for note in chain.of_kind("names"):
            if note.table == table:
                names: dict[str, str] = note.content["names"]
                if changed := [key for key in noted if names.get(key, noted[key]) != noted[key]]:
                    yield Discrepancy(note.sequence, table, int(changed[0]), "an entry gives this number another name")
                noted.update(names)
        found = {_text(key): _text(said) for key, said in reader.rows(f"SELECT id, {name} FROM ONLY public.{table}")}
        if noted:
            yield from _differences(table, noted, found)


def _differences(table: str, noted: dict[str, str], found: dict[str, str]) -> Iterator[Discrepancy]:
    for key in sorted(noted.keys() | found.keys(), key=int):
        if key not in found:
            yield Discrepancy(None, table, int(key), f"the name “{noted[key]}” was removed")
        elif noted.get(key) != found[key]:
            yield Discrepancy(None, table, int(key), f"it reads “{found[key]}”, which no entry tells")


def _text(cell: bytes | None) -> str:
    return (cell or b"").decode()
