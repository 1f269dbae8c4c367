"""Asks the web process on this machine whether it is well. Run by the container: `python -m governance.healthcheck`."""

import sys
from http.client import HTTPConnection

PORT = 8000


def is_healthy(port: int = PORT) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=8)
    # In production plain HTTP is redirected, and only the hosts that are named are answered.
    connection.request("GET", "/healthz/web", headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
    return connection.getresponse().status == 200


if __name__ == "__main__":
    sys.exit(0 if is_healthy() else 1)
