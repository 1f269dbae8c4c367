"""The same of a message that Outlook kept as a file (.msg)."""

import json
import sys
from typing import Any

from oxmsg import Message

LONGEST = 1000


def read(content: bytes) -> dict[str, Any]:
    message = Message.load(content)
    sent = message.sent_date
    told = {
        "From": message.sender,
        "To": ", ".join(f"{recipient.name} <{recipient.email_address}>" for recipient in message.recipients),
        "Subject": message.subject,
        "Date": f"{sent:%-d %b %Y, %H:%M} UTC" if sent else "",
    }
    if not any(told.values()):
        return {"refused": "This does not read as a message of Outlook: it names no sender, subject or day."}
    lines = [f"{name}: {value[:LONGEST]}" for name, value in told.items() if value]
    files = [[file.file_name or "without a name", file.size] for file in message.attachments]
    return {"lines": lines, "files": files}


if __name__ == "__main__":
    print(json.dumps(read(sys.stdin.buffer.read())))  # noqa: T201 - what the caller reads
