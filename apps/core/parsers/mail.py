"""Who wrote a mail to whom, about what and when, and what is attached. Nothing of it is opened or rendered."""

import json
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

SHOWN = ("From", "To", "Cc", "Subject", "Date")
SENT = ("Date", "Received", "Message-ID", "Subject")
LONGEST = 1000


def read(content: bytes) -> dict[str, Any]:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    if "From" not in message or not any(name in message for name in SENT):
        return {"refused": "This does not read as a mail: the lines From and Date at its beginning are missing."}
    lines = [f"{name}: {_words(message, name)}" for name in SHOWN if name in message]
    files = [
        [part.get_filename() or "without a name", len(part.get_payload(decode=True) or b"")]
        for part in message.walk()
        if part.get_filename() or part.get_content_disposition() == "attachment"
    ]
    return {"lines": lines, "files": files}


def _words(message: EmailMessage, name: str) -> str:
    """As it is written where it is not written as the rules want it."""
    try:
        return str(message[name])[:LONGEST]
    except Exception:  # whatever the library meets in a header
        return "cannot be read"


if __name__ == "__main__":
    print(json.dumps(read(sys.stdin.buffer.read())))  # noqa: T201 - what the caller reads
