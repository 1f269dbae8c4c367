"""Versions as those who keep a dataset register them, and as everybody reads them."""

import pytest

from apps.datasets.models import DatasetVersion
from tests.factories import make_dataset, make_dataset_version

NO_SHA256 = "A SHA-256 has 64 characters 0 to 9 and a to f."


@pytest.fixture
def page(sign_in):
    return lambda user, record, part="": sign_in(user).get(f"{record.get_absolute_url()}{part}")


@pytest.fixture
def register(sign_in):
    def register(user, dataset, **fields):
        return sign_in(user).post(f"/datasets/{dataset.pk}/new-version/", fields)

    return register


@pytest.fixture
def edit(sign_in):
    def edit(user, version, **fields):
        return sign_in(user).post(f"{version.get_absolute_url()}edit/", {"revision": version.revision, **fields})

    return edit


class TestRegistering:
    def test_starts_with_what_the_newest_one_says(self, version, tickets, engineer, sign_in):
        form = sign_in(engineer).get(f"/datasets/{tickets.pk}/new-version/").context["form"]
        assert [form[name].value() for name in ("record_count", "subject_count", "digest")] == [100, 40, ""]
        assert form["parents"].value() == [version.pk]

    def test_gives_the_next_number_and_keeps_the_parents(self, version, tickets, engineer, register):
        answer = register(engineer, tickets, record_count=90, parents=[version.pk], derived_by="filtered")
        made = tickets.versions.latest("number")
        assert answer.url == made.get_absolute_url()
        assert (made.number, made.record_count, made.subject_count) == (2, 90, None)
        assert [(link.parent, link.kind) for link in made.parent_links.all()] == [(version, "filtered")]

    @pytest.mark.parametrize("who", ["stranger", "requester", "legal", "privacy", "auditor"])
    def test_is_for_those_who_keep_the_dataset_and_for_engineers(self, version, tickets, cast, register, page, who):
        assert register(cast[who], tickets).status_code == 403
        assert "New version" not in page(cast[who], tickets).text
        assert "New\n  version" not in page(cast[who], version).text
        assert tickets.versions.count() == 1

    @pytest.mark.parametrize(
        ("sent", "field", "words"),
        [
            ({"digest": "abc"}, "digest", NO_SHA256),
            ({"digest": "g" * 64}, "digest", NO_SHA256),
            ({"digest": "ab" * 33}, "digest", NO_SHA256),
            ({"derived_by": "filtered"}, "parents", "Choose the versions that it was made from."),
        ],
    )
    def test_refuses_with_a_sentence(self, version, tickets, engineer, register, sent, field, words):
        answer = register(engineer, tickets, **sent)
        assert (answer.status_code, answer.context["form"].errors) == (422, {field: [words]})

    def test_asks_how_it_was_made(self, version, tickets, engineer, register):
        answer = register(engineer, tickets, parents=[version.pk])
        assert answer.context["form"].errors == {"derived_by": ["Choose how this version was made from the others."]}

    def test_takes_a_digest_however_it_was_copied(self, tickets, engineer, register):
        register(engineer, tickets, digest=f" {'AB' * 16} {'Ab' * 16}\t")
        assert DatasetVersion.objects.get().digest == "ab" * 32


class TestLoops:
    def test_a_version_is_never_made_from_itself(self, version, engineer, edit):
        answer = edit(engineer, version, parents=[version.pk], derived_by="sampled")
        assert answer.context["form"].errors == {"parents": ["A version is never made from itself."]}

    def test_nor_from_what_was_made_from_it(self, version, tickets, engineer, edit):
        second = make_dataset_version(tickets, parents=[version])
        third = make_dataset_version(make_dataset(engineer, "Clicks"), parents=[second])
        for parent in (second, third):
            answer = edit(engineer, version, parents=[parent.pk], derived_by="joined")
            assert answer.context["form"].errors == {
                "parents": [f"“{parent}” was made from this version, so this version is not made from it."]
            }
        assert not version.parents.exists()

    def test_other_parents_replace_those_before(self, version, tickets, engineer, edit):
        other = make_dataset_version(make_dataset(engineer, "Clicks"))
        second = make_dataset_version(tickets, parents=[version])
        assert edit(engineer, second, parents=[other.pk], derived_by="joined").status_code == 302
        assert [(link.parent, link.kind) for link in second.parent_links.all()] == [(other, "joined")]


class TestReading:
    def test_says_what_changed_since_the_version_before(self, version, tickets, engineer, page):
        second = make_dataset_version(tickets, record_count=90, subject_count=40, parents=[version], digest="")
        said = page(engineer, second)
        changes = [(change.label, change.before, change.after) for change in said.context["changes"]]
        assert changes == [
            ("SHA-256 of its manifest", "ab" * 32, "Not recorded."),
            ("Records", "100", "90"),
            ("Derived from", "", "Tickets, version 1: filtered"),
        ]
        assert "What changed since version 1" in said.text
        assert "What changed since" not in page(engineer, version).text

    def test_leads_to_parents_and_to_what_was_made_from_it(self, version, tickets, stranger, page):
        second = make_dataset_version(tickets, parents=[version], derived_by="pseudonymised")
        for one, other in ((version, second), (second, version)):
            assert f'href="{other.get_absolute_url()}">{other}</a>' in page(stranger, one).text

    def test_says_that_the_same_files_have_another_name(self, version, engineer, page):
        other = make_dataset_version(make_dataset(engineer, "Clicks"))
        make_dataset_version(make_dataset(engineer, "Swipes"), digest="cd" * 32)
        said = page(engineer, version)
        assert said.context["same_files"] == [other]
        assert "The same files are registered under another name." in said.text

    def test_the_dataset_lists_its_versions_the_newest_first(self, version, tickets, engineer, page):
        make_dataset_version(tickets)
        said = page(engineer, tickets).text
        assert said.index("Version 2</a>") < said.index("Version 1</a>")
        assert "100 records" in said
        assert "New version</a>" in said

    @pytest.mark.parametrize("part", ["", "checks/", "review/", "history/"])
    def test_every_part_reads(self, version, stranger, page, part):
        assert page(stranger, version, part).status_code == 200

    def test_is_listed_searched_and_exported(self, version, stranger, sign_in):
        browser = sign_in(stranger)
        assert "Tickets, version 1" in browser.get("/dataset-versions/", {"q": "abab", "status": "registered"}).text
        assert "Tickets, version 1" not in browser.get("/dataset-versions/", {"status": "released"}).text
        assert (
            "Version 1 of a dataset of Engineer"
            in browser.get("/search/", {"q": "tickets", "kind": "dataset-versions"}).text
        )
        exported = b"".join(browser.get("/dataset-versions/?export=csv").streaming_content).decode()
        assert "ab" * 32 in exported


class TestAfterApproval:
    def test_no_form_edits_it(self, settled, engineer, edit):
        assert edit(engineer, settled, digest="cd" * 32).status_code == 409
        settled.refresh_from_db()
        assert settled.digest == "ab" * 32

    def test_its_page_offers_a_new_version_in_place_of_an_edit(self, settled, engineer, page):
        said = page(engineer, settled)
        assert (said.context["edit_url"], said.context["may_register"]) == (None, True)
