"""docker/Caddyfile: what the proxy before the portal lets through, how long it waits, and what it says of visitors."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from governance.serving import bounds
from tests.test_docker import SERVICES

CADDYFILE = Path(settings.BASE_DIR) / "docker/Caddyfile"
UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
SECONDS = {"s": 1, "m": 60, "h": 3600}


def read(text):
    """The configuration as [(words of a line, what stands in its braces)]."""
    stack = [[]]
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words == ["}"]:
            stack.pop()
        elif words:
            opens = words[-1] == "{"
            block = []
            stack[-1].append((tuple(words[:-1] if opens else words), block))
            if opens:
                stack.append(block)
    assert len(stack) == 1, "Every brace is closed."
    return stack[0]


CONFIGURATION = read(CADDYFILE.read_text())


def inside(*path, of=CONFIGURATION):
    """What stands in the block of these first words, one in the other."""
    for name in path:
        [of] = [block for words, block in of if " ".join(words) == name]
    return of


def values(block):
    return {words[0]: " ".join(words[1:]) for words, _ in block}


def size(text):
    number, unit = re.fullmatch(r"(\d+)([KMG]iB)", text).groups()
    return int(number) * UNITS[unit]


def seconds(text):
    return int(text[:-1]) * SECONDS[text[-1]]


SITE = inside("{$PORTAL_HOST}")
PROXY = inside("(portal)", "reverse_proxy web:8000")
MATCHERS = {words[0]: words[2:] for words, _ in SITE if words[0].startswith("@")}
ROUTES = {words[1] if len(words) > 1 else "": block for words, block in SITE if words[0] == "handle"}


class TestTimes:
    timeouts = values(inside("", "servers", "timeouts"))

    def test_headers_must_come_soon(self):
        assert seconds(self.timeouts["read_header"]) <= 10

    def test_bodies_must_come_at_the_pace_that_the_portal_wants(self):
        patience, pace = self.timeouts["read_body_idle"].split()
        assert (seconds(patience), int(pace)) == (bounds.PATIENCE, bounds.SLOWEST_BYTES_A_SECOND)

    def test_answers_must_be_taken_and_connections_used(self):
        patience, pace = self.timeouts["write_idle"].split()
        assert seconds(patience) <= 60
        assert int(pace) >= 1024
        assert seconds(self.timeouts["idle"]) <= 60

    def test_the_portal_must_be_there_and_answer(self):
        transport = values(inside("transport http", of=PROXY))
        assert seconds(transport["dial_timeout"]) <= 5
        assert seconds(transport["response_header_timeout"]) <= 300

    def test_the_version_knows_all_of_it(self):
        version = re.search(r"caddy:(\d+)\.(\d+)\.(\d+)-", SERVICES["proxy"]["image"]).groups()
        assert tuple(map(int, version)) >= (2, 11, 7)


class TestSizes:
    @pytest.mark.parametrize(
        ("route", "most"),
        [
            ("@small", settings.STRANGERS_MAX_BYTES),
            ("@large", settings.CONSENT_FILE_MAX_BYTES + 1024**2),
            ("", 10 * settings.UPLOAD_MAX_BYTES + 1024**2),
        ],
    )
    def test_are_those_of_the_portal(self, route, most):
        assert size(values(inside("request_body", of=ROUTES[route]))["max_size"]) == most

    def test_every_route_has_one_and_leads_to_the_portal(self):
        assert set(ROUTES) == {"@small", "@large", ""}
        for block in ROUTES.values():
            assert [words for words, _ in block] == [("request_body",), ("import", "portal")]

    def test_large_files_are_taken_where_the_portal_takes_them(self):
        assert MATCHERS["@large"] == settings.LARGE_FILE_PATHS

    def test_where_strangers_go_is_small(self):
        assert {"/accounts/*", "/withdraw/*", "/healthz"} <= set(MATCHERS["@small"])

    def test_headers_are_no_larger_than_the_portal_takes(self):
        assert size(values(inside("", "servers"))["max_header_size"]) <= 32 * 1024


def test_what_strangers_may_send_is_kept_until_it_is_whole():
    assert size(values(PROXY)["request_buffers"]) == settings.STRANGERS_MAX_BYTES


class TestWhoIsToldToBeAsking:
    said = [words[1:] for words, _ in PROXY if words[0] == "header_up"]

    def test_is_who_the_proxy_sees(self):
        assert ("X-Forwarded-For", "{client_ip}") in self.said
        assert ("-Forwarded",) in self.said

    def test_is_never_who_the_visitor_claims_to_be(self):
        assert "trusted_proxies" not in values(inside("", "servers"))
        assert not [words for words in self.said if words[0].startswith("+")]

    def test_is_the_one_proxy_that_the_portal_counts(self):
        for service in ("web", "worker", "beat"):
            assert SERVICES[service]["environment"]["TRUSTED_PROXY_COUNT"] == "1"


def test_nobody_steers_the_proxy_from_afar():
    assert ("admin", "off") in [words for words, _ in inside("")]
