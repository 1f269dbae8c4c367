import json

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.portal.bench import by_hand
from apps.portal.bench.figures import Figure, as_table
from tests.api_cast import api_of


class TestBaselines:
    """A baseline that leaves out fields would flatter the list."""

    def test_vendors_by_hand_are_what_the_api_gives(self, legal, support):
        assert json.loads(by_hand.vendors_as_json(legal)) == api_of(legal).get("vendors/").json()["results"]

    def test_agreements_by_hand_are_what_the_api_gives(self, legal, support):
        assert json.loads(by_hand.agreements_as_json(legal)) == api_of(legal).get("agreements/").json()["results"]

    @pytest.mark.parametrize("name", ["vendors", "agreements"])
    def test_a_page_by_hand_has_a_cell_for_each_column(self, name, legal, in_review, sign_in):
        page = sign_in(legal).get(f"/{name}/").content.decode()
        table = getattr(by_hand, f"{name}_as_html")(legal)
        assert table.count("<tr>") == 1
        assert table.count("<td>") == page.count("<td")


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
        assert len({row["name"] for row in rows}) == 23
        assert all(row["ratio"] >= 0 for row in rows)
        assert [row["verified"] for row in rows if "verified" in row] == [True, True]
        assert not User.objects.exists()
