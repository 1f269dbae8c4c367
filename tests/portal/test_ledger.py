"""The pages of the ledger: an auditor verifies it and finds the way from an entry to its record."""

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from apps.agreements.models import Agreement
from apps.ledger.models import Entry, Verification
from apps.ledger.tasks import anchor_checkpoint, run_verification, verify_nightly
from tests.api_cast import Api, api_of
from tests.factories import make_person, write_ledger
from tests.roles import triggers_off

VERIFY = "/ledger/verify/"


@pytest.fixture
def changed(support):
    """A title that somebody changed past the portal."""
    with triggers_off() as cursor:
        cursor.execute("UPDATE agreements_historicalagreement SET title = 'Other' WHERE id = %s", [support.pk])
    return support


def entry_of(record):
    row = record.history.latest()
    return Entry.objects.get(table_name=row._meta.db_table, row_id=row.history_id)


class TestVerify:
    def test_says_in_words_that_everything_fits(self, support, auditor, sign_in):
        write_ledger()
        page = sign_in(auditor).post(VERIFY, follow=True).content.decode()
        made = Verification.objects.get()
        assert "entries fit the history" in page
        assert made.head in page
        assert "consistent with itself" in page
        assert (made.ok, made.by_name, made.entries) == (True, "Auditor", Entry.objects.count())

    def test_says_how_far_it_goes(self, support, auditor, sign_in):
        page = sign_in(auditor).post(VERIFY, follow=True).content.decode()
        assert "Functions, triggers, rights, columns and settings of the database: those of this release." in page
        assert "who really sat at the keyboard" in page

    def test_names_the_first_row_that_does_not_fit_with_the_way_to_its_record(self, changed, auditor, sign_in):
        page = sign_in(auditor).post(VERIFY, follow=True).content.decode()
        assert "the field “title” was changed" in page
        assert f'href="{changed.get_absolute_url()}history/"' in page
        assert f"/ledger/{entry_of(changed).sequence}/" in page

    def test_compares_every_checkpoint(self, support, auditor, sign, sign_in):
        sign()
        make_person("Somebody")
        sign()
        page = sign_in(auditor).post(VERIFY, follow=True).content.decode()
        assert "The ledger is consistent with itself" in page
        assert "unchanged" not in page

    def test_says_that_a_checkpoint_was_changed(self, support, auditor, sign, sign_in):
        file = sign()
        content = file.read_text().replace("portal.example.org", "portal.example.com", 1)
        file.unlink()
        file.write_text(content)
        page = sign_in(auditor).post(VERIFY, follow=True).content.decode()
        assert f"{file.name} cannot be used" in page
        assert not Verification.objects.get().ok

    def test_says_who_outside_holds_what_still_fits(self, support, auditor, sign, sign_in, settings, tmp_path):
        settings.LEDGER_ANCHOR_FOLDERS = [str(tmp_path / "elsewhere")]
        (tmp_path / "elsewhere").mkdir()
        sign()
        anchor_checkpoint()
        page = sign_in(auditor).post(VERIFY, follow=True).content.decode()
        assert f"{tmp_path}/elsewhere" in page
        assert "consistent with itself" not in page

    def test_changes_no_record(self, support, auditor, sign_in):
        write_ledger()
        client = sign_in(auditor)
        others = [model for model in apps.get_models() if model._meta.label != "ledger.Verification"]
        before = {model: model._default_manager.count() for model in others}
        client.post(VERIFY, follow=True)
        write_ledger()
        assert {model: model._default_manager.count() for model in others} == before

    @pytest.mark.parametrize("name", ["legal", "privacy", "dpo", "stranger", "executive"])
    def test_is_for_auditors_and_administrators(self, name, cast, sign_in):
        assert sign_in(cast[name]).post(VERIFY).status_code == 403
        assert not Verification.objects.exists()

    def test_runs_once_at_a_time(self, auditor, sign_in):
        Verification.objects.create(by_name="Somebody")
        assert sign_in(auditor).post(VERIFY).status_code == 409

    def test_one_that_was_cut_off_does_not_stop_the_next(self, auditor, sign_in):
        cut = Verification.objects.create(by_name="x", started_at=timezone.now() - Verification.AT_LONGEST * 2)
        client = sign_in(auditor)
        assert b"was cut off" in client.get(reverse("portal:verification", args=[cut.pk])).content
        assert client.post(VERIFY).status_code == 302


