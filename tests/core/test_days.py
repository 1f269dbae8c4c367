"""A moment falls on a day only in a zone. Every page, mail and answer means that of the company."""

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings

from apps.core import clock
from apps.notifications.digest import Records, queue_digest
from apps.notifications.models import Message
from tests.api_cast import api_of

CODE = [path for room in ("apps", "governance") for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py"))]
CLOCK = Path(clock.__file__)
# Whatever gives a day, a year or an hour of a moment without saying where.
METHODS = {"date", "today", "utcnow", "utcfromtimestamp", "strftime", "localdate", "localtime", "isocalendar"}
# Lookups and functions of the database that do the same.
LOOKUPS = re.compile(
    r"_at__(date|year|month|day|week)\b|::date\b|\b(TruncDate|date_trunc|current_date|to_char)\b", re.I
)
# The zone of the company, or UTC by name.
SAID = re.compile(r"^clock\.(local|day_of)\(|\.astimezone\(UTC\)$")
MOMENT = re.compile(r"(_at|\bat|moment|_by|_date|now\(\))$")


def _wrong(node):
    """What is wrong with a node of the syntax tree; nothing for most."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name, given = node.func.attr, len(node.args) + len(node.keywords)
        named = ast.unparse(node.func.value).rpartition(".")[2]
        if name in METHODS and named != "clock" and "transaction" not in named:
            return f"{named}.{name}()"
        if name in ("now", "fromtimestamp") and named == "datetime" and given < (1 if name == "now" else 2):
            return f"datetime.{name}() without a zone"
    if isinstance(node, ast.FormattedValue) and node.format_spec and "%" in ast.unparse(node.format_spec):
        value = ast.unparse(node.value)
        if MOMENT.search(value) and not SAID.search(value):
            return f"a day of {value}, in no zone"
    said = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    if LOOKUPS.search(said) and "AT TIME ZONE 'UTC'" not in said:
        return f"“{LOOKUPS.search(said)[0]}” of the database"
    if isinstance(node, ast.keyword) and node.arg and LOOKUPS.search(node.arg):
        return f"the lookup {node.arg}"
    return None


def test_nobody_but_the_clock_says_on_which_day_a_moment_falls():
    found = {
        f"{path.relative_to(settings.BASE_DIR)}:{getattr(node, 'lineno', 0)}": wrong
        for path in CODE
        if path != CLOCK and not re.fullmatch(r"\d{4}_.+", path.stem)
        for node in ast.walk(ast.parse(path.read_text()))
        if (wrong := _wrong(node))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Berlin", date(2026, 3, 31)), ("America/Los_Angeles", date(2026, 3, 30))]
)
def test_a_moment_falls_on_the_day_that_the_company_had(settings, zone, day):
    settings.TIME_ZONE = zone
    assert clock.day_of(datetime(2026, 3, 30, 22, 30, tzinfo=UTC)) == day


@pytest.mark.parametrize(("zone", "today"), [("Europe/Berlin", 15), ("America/Los_Angeles", 14)])
def test_page_home_mail_and_api_name_the_same_days(settings, zone, today, support, requester, legal, sign_in):
    """Half past eleven in the evening in UTC is already tomorrow in Berlin."""
    settings.TIME_ZONE = zone
    with clock.travel_to(datetime(2030, 5, 14, 23, 30, tzinfo=UTC)):
        support.submit(by=requester)
        home, sheet = (sign_in(legal).get(path).text for path in ("/", f"{support.get_absolute_url()}review/"))
        queue_digest(legal, Records(), clock.today())
        mail = str(Message.objects.get(recipient=legal).lines)
        task = api_of(legal).get("work/").json()["results"][0]
    begun, due = f"{today} May 2030", f"{today + 10} May 2030"
    assert begun in home
    assert f"submitted by Requester on {begun}" in sheet
    assert due in home
    assert f"due {due}" in mail
    assert (task["since"], task["due_on"]) == (f"2030-05-{today}", f"2030-05-{today + 10}")
    other = f"{29 - today} May 2030"
    assert [where for where, told in (("home", home), ("sheet", sheet), ("mail", mail)) if other in told] == []
