"""Every page as a browser shows it: accessible in light and dark, as narrow as a phone, without a complaint."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings

from tests.everywhere import Answer, client_of

AXE = Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# An answer of the server that is a page. Everything else is a redirect, a file, or refuses the method.
PAGES = {200, 403, 404, 409, 422}
RUN_AXE = """async ([tags, rules]) => {
    const only = rules ? { type: "rule", values: rules } : { type: "tag", values: tags };
    const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
    const say = (id, node) => `${id}: ${node.target} ${node.any[0]?.message ?? ""}`;
    return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => say(id, node)));
}"""


SPECIAL = [
    ("found", "/search/?q=face"),
    ("nothing found", "/search/?q=nothing-is-called-this"),
    ("filtered", "/vendors/?q=e&status=approved&sort=-name"),
    ("empty list", "/agreements/?q=nothing-is-called-this"),
    ("page two", "/ledger/?page=2&per_page=25"),
    ("missing record", "/agreements/999999/"),
    ("no such page", "/nowhere/"),
    ("admin site", "/admin/"),
    ("list of the admin site", "/admin/agreements/agreement/"),
    ("schedules", "/admin/django_celery_beat/periodictask/"),
]


def parts(html):
    """What a page is made of, without its words."""
    return set(re.findall(r'<(\w+)(?:[^>]*? class="([^"]*)")?', html[html.find("<main") :]))


def kinds(answers):
    """(address, what kind of page it is and what it is made of) of every page."""
    for answer in answers:
        if answer.status in PAGES and answer.is_page:
            yield answer.url, {answer.name if answer.status == 200 else answer.status, *parts(answer.text)}


def fresh_pages(answers, seen):
    """The addresses at which a kind of page is found, or a part of one, that nobody before has been shown."""
    for url, made_of in kinds(answers):
        if not made_of <= seen:
            seen |= made_of
            yield url


# Names as long as they may be, in place of each that the page shows.
LENGTHEN = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        node.nodeValue = node.nodeValue.replace(/[A-Z][a-z]+ (?=[A-Z])|Lumen|Acme/g, "W".repeat(280));
    }
}"""
WIDTHS = (390, 1360)


def too_wide(page):
    """The widths of a screen at which the page is wider."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found = page.evaluate("document.documentElement.scrollWidth")
        if found > width:
            yield f"{found} pixels wide on {width}"


def look(page, url):
    """Everything that is wrong with the page."""
    # Colours that are still on their way to others would be measured half way.
    page.emulate_media(reduced_motion="reduce")
    page.goto(url)
    wrong = [f"light: {violation}" for violation in page.evaluate(RUN_AXE, [RULES, None])]
    page.emulate_media(color_scheme="dark")
    wrong += [f"dark: {violation}" for violation in page.evaluate(RUN_AXE, [RULES, ["color-contrast"]])]
    page.emulate_media(color_scheme="light")
    wrong += too_wide(page)
    page.evaluate(LENGTHEN)
    wrong += [f"with long names: {what}" for what in too_wide(page)]
    page.set_viewport_size({"width": 1280, "height": 800})
    return wrong


@pytest.mark.parametrize("logins", [("legal",), (None, "requester", "admin", "auditor")], ids=["legal", "others"])
def test_pages(page_of, open_page, everywhere, logins):
    seen, problems = set(), defaultdict(list)
    if "legal" not in logins:  # what legal is shown too is looked at once
        seen |= {kind for _, made_of in kinds(everywhere.told("legal")) for kind in made_of}
    for login in logins:
        client = client_of(login)
        special = [Answer.of(client.get(url), url, name) for name, url in SPECIAL]
        page = page_of(login) if login else open_page()
        page.add_init_script(path=AXE)
        for url in fresh_pages([*everywhere.told(login), *special], seen):
            problems[f"{url} as {login}"] += look(page, url)
        assert page.complaints == []
    assert {url: wrong for url, wrong in problems.items() if wrong} == {}
    assert len(problems) > (50 if "legal" in logins else 5), "too few pages were looked at"
