"""Where the portal takes files. Tests find these doors again in the schema and on the pages, and try each of them."""

from html.parser import HTMLParser

from django.urls import resolve

# Every way in for a file, as (what takes it, field).
API_DOORS = {
    ("agreements/{id}/transitions/{name}/", "document"),
    ("cohorts/", "file"),
    ("comments/", "file"),
    ("consent-imports/", "file"),
    ("due-diligence/{id}/evidence/", "file"),
    ("ownership-statements/", "file"),
}
PAGE_DOORS = {
    ("comment", "comment-file"),
    ("step", "document"),
    ("record_create", "file"),
    ("duediligence_answers", "file"),
    ("bods", "file"),
    ("cohort_create", "file"),
    ("import_create", "file"),
}


def file_inputs(url, page):
    """The same of every input for a file on a page."""
    parser = _FileInputs(url)
    parser.feed(page)
    return parser.found


class _FileInputs(HTMLParser):
    def __init__(self, url):
        super().__init__()
        self.url, self.action, self.found = url, url, set()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.action = given.get("action") or self.url
        if tag == "input" and given.get("type") == "file":
            field = given["name"].rstrip("0123456789").rstrip("_")
            self.found.add((resolve(self.action).func.__name__, field))
