"""Cohorts and screenings by page: who may, what the page says, and what can be taken away."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.consents.intake.uploads import RefusedFile
from apps.consents.ledger.recording import record_event, subject_of
from apps.consents.models import Cohort, CoveragePoint, DataSubject, Screening, State
from apps.consents.screening import services
from apps.consents.screening.services import add_cohort
from apps.consents.tasks import resume_imports, trace_coverage
from apps.core import clock
from apps.taxonomy.models import DataUse
from tests.consents.files import ANN, BOB, CLEO, TRAINING, said, upload
from tests.factories import forget_person

EVERYBODY = f"subject\n{ANN}\n{BOB}\n{CLEO}\nnew@example.org\n"


@pytest.fixture
def cohort(answers, privacy):
    return add_cohort("Everybody", upload(EVERYBODY), by=privacy)[0]


@pytest.fixture
def ask(cohort, sign_in, legal):
    """Screen the cohort by page, as legal."""

    def ask(*uses, **more):
        client = sign_in(legal)
        chosen = [DataUse.objects.get(key=key).pk for key in uses]
        form = {"uses": chosen, "recipient": "", "basis": "opt_in", **more}
        return client.post(f"/consents/cohorts/{cohort.pk}/screen/", form, follow=True)

    return ask


class TestACohort:
    def test_is_made_from_a_file_and_says_how_many_it_has_and_not_who(self, in_privacy, privacy, answers):
        page = in_privacy.post("/consents/cohorts/new/", {"name": "All", "file": upload(EVERYBODY)}, follow=True)
        made = Cohort.objects.get()
        assert (made.size, made.new_subjects, made.by) == (4, 1, privacy)
        assert "A fixed set of 4 people" in said(page)
        assert ANN not in said(page)

    @pytest.mark.parametrize("content", ["", "subject\n", f"{ANN}\n{BOB}\n", "name\nx\n", f'subject\n"{ANN}\n'])
    def test_is_not_made_from_a_file_without_people_or_heading(self, in_privacy, content):
        before = DataSubject.objects.count()
        answer = in_privacy.post("/consents/cohorts/new/", {"name": "All", "file": upload(content)})
        assert answer.status_code == 422
        assert ANN not in said(answer)
        assert (Cohort.objects.count(), DataSubject.objects.count()) == (0, before)

    def test_keeps_its_name_to_itself(self, in_privacy, cohort):
        answer = in_privacy.post("/consents/cohorts/new/", {"name": "Everybody", "file": upload(EVERYBODY)})
        assert "There is a cohort of this name already" in said(answer)

    @pytest.mark.parametrize("name", ["legal", "auditor", "dpo", "stranger"])
    def test_is_not_made_by(self, name, cast, sign_in):
        answer = sign_in(cast[name]).post("/consents/cohorts/new/", {"name": "All", "file": upload(EVERYBODY)})
        assert answer.status_code == 403
        with pytest.raises(RefusedFile):
            add_cohort("All", upload("x\n"), by=cast[name])


class TestAScreening:
    def test_says_how_many_permit_all_of_it_and_where_the_others_stand(self, ask):
        page = said(ask(TRAINING))
        assert "25 % <small>1 of 4 people permitted" in page
        assert "3 people are to be left out" in page
        made = Screening.objects.get()
        assert made.counts[TRAINING]["refused"] == 1
        assert made.counts[TRAINING]["never_asked"] == 2

    def test_needs_sharing_too_where_the_recipient_decides_its_own_purposes(self, ask):
        page = said(ask(TRAINING, recipient="third_party"))
        assert "0 % <small>0 of 4 people" in page
        assert "together" in page
        assert set(Screening.objects.get().needs) == {TRAINING, "third_party_sharing.third_party"}

    def test_does_not_need_it_where_the_recipient_acts_for_us(self, ask):
        ask(TRAINING, recipient="service_provider")
        assert Screening.objects.get().needs == [TRAINING]

    def test_names_who_assumed_which_basis_and_what_the_number_does_not_cover(self, ask, legal):
        page = said(ask("marketing", basis="opt_out"))
        assert f"{legal} assumed that it is enough when people have not said no" in page
        assert "It counts answers. It does not say what people were told" in page
        assert "100 %" in page

    def test_of_an_earlier_day_counts_what_was_permitted_then(self, ask, answers):
        ask("marketing", occurred_by="2026-01-31")
        assert (Screening.objects.get().permitted, Screening.objects.get().from_ledger) == (2, True)
        assert Screening.objects.get().occurred_by.isoformat()[:19] == "2026-01-31T23:59:59"

    def test_shows_how_it_went_over_time_as_points_and_as_a_table(self, ask):
        page = ask("marketing")
        points = list(Screening.objects.get().points.values_list("permitted", flat=True))
        assert (points[0], max(points), points[-1]) == (0, 2, 1)
        assert 'data-coverage="coverage-points"' in said(page)
        assert said(page).count('<td class="text-end">') >= 2 * len(points)

    @pytest.mark.parametrize("wrong", [{"uses": []}, {"basis": "any"}, {"occurred_by": "2100-01-01"}])
    def test_is_refused_when_it_makes_no_sense(self, ask, wrong):
        assert ask("marketing", **wrong).status_code == 422
        assert not Screening.objects.exists()

    def test_of_many_people_leaves_the_past_to_a_worker(self, ask, monkeypatch):
        messages = []
        monkeypatch.setattr(services, "WHILE_WAITING", 0)
        monkeypatch.setattr("apps.consents.tasks.trace_coverage.delay", messages.append)
        page = said(ask("marketing"))
        made = Screening.objects.get()
        assert "A worker counts the days before this one" in page
        assert not CoveragePoint.objects.exists()
        trace_coverage(made.pk)
        trace_coverage(made.pk)
        assert made.points.count() == 13

    def test_whose_message_was_lost_is_traced_later(self, ask, monkeypatch):
        monkeypatch.setattr(services, "WHILE_WAITING", 0)
        monkeypatch.setattr("apps.consents.tasks.trace_coverage.delay", lambda pk: None)
        ask("marketing")
        assert resume_imports() == 1
        assert Screening.objects.get().points.count() == 13

    @pytest.mark.parametrize("name", ["auditor", "dpo", "stranger", "administrator"])
    def test_is_not_made_by(self, name, cast, sign_in, cohort):
        assert sign_in(cast[name]).get(f"/consents/cohorts/{cohort.pk}/screen/").status_code == 403

    @pytest.mark.parametrize(("name", "status"), [("auditor", 200), ("engineer", 200), ("stranger", 403)])
    def test_is_read_by(self, name, status, cast, sign_in, ask):
        ask("marketing")
        client = sign_in(cast[name])
        urls = ["/consents/screenings/", Screening.objects.get().get_absolute_url()]
        assert {client.get(url).status_code for url in urls} == {status}


class TestTheExclusionList:
    @pytest.fixture
    def listed(self, ask, sign_in, engineer):
        ask(TRAINING)
        url = f"{Screening.objects.get().get_absolute_url()}exclusions/"
        return b"".join(sign_in(engineer).get(url).streaming_content).decode()

    def test_holds_digests_of_those_to_be_left_out_and_no_key(self, listed):
        assert listed.splitlines()[0] == "digest,key_version"
        assert len(listed.splitlines()) == 4
        assert not [key for key in (ANN, BOB, CLEO) if key in listed]

    @pytest.fixture
    def leave_out(self, listed, tmp_path, capsys):
        """What is left of a file of members, and what is said about it."""
        members, exclusions = tmp_path / "members.csv", tmp_path / "exclusions.csv"

        def leave_out(text, listed=listed):
            members.write_text(text)
            exclusions.write_text(listed)
            call_command("leave_out", members, exclusions=exclusions)
            return capsys.readouterr()

        return leave_out

    def test_takes_people_out_of_a_file_on_the_server(self, leave_out):
        told = leave_out(EVERYBODY)
        assert told.out == f"subject\n{ANN}\n"
        assert "1 left in, 3 left out by the list, 0 left out because nobody is known" in told.err

    def test_takes_the_key_from_its_column(self, leave_out):
        assert leave_out(f"photo,subject\n1,{ANN}\n2,{BOB}\n").out == f"photo,subject\n1,{ANN}\n"
        with pytest.raises(CommandError, match="Line 2: The row has no field"):
            leave_out("photo,subject\n1\n")

    def test_takes_out_who_is_not_known_any_more(self, leave_out, privacy):
        forget_person(subject_of(ANN), privacy)
        assert leave_out(f"{ANN}\n{BOB}\nnobody\n").out == ""

    @pytest.mark.parametrize("other", ["", "digest\nab\n", "digest,key_version\nxy,1\n"])
    def test_is_asked_for_when_it_is_something_else(self, other, leave_out):
        with pytest.raises(CommandError, match="exclusion list"):
            leave_out(EVERYBODY, other)

    def test_is_taken_anew_after_the_secret_was_replaced(self, leave_out, listed):
        with pytest.raises(CommandError, match="Take the list anew"):
            leave_out(EVERYBODY, listed.replace(",1\r\n", ",7\r\n"))

    def test_of_a_screening_whose_answers_changed_is_refused(self, ask, sign_in, engineer):
        ask(TRAINING)
        screening = Screening.objects.get()
        # An import that had begun before the screening and ended after it.
        with clock.travel_to(screening.known_by - timedelta(seconds=1)):
            record_event(ANN, DataUse.objects.get(key=TRAINING), State.WITHDRAWN, by=None)
        answer = sign_in(engineer).get(f"{screening.get_absolute_url()}exclusions/")
        assert answer.status_code == 409
        assert "Screen the cohort again" in said(answer)

    @pytest.mark.parametrize("name", ["legal", "auditor", "dpo"])
    def test_is_not_for(self, name, cast, sign_in, ask):
        ask(TRAINING)
        url = f"{Screening.objects.get().get_absolute_url()}exclusions/"
        assert sign_in(cast[name]).get(url).status_code == 403


def test_the_start_page_shows_who_said_yes_to_everybody_signed_in(sign_in, stranger, cohort):
    page = said(sign_in(stranger).get("/consents/"))
    assert "4 people and 5 answers about 2 uses are on record" in page
    assert "25 %" in page
    assert "Look up a person" not in page
    assert "All imports" not in page


def test_without_answers_the_start_page_says_what_to_do(in_privacy):
    assert "No answer of anybody is recorded yet" in said(in_privacy.get("/consents/"))


def test_screened_in_the_past_the_known_answers_count(ask):
    ask("marketing", known_by=str(clock.today()))
    assert Screening.objects.get().permitted == 1
