"""Values as PostgreSQL's `to_jsonb` renders them, made here from what COPY sends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from apps.ledger.verify.reading import Cell

Render = Callable[[Cell], bytes]

NULL = b"null"
# An element of an array of one dimension, quoted or not.
ELEMENT = re.compile(rb'"(?:[^"\\]|\\.)*"|[^,]+', re.DOTALL)
TO_ESCAPE = re.compile(rb'[\x00-\x1f"\\]')


def text(cell: Cell) -> bytes:
    if cell is None:
        return NULL
    if TO_ESCAPE.search(cell):
        return json.dumps(cell.decode(), ensure_ascii=False).encode()
    return b'"%b"' % cell


def as_it_is(cell: Cell) -> bytes:
    return NULL if cell is None else cell


def boolean(cell: Cell) -> bytes:
    return NULL if cell is None else b"true" if cell == b"t" else b"false"


def moment(cell: Cell) -> bytes:
    """A time of a session in UTC."""
    if cell is None or cell.endswith(b"infinity"):
        return text(cell)
    time, era, _ = cell.partition(b" BC")
    return b'"%b:00%b"' % (time.replace(b" ", b"T", 1), era)


def numbers(cell: Cell) -> bytes:
    return NULL if cell is None else b"[%b]" % b", ".join(ELEMENT.findall(cell[1:-1]))


def texts(cell: Cell) -> bytes:
    if cell is None:
        return NULL
    return b"[%b]" % b", ".join(
        NULL if found == b"NULL" else text(_plain(found)) for found in ELEMENT.findall(cell[1:-1])
    )


def _plain(element: bytes) -> bytes:
    """An element of an array without the quotes that PostgreSQL puts around some."""
    return re.sub(rb"\\(.)", rb"\1", element[1:-1], flags=re.DOTALL) if element.startswith(b'"') else element


RENDERINGS: dict[str, Render] = {
    "bigint": as_it_is,
    "bigint[]": numbers,
    "boolean": boolean,
    "character varying": text,
    "character varying[]": texts,
    "date": text,
    "integer": as_it_is,
    "integer[]": numbers,
    "jsonb": as_it_is,
    "numeric": as_it_is,
    "smallint": as_it_is,
    "text": text,
    "text[]": texts,
    "timestamp with time zone": moment,
    "uuid": text,
}


def rendering(type_name: str) -> Render | None:
    """How values of a type are rendered, such as `character varying(30)`; None for one that no ledger ever held."""
    return RENDERINGS.get(re.sub(r"\(.*?\)", "", type_name))
