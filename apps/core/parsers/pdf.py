"""How many pages a PDF has, and whether it can be read at all."""

import io
import json
import sys
from typing import Any

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError


def read(content: bytes) -> dict[str, Any]:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        return {"lines": ["Protected by a password."]}
    try:
        pages = len(reader.pages)
    except FileNotDecryptedError:
        return {"lines": ["Protected by a password."]}
    return {"lines": [f"{pages:,} {'page' if pages == 1 else 'pages'}"]}


if __name__ == "__main__":
    print(json.dumps(read(sys.stdin.buffer.read())))  # noqa: T201 - what the caller reads
