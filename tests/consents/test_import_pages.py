"""Bringing in files by page: what is taken, what is refused, and what is left of either."""

from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage

from apps.consents.intake.uploads import carry_on
from apps.consents.models import ConsentEvent, ConsentImport, DataSubject, ImportRun
from apps.consents.tasks import resume_imports, run_import
from tests.consents.files import ANN, ANSWERS, HEAD, lines, packed, said, upload

NEW, IMPORTS = "/consents/imports/new/", "/consents/imports/"


@pytest.fixture
def waiting(monkeypatch):
    """Every file is long enough for a worker, of which these are the messages."""
    messages = []
    monkeypatch.setattr("apps.consents.intake.uploads.WHILE_WAITING", 0)
    monkeypatch.setattr("apps.consents.tasks.run_import.delay", messages.append)
    monkeypatch.setattr("apps.consents.tasks.transaction", SimpleNamespace(on_commit=lambda send, robust: send()))
    return messages


def test_a_worker_takes_what_the_lines_do_not_say_from_the_form(in_privacy, waiting):
    in_privacy.post(NEW, {"file": upload(), "mechanism": "letter"})
    run_import(ImportRun.objects.get().pk)
    assert set(ConsentEvent.objects.values_list("mechanism", flat=True)) == {"letter"}


class TestAShortFile:
    @pytest.mark.parametrize("file", [upload, packed], ids=["CSV", "gzip"])
    def test_is_taken_at_once(self, in_privacy, privacy, file):
        answer = in_privacy.post(NEW, {"file": file()}, follow=True)
        made = ConsentImport.objects.get()
        assert (made.rows, made.new_subjects, made.by) == (5, 3, privacy)
        assert "5 answers are on record" in said(answer).replace("</a>", "")
        page = said(in_privacy.get(made.get_absolute_url()))
        assert "5 answers were recorded" in page
        assert made.blocks[0] in page

    def test_takes_what_its_lines_do_not_say_from_the_form(self, in_privacy):
        rows = (f"{ANN},marketing,given,2026-01-10,", f"{ANN},analytics,given,2026-01-10,app")
        content = "\n".join(["subject,use,state,occurred_at,source", *rows])
        said_once = {"mechanism": "letter", "language": "de-AT", "source": "post room"}
        in_privacy.post(NEW, {"file": upload(content), **said_once})
        found = set(ConsentEvent.objects.values_list("mechanism", "language", "source"))
        assert found == {("letter", "de-AT", "post room"), ("letter", "de-AT", "app")}

    @pytest.mark.parametrize(("name", "text"), [("source", "a|b"), ("language", "x" * 16), ("mechanism", "a\\b")])
    def test_with_such_a_text_that_no_answer_may_carry_is_refused(self, in_privacy, name, text):
        answer = in_privacy.post(NEW, {"file": upload(), name: text})
        assert answer.status_code == 422
        assert not ConsentImport.objects.exists()

    def test_changes_nothing_when_sent_again(self, in_privacy, answers):
        answer = in_privacy.post(NEW, {"file": upload()}, follow=True)
        assert ConsentImport.objects.count() == 1
        assert "had been imported before" in said(answer)

    def test_with_a_wrong_line_is_refused_with_line_and_reason_and_leaves_nothing(self, in_privacy):
        wrong = lines((ANN, "marketing", "maybe", "2026-01-10T10:00:00Z"))
        answer = in_privacy.post(NEW, {"file": upload(ANSWERS + wrong.removeprefix(HEAD))})
        assert answer.status_code == 422
        assert "The state is none of" in said(answer)
        assert '<td data-label="Line">7</td>' in said(answer)
        assert (ConsentImport.objects.count(), ImportRun.objects.count(), DataSubject.objects.count()) == (0, 0, 0)

    def test_can_be_taken_without_its_wrong_lines_which_are_listed(self, in_privacy):
        wrong = lines((ANN, "marketing", "maybe", "2026-01-10T10:00:00Z"))
        file = upload(ANSWERS + wrong.removeprefix(HEAD))
        page = in_privacy.post(NEW, {"file": file, "skip_invalid": "on"}, follow=True)
        assert "and 1 line was left out" in said(page)
        run = ImportRun.objects.get()
        rejects = b"".join(in_privacy.get(f"{run.get_absolute_url()}rejects/").streaming_content).decode()
        assert rejects.splitlines()[0] == "line,reason"
        assert rejects.splitlines()[1].startswith("7,")
        assert ANN not in rejects
        assert ConsentImport.objects.get().rejected == 1

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "The submitted file is empty"),
            (b"subject,use,state,occurred_at,extra\n", "Column 5 is none of"),
            (HEAD.encode(), "holds no rows"),
            (b"\x1f\x8b\x08\x00damaged", "gzip file"),
            (HEAD.encode() + b"a\x00b,marketing,given,2026-01-01\n", "NUL byte"),
            (HEAD.encode() + b"\xff\xfe,marketing,given,2026-01-01\n", "not in UTF-8"),
            (HEAD.encode() + b'"' + b"x" * 500_000 + b'",marketing,given,2026-01-01\n', "field"),
            (
                b'{"subject": "\\ud800", "use": "marketing", "state": "given", "occurred_at": "2026-01-01"}\n',
                "surrogates",
            ),
        ],
    )
    def test_that_is_hostile_is_refused_with_a_sentence(self, in_privacy, content, reason):
        answer = in_privacy.post(NEW, {"file": upload(content)})
        assert answer.status_code == 422
        assert reason in said(answer)
        assert not DataSubject.objects.exists()


