"""Proofs on the page History and through the API, for whoever sees the record; and who holds checkpoints."""

import re

import pytest

from apps.ledger.models import Anchor, Entry
from apps.ledger.proofs import check_proof
from apps.ledger.signer import Refused
from apps.ledger.tasks import anchor_checkpoint
from tests.api_cast import Api, api_of
from tests.factories import make_person, write_ledger
from tests.ledger.signing import REWRITE_LATER, cut_tail, head, rewrite


@pytest.fixture
def keys(support, sign, signer):
    """The agreement “support” is in the signed ledger."""
    sign()
    return signer.verifier_keys()


def entry_of(record):
    row = record.history.latest()
    return Entry.objects.get(table_name=row._meta.db_table, row_id=row.history_id)


class TestHistory:
    def test_leads_to_a_proof_of_each_event_that_verifies(self, support, keys, requester, sign_in):
        client = sign_in(requester)
        page = client.get(f"{support.get_absolute_url()}history/").content.decode()
        numbers = re.findall(r'href="/ledger/(\d+)/proof/"', page)
        assert str(entry_of(support).pk) in numbers
        for number in numbers:
            answer = client.get(f"/ledger/{number}/proof/")
            assert f"entry-{number}-proof.json" in answer["Content-Disposition"]
            assert check_proof(answer.json(), keys).startswith(f"Entry {number} ")

    def test_of_a_person_leads_there_too(self, sign, signer, legal, sign_in):
        person = make_person("A. Marsh")
        sign()
        client = sign_in(legal)
        page = client.get(f"{person.get_absolute_url()}").content.decode()
        page += client.get(f"{person.get_absolute_url()}history/").content.decode()
        assert f"/ledger/{entry_of(person).pk}/proof/" in page
        assert check_proof(client.get(f"/ledger/{entry_of(person).pk}/proof/").json(), signer.verifier_keys())

    def test_nobody_else_gets_it(self, support, keys, stranger, sign_in):
        address = f"/ledger/{entry_of(support).pk}/proof/"
        assert sign_in(stranger).get(address).status_code == 404

    def test_before_the_next_signature_the_page_says_when(self, support, keys, auditor, sign_in):
        make_person("B. Marsh")
        write_ledger()
        answer = sign_in(auditor).get(f"/ledger/{head()}/proof/")
        assert answer.status_code == 409
        assert "newer than the newest signed checkpoint" in answer.content.decode()

    def test_of_a_rewritten_ledger_says_so(self, support, keys, auditor, sign_in):
        rewrite(REWRITE_LATER)
        answer = sign_in(auditor).get(f"/ledger/{entry_of(support).pk}/proof/")
        assert answer.status_code == 409
        assert "no longer fits the signed checkpoint" in answer.content.decode()

    def test_no_entry_no_proof(self, keys, auditor, sign_in):
        for number in (head() + 1, 0, 10**30):
            assert sign_in(auditor).get(f"/ledger/{number}/proof/").status_code == 404


class TestApi:
    def test_gives_the_proof_to_whoever_sees_the_record(self, support, keys, cast):
        address = f"ledger/{entry_of(support).pk}/proof/"
        clients = [Api(), *(api_of(cast[name]) for name in ("stranger", "requester", "legal", "auditor"))]
        answers = [api.get(address) for api in clients]
        assert [answer.status_code for answer in answers] == [401, 404, 200, 200, 200]
        assert check_proof(answers[-1].json(), keys)

    def test_proves_growth_to_readers_of_the_ledger(self, support, keys, sign, cast):
        old = head()
        make_person("B. Marsh")
        sign()
        clients = [Api(), *(api_of(cast[name]) for name in ("requester", "auditor"))]
        answers = [api.get("ledger/consistency/", old=old) for api in clients]
        assert [answer.status_code for answer in answers] == [401, 403, 200]
        assert f"of {head()} entries goes on from that of {old}" in check_proof(answers[-1].json(), keys)

    @pytest.mark.parametrize(("asked", "code"), [({}, 400), ({"old": "x"}, 400), ({"old": 0}, 400), ({"old": 1}, 409)])
    def test_says_what_is_missing(self, keys, auditor, asked, code):
        assert api_of(auditor).get("ledger/consistency/", **asked).status_code == code


class TestPage:
    def test_says_that_nobody_outside_holds_anything(self, support, auditor, sign_in):
        page = sign_in(auditor).get("/ledger/").content.decode()
        assert "the signer does not run" in page
        assert "consistent with itself" in page

    def test_names_holder_kind_size_and_problem(self, support, keys, auditor, sign_in, settings, tmp_path):
        (tmp_path / "there").mkdir()
        settings.LEDGER_ANCHOR_FOLDERS = [str(tmp_path / "there"), str(tmp_path / "away")]
        anchor_checkpoint()
        Anchor.objects.create(kind="mail", holder=f"user {auditor.pk}", size=7, root="00")
        page = sign_in(auditor).get("/ledger/").content.decode()
        for said in (
            f"{tmp_path}/there",
            "The folder is not there.",
            f">{head()}<",
            '<td data-label="Held by">Auditor</td>',
        ):
            assert said in page

    def test_gives_the_newest_checkpoint_to_take_away(self, support, keys, signer, auditor, stranger, sign_in):
        answer = sign_in(auditor).get("/ledger/checkpoint/")
        assert answer.content.decode() == (signer.published / f"checkpoint-{head()}.note").read_text()
        assert f"checkpoint-{head()}.note" in answer["Content-Disposition"]
        assert sign_in(stranger).get("/ledger/checkpoint/").status_code == 403

    def test_says_that_the_signer_refuses(self, support, keys, signer, auditor, sign_in):
        cut_tail()
        with pytest.raises(Refused):
            signer.sign()
        assert "The signer refuses to sign" in sign_in(auditor).get("/ledger/").content.decode()

    def test_without_a_checkpoint_there_is_nothing_to_take_away(self, support, auditor, sign_in):
        assert sign_in(auditor).get("/ledger/checkpoint/").status_code == 404
