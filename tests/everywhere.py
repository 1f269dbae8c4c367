"""What every login is told at every address of the demo, asked once for all tests of a process: it changes nothing."""

import html
import re
from dataclasses import dataclass
from functools import cached_property

from django.db import connection

from apps.accounts.models import User
from tests.addresses import addresses
from tests.roles import as_portal
from tests.shown import Tab


@dataclass(frozen=True)
class Answer:
    """What somebody is told at an address. `name` is that of the page."""

    name: str
    url: str
    status: int
    is_page: bool
    text: str
    # Whether rows were locked for it.
    locks: bool = False

    @classmethod
    def of(cls, response, url="", name="", locks=False):
        told = b"".join(response.streaming_content) if response.streaming else response.content
        text = told.decode()
        # What a script of a page asks for is a part of one.
        is_page = response.get("Content-Type", "").startswith("text/html") and "<html" in text
        return cls(name, url, response.status_code, is_page, text, locks)

    @property
    def words(self):
        """Without tags and everything that is the same on every page."""
        if not self.is_page:
            return self.text
        text = re.sub(r"<[^>]+>", " ", self.text[self.text.find("<main") :])
        return re.sub(r"\s+", " ", html.unescape(text))


class Everywhere:
    """The pages of the world `everywhere`, which has to be entered when they are asked for."""

    def __init__(self):
        self._told = {}

    @cached_property
    def addresses(self):
        """[(name, url)] of every page."""
        return list(addresses())

    def told(self, login):
        """Every answer that this login gets, or somebody without one."""
        if login not in self._told:
            client = client_of(login)
            with as_portal():
                self._told[login] = [self._ask(client, name, url) for name, url in self.addresses]
        return self._told[login]

    def _ask(self, client, name, url):
        locked = []

        def note(execute, sql, *rest):
            locked.append(" FOR UPDATE" in sql or " FOR NO KEY UPDATE" in sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(note):
            return Answer.of(client.get(url), url, name, any(locked))


def client_of(login):
    """A client that is told of faults instead of raising them."""
    client = Tab(raise_request_exception=False)
    if login:
        client.force_login(User.objects.get(email=f"{login}@example.org"))
    return client
