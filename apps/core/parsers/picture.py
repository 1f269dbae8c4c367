"""The size of a picture, once all of it has been read. The second argument names the format that is expected."""

import io
import json
import sys
from typing import Any

from PIL import Image

MOST_PIXELS = 100_000_000


def read(content: bytes, kind: str) -> dict[str, Any]:
    Image.MAX_IMAGE_PIXELS = None  # the bound below is said in words
    picture = Image.open(io.BytesIO(content), formats=(kind,))
    width, height = picture.size
    if width * height > MOST_PIXELS:
        return {"refused": f"The picture has more than {MOST_PIXELS:,} pixels."}
    picture.verify()
    Image.open(io.BytesIO(content), formats=(kind,)).load()
    return {"lines": [f"{width:,} by {height:,} pixels"]}


if __name__ == "__main__":
    print(json.dumps(read(sys.stdin.buffer.read(), sys.argv[2])))  # noqa: T201 - what the caller reads
