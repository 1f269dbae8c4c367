"""Time stamps by somebody else (RFC 3161), asked for and verified with the command `openssl`."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings

SECONDS = 30
LONGEST_ANSWER = 64 * 1024
STAMPED_AT = re.compile(r"^Time stamp: (\w{3} +\d+ [\d:]{8})(?:\.\d+)? (\d{4}) GMT$", re.MULTILINE)


class BadTimestamp(Exception):
    """There is no time stamp, or it is not to be believed; the message says why."""


def ask_for_stamp(content: bytes, url: str) -> bytes:
    """The answer of the time-stamping authority, which holds its signature over the content's hash and the time."""
    with TemporaryDirectory() as folder:
        data, query = Path(folder) / "data", Path(folder) / "query"
        data.write_bytes(content)
        _openssl("-query", "-data", str(data), "-sha256", "-cert", "-out", str(query))
        request = Request(url, data=query.read_bytes(), headers={"Content-Type": "application/timestamp-query"})
    if urlsplit(url).scheme not in ("http", "https"):
        raise BadTimestamp("LEDGER_TSA_URL must begin with http:// or https://.")
    try:
        with urlopen(request, timeout=SECONDS) as answer:
            return bytes(answer.read(LONGEST_ANSWER))
    except (URLError, OSError, ValueError) as error:
        raise BadTimestamp(f"The time-stamping authority did not answer: {error}.") from error


def verified_time(content: bytes, token: bytes) -> datetime:
    """When this content was stamped, by a certificate that LEDGER_TSA_CERTIFICATES leads to."""
    trusted = settings.LEDGER_TSA_CERTIFICATES
    if not trusted:
        raise BadTimestamp("LEDGER_TSA_CERTIFICATES must name the certificates that time stamps are verified with.")
    with TemporaryDirectory() as folder:
        data, answer = Path(folder) / "data", Path(folder) / "answer"
        data.write_bytes(content)
        answer.write_bytes(token)
        said = STAMPED_AT.search(_openssl("-reply", "-in", str(answer), "-text"))
        if said is None:
            raise BadTimestamp("The answer of the time-stamping authority holds no time.")
        moment = datetime.strptime(f"{said[1]} {said[2]}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        # The certificate has to have been valid then; by now it may have run out.
        at = ["-attime", str(int(moment.timestamp()))]
        _openssl("-verify", "-data", str(data), "-in", str(answer), "-CAfile", str(trusted), *at)
    return moment


def _openssl(*args: str) -> str:
    try:
        done = subprocess.run(["openssl", "ts", *args], capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadTimestamp(f"The command openssl cannot be run: {error}.") from error
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no reason"]
        raise BadTimestamp(f"The time stamp is not to be believed. openssl says: {reason[0][:200]}")
    return done.stdout
