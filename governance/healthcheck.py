"""Asks a web process whether it is well, or what it says of another part of the portal. Run by the containers:

`python -m governance.healthcheck` in one that is web itself, `python -m governance.healthcheck worker web` in a worker.
"""

import json
import sys
from http.client import HTTPConnection

PORT = 8000


def is_healthy(part: str = "", host: str = "127.0.0.1", *, port: int = PORT) -> bool:
    connection = HTTPConnection(host, port, timeout=8)
    # In production plain HTTP is redirected, and only the hosts that are named are answered.
    headers = {"Host": "localhost", "X-Forwarded-Proto": "https"}
    connection.request("GET", "/healthz" if part else "/healthz/web", headers=headers)
    response = connection.getresponse()
    if not part:
        return response.status == 200
    return bool(json.loads(response.read())[part] == "ok")


if __name__ == "__main__":
    sys.exit(0 if is_healthy(*sys.argv[1:3]) else 1)