class TestALongFile:
    def test_waits_for_a_worker_and_the_page_shows_how_far_it_is(self, in_privacy, waiting):
        page = in_privacy.post(NEW, {"file": upload()}, follow=True)
        run = ImportRun.objects.get()
        assert waiting == [run.pk]
        assert 'hx-trigger="every 2s"' in said(page)
        assert "Waiting" in said(page)
        run_import(run.pk)
        assert "5 answers" in said(in_privacy.get(run.get_absolute_url()))
        assert ConsentImport.objects.get().file_name == "answers.csv"

    def test_is_deleted_when_it_is_done(self, in_privacy, waiting):
        in_privacy.post(NEW, {"file": upload()})
        assert len(default_storage.listdir("spool/consents")[1]) == 1
        run_import(waiting[0])
        assert default_storage.listdir("spool/consents")[1] == []

    def test_with_wrong_lines_ends_with_their_list(self, in_privacy, waiting):
        in_privacy.post(NEW, {"file": upload(HEAD + "a,b,c,d\n")})
        run_import(waiting[0])
        page = said(in_privacy.get(f"/consents/imports/runs/{waiting[0]}/"))
        assert "Nothing was imported: 1 line of the file is wrong" in page
        assert "The use is not one that the portal knows" in page
        assert not ConsentImport.objects.exists()

    def test_done_twice_is_taken_once(self, in_privacy, waiting):
        in_privacy.post(NEW, {"file": upload()})
        run = ImportRun.objects.get()
        other = ImportRun.objects.get()
        carry_on(run)
        run_import(run.pk)
        assert ConsentImport.objects.count() == 1
        assert other.finished_at is None

    def test_is_taken_up_when_its_worker_died(self, in_privacy, waiting):
        in_privacy.post(NEW, {"file": upload()})
        run = ImportRun.objects.get()
        run.seen_at -= 2 * ImportRun.SILENT_FOR
        run.save()
        assert "A worker takes up again" in said(in_privacy.get(run.get_absolute_url()))
        assert resume_imports() == 1
        assert ConsentEvent.objects.count() == 5

    def test_that_cannot_be_finished_says_so_and_names_nobody(self, in_privacy, waiting, monkeypatch, caplog):
        def fail(*args, **kwargs):
            raise RuntimeError(ANN)

        in_privacy.post(NEW, {"file": upload()})
        monkeypatch.setattr("apps.consents.intake.uploads.import_consents", fail)
        run_import(waiting[0])
        assert "could not finish" in said(in_privacy.get(f"/consents/imports/runs/{waiting[0]}/"))
        assert "RuntimeError" in caplog.text
        assert ANN not in caplog.text


class TestWho:
    @pytest.mark.parametrize("name", ["privacy", "engineer"])
    def test_imports(self, name, cast, sign_in):
        assert sign_in(cast[name]).post(NEW, {"file": upload()}).status_code == 302

    @pytest.mark.parametrize("name", ["legal", "auditor", "dpo", "stranger", "administrator"])
    def test_does_not_import(self, name, cast, sign_in):
        client = sign_in(cast[name])
        assert client.get(NEW).status_code == 403
        assert client.post(NEW, {"file": upload()}).status_code == 403
        assert not ConsentEvent.objects.exists()

    @pytest.mark.parametrize("name", ["legal", "auditor", "dpo", "engineer"])
    def test_sees_what_was_imported(self, name, cast, sign_in, answers):
        client = sign_in(cast[name])
        assert "answers.csv" in said(client.get(IMPORTS))
        assert client.get(answers.get_absolute_url()).status_code == 200

    @pytest.mark.parametrize("name", ["stranger", "administrator", "executive"])
    def test_does_not_see_it(self, name, cast, sign_in, answers):
        client = sign_in(cast[name])
        assert {client.get(url).status_code for url in (IMPORTS, answers.get_absolute_url())} == {403}
