from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from django.db import connection

from tests.notifications.background import smtp_server


@pytest.fixture
def postbox():
    with smtp_server() as postbox:
        yield postbox


@pytest.fixture
def in_another_connection():
    """Hold a context manager open in a thread with a database connection of its own."""

    @contextmanager
    def hold(manager, *arguments):
        entered, leave = Event(), Event()

        def run():
            try:
                with manager(*arguments):
                    entered.set()
                    leave.wait(30)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            held = threads.submit(run)
            assert entered.wait(10)
            try:
                yield
            finally:
                leave.set()
                held.result(10)

    return hold