class TestALongLedger:
    @pytest.fixture
    def queued(self, support, auditor, sign_in, monkeypatch):
        write_ledger()
        left = []
        monkeypatch.setattr(Verification, "WHILE_WAITING", 1)
        monkeypatch.setattr(run_verification, "delay", left.append)
        sign_in(auditor).post(VERIFY)
        assert left == [Verification.objects.get().pk]
        return Verification.objects.get()

    def test_is_left_to_a_worker_and_the_page_says_how_far_it_is(self, queued, auditor, sign_in):
        Verification.objects.filter(pk=queued.pk).update(progress=40)
        page = sign_in(auditor).get(reverse("portal:verification", args=[queued.pk])).content.decode()
        assert "40 % done" in page

    def test_a_worker_carries_it_out_once(self, queued):
        run_verification(queued.pk)
        first = Verification.objects.get()
        run_verification(queued.pk)
        assert first.ok
        assert Verification.objects.get().finished_at == first.finished_at

    @pytest.mark.django_db(transaction=True)
    def test_others_see_the_progress_while_it_runs(self, queued, monkeypatch):
        seen = []
        monkeypatch.setattr("apps.ledger.services.known_checkpoints", lambda: (seen.append(progress()), [])[1])

        def progress():
            return Verification.objects.get().progress

        run_verification(queued.pk)
        assert seen == [100]


class TestEveryNight:
    def test_says_that_everything_fits(self, support):
        write_ledger()
        assert verify_nightly()
        assert Verification.objects.get().ok

    def test_says_that_something_does_not(self, changed):
        assert not verify_nightly()


class TestEntry:
    def test_leads_to_the_history_of_its_record(self, support, auditor, sign_in):
        write_ledger()
        page = sign_in(auditor).get(reverse("portal:entry", args=[entry_of(support).pk])).content.decode()
        assert f'href="{support.get_absolute_url()}history/"' in page

    def test_leads_to_the_admin_site_where_the_portal_has_no_page(self, support, auditor, sign_in):
        link = support.dataset_links.get()
        write_ledger()
        page = sign_in(auditor).get(reverse("portal:entry", args=[entry_of(link).pk])).content.decode()
        assert f"/admin/agreements/agreementdataset/{link.pk}/history/" in page

    def test_leads_nobody_to_a_record_that_they_do_not_see(self, support, administrator, sign_in):
        write_ledger()
        page = sign_in(administrator).get(reverse("portal:entry", args=[entry_of(support).pk])).content.decode()
        assert support.get_absolute_url() not in page
        assert "You do not see this record" in page

    def test_names_who_made_it(self, support, requester, auditor, sign_in):
        write_ledger()
        page = sign_in(auditor).get(reverse("portal:entry", args=[entry_of(support).pk])).content.decode()
        assert "<dd>Requester</dd>" in page

    def test_is_for_those_who_read_the_ledger(self, support, stranger, sign_in):
        write_ledger()
        client = sign_in(stranger)
        assert client.get(reverse("portal:entry", args=[entry_of(support).pk])).status_code == 403


class TestApi:
    URL = "ledger/verification/"

    def test_matrix(self, cast):
        Verification.objects.create(by_name="x", finished_at=timezone.now())
        names = ["stranger", "requester", "engineer", "legal", "privacy", "independent", "auditor", "administrator"]
        clients = [Api(), *(api_of(cast[name]) for name in names)]
        assert [api.get(self.URL).status_code for api in clients] == [401, 403, 403, 403, 200, 200, 403, 200, 200]
        assert [api.post(self.URL).status_code for api in clients] == [401, 403, 403, 403, 403, 403, 403, 201, 201]

    def test_before_the_first_there_is_nothing(self, auditor):
        assert api_of(auditor).get(self.URL).status_code == 404

    def test_gives_what_was_found(self, changed, auditor):
        api = api_of(auditor)
        answer = api.post(self.URL).json()
        assert (answer["ok"], answer["problems"][0]["table"]) == (False, Agreement.history.model._meta.db_table)
        assert api.get(self.URL).json() == answer

    def test_says_whether_anybody_outside_holds_a_checkpoint_that_fits(self, support, auditor):
        write_ledger()
        answer = api_of(auditor).post(self.URL).json()
        assert (answer["anchored"], answer["compared"]) == (None, [])
        held = {"name": "c1", "holder": "Notary", "size": 3, "time": None, "outside": True, "problem": None}
        Verification.objects.create(by_name="x", finished_at=timezone.now(), compared=[held])
        assert api_of(auditor).get(self.URL).json()["anchored"] == held
