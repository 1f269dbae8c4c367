import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import User
from apps.findings.models import Requirement
from apps.findings.models.finding import new_finding
from apps.portal.bench import statements
from apps.portal.bench.asking import scanned_whole
from apps.portal.bench.figures import Figure, as_table
from apps.portal.bench.lists import OF_API, rest_of
from tests.api_cast import api_of
from tests.factories import make_transfer


class TestBaselines:
    """A baseline that leaves out fields would flatter the list."""

    @pytest.mark.parametrize("name", OF_API)
    def test_the_statement_of_a_list_is_what_the_api_gives(self, name, legal, in_review):
        if name == "transfers":
            make_transfer(legal, in_review.datasets.first(), in_review.counterparty)
        rule = Requirement.objects.all()[0]
        new_finding(rule, in_review, "bench", fact="A fact").save()
        new_finding(rule, in_review.counterparty, "bench", fact="Another one", proposed_by=legal).save()
        answer = api_of(legal).get(f"{name}/").json()
        told = json.loads(statements.list_as_json(name, legal.pk, "http://testserver"))
        assert told == {part: answer[part] for part in ("count", "withheld", "results")}
        assert told["results"]

    @pytest.mark.parametrize("name", statements.ONE)
    def test_the_statement_of_a_record_is_what_the_api_gives(self, name, legal, in_review):
        pk = api_of(legal).get(f"{name}/").json()["results"][0]["id"]
        answer = api_of(legal).get(f"{name}/{pk}/").json()
        assert json.loads(statements.one_as_json(name, pk, rest_of(name, answer))) == answer


@pytest.mark.django_db
class TestScannedWhole:
    def test_names_large_tables_that_are_read_from_beginning_to_end(self):
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE taxonomy_datacategory")
        all_of_it = [("SELECT count(*) FROM taxonomy_datacategory WHERE name > %s", ["a"])]
        assert scanned_whole(all_of_it, 20) == ["taxonomy_datacategory"]
        assert scanned_whole(all_of_it, 20_000) == []


class TestFigure:
    @pytest.mark.parametrize(
        ("value", "broken", "verdict"),
        [(3.9, (), "met"), (4.0, (), "met"), (4.1, (), "missed"), (1, ("Why.",), "broken")],
    )
    def test_is_met_missed_or_broken(self, value, broken, verdict):
        assert Figure("A list", value, 1, goal=4, broken=broken).verdict == verdict

    def test_the_table_says_why_one_is_broken(self):
        assert as_table([Figure("A list", 1, 1, goal=4, broken=("11 queries.",))]).endswith("11 queries.")


class TestCommand:
    def test_refuses_a_database_that_holds_records(self, legal):
        with pytest.raises(CommandError, match="This database holds records"):
            call_command("bench")
        assert User.objects.exists()

    @pytest.mark.whole
    @pytest.mark.world("bare")
    @pytest.mark.django_db(transaction=True)
    def test_measures_everything_and_leaves_nothing(self, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        call_command("bench", records=30, transitions=4, entries=3000, repeats=1, subjects=300)
        rows = [json.loads(line) for line in (tmp_path / "bench.json").read_text().splitlines()]
        assert len({row["name"] for row in rows}) == 38
        assert all(row["ratio"] >= 0 for row in rows)
        assert [row["verified"] for row in rows if "verified" in row] == [True, True]
        assert not User.objects.exists()
