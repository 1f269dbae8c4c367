"""The description of the API that is committed, and the page that shows it."""

from pathlib import Path

from django.core.management import call_command

COMMITTED = Path(__file__).parent.parent / "docs/openapi.yaml"


def test_the_committed_schema_is_valid_and_fits_the_code(tmp_path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(made))
    assert made.read_text() == COMMITTED.read_text(), "The API has changed. Run `make schema` and commit the result."


class TestDocsPage:
    def test_is_for_those_signed_in(self, client, db):
        response = client.get("/api/v1/docs/")
        assert response.status_code == 302
        assert "login" in response["Location"]

    def test_loads_everything_from_here(self, sign_in, stranger):
        page = sign_in(stranger).get("/api/v1/docs/").content.decode()
        assert 'data-schema="/api/v1/schema/"' in page
        assert "https://" not in page

    def test_is_linked_from_the_account(self, sign_in, stranger):
        assert "/api/v1/docs/" in sign_in(stranger).get("/account/").content.decode()
