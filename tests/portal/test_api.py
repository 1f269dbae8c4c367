"""The ledger through the API."""

from tests.api_cast import api_of
from tests.factories import write_ledger


class TestLedger:
    def test_is_found_by_row(self, auditor, tickets):
        write_ledger()
        row = tickets.history.get().pk
        found = api_of(auditor).get("ledger/", table_name="datasets_historicaldataset", row_id=row).json()["results"]
        assert [entry["row_id"] for entry in found] == [row]
        assert len(found[0]["hash"]) == 64

    def test_shows_commitments_and_no_values(self, auditor, tickets):
        write_ledger()
        newest = api_of(auditor).get("ledger/", table_name="datasets_historicaldataset").json()["results"][0]
        entry = api_of(auditor).get(f"ledger/{newest['sequence']}/").json()
        assert {len(commitment) for commitment in entry["fields_committed"].values()} == {64}

    def test_is_not_for_everybody(self, requester):
        response = api_of(requester).get("ledger/")
        assert response.status_code == 403
        assert "read the ledger" in response.json()["detail"]
