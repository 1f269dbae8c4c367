"""Checkpoints are left with others: in a folder that they keep, and with a time-stamping authority."""

import shutil
import stat
import subprocess
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.db import InternalError, ProgrammingError, transaction
from django.utils import timezone

from apps.ledger.anchors import STAMP_EVERY
from apps.ledger.known import known_checkpoints
from apps.ledger.models import Anchor
from apps.ledger.tasks import anchor_checkpoint
from apps.ledger.timestamps import verified_time
from tests.factories import make_person
from tests.ledger.signing import REWRITE_LATER, head, rewrite

pytestmark = pytest.mark.django_db
TSA = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""
CA = "/CN=Root for tests"
EXTENSIONS = "extendedKeyUsage=critical,timeStamping"


class TestFolder:
    @pytest.fixture
    def folder(self, settings, tmp_path):
        settings.LEDGER_ANCHOR_FOLDERS = [str(tmp_path / "elsewhere")]
        (tmp_path / "elsewhere").mkdir()
        return tmp_path / "elsewhere"

    def test_each_checkpoint_is_left_once(self, sign, folder):
        first = sign()
        assert (anchor_checkpoint(), anchor_checkpoint()) == (1, 0)
        make_person("A. Marsh")
        second = sign()
        anchor_checkpoint()
        assert {file.name: file.read_text() for file in folder.iterdir()} == {
            file.name: file.read_text() for file in (first, second)
        }
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o444 for file in folder.iterdir())

    def test_is_recorded_with_holder_and_size(self, sign, folder):
        sign()
        anchor_checkpoint()
        [anchor] = Anchor.objects.held()
        assert (anchor.kind, anchor.holder, anchor.size) == (Anchor.Kind.FOLDER, str(folder), head())

    def test_what_is_there_is_never_replaced(self, sign, folder):
        """Whoever finds another file of that name has found somebody who wrote the chain anew, and says so once."""
        file = sign()
        (folder / file.name).write_text("Another")
        assert (anchor_checkpoint(), anchor_checkpoint()) == (0, 0)
        assert (folder / file.name).read_text() == "Another"
        [anchor] = Anchor.objects.all()
        assert anchor.problem == f"Another file {file.name} is there already."

    def test_one_that_is_not_mounted_is_said_and_tried_again(self, sign, folder):
        sign()
        folder.rmdir()
        assert anchor_checkpoint() == 0
        assert Anchor.objects.get().problem == "The folder is not there."
        folder.mkdir()
        assert anchor_checkpoint() == 1

    def test_one_that_is_full_is_said(self, sign, folder, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        sign()
        monkeypatch.setattr("apps.ledger.anchors.write_once", full)
        assert anchor_checkpoint() == 0
        assert Anchor.objects.get().problem == "It cannot be written: No space left on device."

    def test_without_a_checkpoint_nothing_is_left(self, folder, signer):
        assert anchor_checkpoint() == 0

    def test_makes_the_verdict_one_about_the_past(self, sign, folder, verify_ledger):
        sign()
        assert verify_ledger()[0] == 2
        anchor_checkpoint()
        assert verify_ledger()[0] == 0

    def test_shows_what_was_rewritten_although_all_of_ours_is_gone(self, sign, folder, signer, verify_ledger, settings):
        settings.LEDGER_VERIFIER_KEYS = []
        sign()
        settings.LEDGER_VERIFIER_KEYS = [str(key) for key in signer.verifier_keys()]
        anchor_checkpoint()
        rewrite(REWRITE_LATER)
        shutil.rmtree(signer.published)
        code, answer = verify_ledger()
        assert code == 1
        assert "was rewritten" in answer["checkpoint"]

    def test_an_anchor_is_never_changed(self, sign, folder):
        sign()
        anchor_checkpoint()
        for change in (lambda: Anchor.objects.update(size=1), lambda: Anchor.objects.all().delete()):
            with pytest.raises((ProgrammingError, InternalError), match="can only be added"), transaction.atomic():
                change()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
class TestTimeStamp:
    @pytest.fixture(scope="class")
    @classmethod
    def authority(cls, tmp_path_factory):
        """The files of an authority of our own."""
        folder = tmp_path_factory.mktemp("tsa")

        def openssl(*args):
            subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)

        new = "-newkey", "rsa:2048", "-nodes"
        openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", CA)
        openssl("req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=TSA for tests")
        (folder / "extensions").write_text(EXTENSIONS)
        signing = "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions"
        openssl("x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", *signing)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.conf").write_text(TSA.format(folder=folder))
        return folder

    @pytest.fixture
    def asked(self):
        return []

    @pytest.fixture
    def tsa(self, authority, settings, asked):
        """It answers over HTTP, as others do."""

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self):
                asked.append(self.headers["Content-Type"])
                (authority / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
                command = ["openssl", "ts", "-reply", "-config", "tsa.conf", "-queryfile", "query", "-out", "answer"]
                subprocess.run(command, cwd=authority, check=True, capture_output=True)
                self.send_response(200)
                self.end_headers()
                self.wfile.write((authority / "answer").read_bytes())

            def log_message(self, *args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Answers)
        Thread(target=server.serve_forever, daemon=True).start()
        settings.LEDGER_TSA_URL = f"http://127.0.0.1:{server.server_port}/"
        settings.LEDGER_TSA_CERTIFICATES = str(authority / "ca.pem")
        yield server
        server.shutdown()
        server.server_close()

    def test_a_checkpoint_is_stamped_and_the_stamp_believed(self, sign, tsa, asked, verify_ledger):
        note = sign().read_text()
        assert anchor_checkpoint() == 1
        [anchor] = Anchor.objects.held()
        assert (anchor.kind, anchor.holder, asked) == (
            Anchor.Kind.TIMESTAMP,
            "127.0.0.1",
            ["application/timestamp-query"],
        )
        assert verified_time(note.encode(), bytes(anchor.token)) == anchor.at
        assert abs(anchor.at - timezone.now()) < timedelta(minutes=1)
        assert verify_ledger()[0] == 0

    def test_happens_once_a_day(self, sign, tsa, asked, tamper):
        sign()
        anchor_checkpoint()
        make_person("A. Marsh")
        sign()
        assert anchor_checkpoint() == 0
        tamper("UPDATE ledger_anchor SET at = at - %s", STAMP_EVERY)
        assert anchor_checkpoint() == 1

    def test_a_stamp_outlives_the_file_it_was_made_for(self, sign, signer, tsa, verify_ledger):
        """Whoever deletes the newest checkpoints and rewrites the chain is found by the stamp."""
        file = sign()
        anchor_checkpoint()
        rewrite(REWRITE_LATER)
        file.unlink()
        code, answer = verify_ledger()
        assert code == 1
        assert "was rewritten" in answer["checkpoint"]

    def test_a_stamp_for_something_else_is_a_finding(self, sign, tsa, tamper):
        sign()
        anchor_checkpoint()
        tamper("UPDATE ledger_anchor SET note = note || ' '")
        assert any("not to be believed" in (known.problem or "") for known in known_checkpoints())

    def test_the_stamp_of_a_stranger_is_refused(self, sign, tsa, settings, tmp_path):
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", CA, "-days", "2"]
        subprocess.run(
            [*command, "-keyout", "k.pem", "-out", "other.pem"], cwd=tmp_path, check=True, capture_output=True
        )
        settings.LEDGER_TSA_CERTIFICATES = str(tmp_path / "other.pem")
        sign()
        assert anchor_checkpoint() == 0
        assert "not to be believed" in Anchor.objects.get().problem

    @pytest.mark.parametrize(
        ("url", "words"), [("http://127.0.0.1:1/", "did not answer"), ("file:///etc/passwd", "must begin with http")]
    )
    def test_an_authority_that_is_away_is_said(self, sign, settings, url, words):
        settings.LEDGER_TSA_URL = url
        sign()
        assert anchor_checkpoint() == 0
        assert words in Anchor.objects.get().problem
