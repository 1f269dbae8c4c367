"""Whether people permit what an agreement asks for: on its page, in its checks, and on the page of a transfer."""

import html
import re
from datetime import datetime, time, timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from apps.consents.ledger.recording import record_event
from apps.consents.models import PermissionDue, Screening, State
from apps.consents.screening.cohorts import import_members
from apps.consents.screening.running import screen
from apps.core import clock
from apps.core.exceptions import Blocked
from apps.findings.models import evaluate
from apps.taxonomy.models import DataUse
from tests.factories import make_agreement, make_transfer

FACES, SHARING, TRAINING = "train_ai_system.face_recognition", "third_party_sharing.third_party", "train_ai_system"
PEOPLE = ("one", "two", "three", "four")


def answer(person, use, state=State.GIVEN, **more):
    return record_event(person, DataUse.objects.get(key=use), state, by=None, **more)


@pytest.fixture
def photos(case):
    """The photos of the case, of four people; one of them permits training by us, and nothing else."""
    photos = case.datasets.get()
    answer("one", TRAINING)
    for person in PEOPLE[1:]:
        answer(person, "marketing", State.OPTED_OUT)
    photos.cohort = import_members(BytesIO("\n".join(PEOPLE).encode()), name="Four people").made
    photos.save()
    return photos


def found(agreement):
    return [outcome.result for outcome in evaluate(agreement) if outcome.requirement.code == "HOUSE-23"]


class TestCheck:
    def test_says_how_many_permit_it(self, case, photos):
        [result] = found(case)
        assert "0 % of the 4 people in “Profile photos”" in result.fact
        assert "25 % permit Train AI System, which does not cover Train Face Recognition" in result.detail

    def test_is_silent_when_everybody_permits_each_use_and_the_sharing(self, case, photos):
        for person in PEOPLE:
            answer(person, FACES)
            answer(person, SHARING)
        assert found(case) == []

    def test_needs_the_sharing_itself(self, case, photos):
        for person in PEOPLE:
            answer(person, FACES)
        assert len(found(case)) == 1

    def test_follows_the_clock(self, case, photos):
        for person in PEOPLE:
            answer(person, FACES)
            answer(person, SHARING, occurred_at=timezone.now() + timedelta(days=1))
        assert len(found(case)) == 1

    def test_follows_the_clock_also_where_no_task_has_seen_to_it(self, case, photos):
        now = timezone.now()
        for person in PEOPLE:
            answer(person, FACES)
            answer(person, SHARING, occurred_at=now + timedelta(days=1), expires_at=now + timedelta(days=3))
        for days, facts in ((0, 1), (2, 0), (4, 1)):
            with clock.travel_to(now + timedelta(days=days)):
                assert len(found(case)) == facts
        assert PermissionDue.objects.count() == 2 * len(PEOPLE)

    def test_asks_nothing_where_the_recipient_acts_for_us(self, photos, support):
        tickets = support.datasets.get()
        tickets.cohort = photos.cohort
        tickets.save()
        assert found(support) == []

    def test_asks_nothing_where_nobody_knows_who_is_in_it(self, case):
        assert found(case) == []

    def test_stops_approval_alone(self, photos, requester, engineer, cloudy, legal):
        request = make_agreement(
            requester,
            cloudy,
            [photos],
            type="third_party",
            sponsor=engineer,
            uses=("essential.service",),
            categories=("user.content.self_image",),
        )
        request.submit(by=requester)
        with pytest.raises(Blocked) as blocked:
            request.review.vote(by=legal, role="Legal", verdict="approve", reason="Yes.")
        assert any("Not everybody in “Profile photos” permits" in fact for fact in blocked.value.facts)


class TestPage:
    def test_shows_each_use_and_what_is_kept(self, case, photos, sign_in, legal, privacy):
        screening = screen(photos.cohort, [FACES, SHARING], Screening.Basis.OPT_IN, by=privacy)
        page = sign_in(legal).get(case.get_absolute_url()).content.decode()
        assert "0 % of the 4 people in “Profile photos” permit all that is asked for" in page
        assert "25 % permit Train AI System" in page
        assert screening.get_absolute_url() in page

    def test_shows_what_was_counted_for_the_day_of_a_transfer(self, of_2014, photos, sign_in, legal, privacy):
        client, url = sign_in(legal), of_2014.get_absolute_url()
        of_2014.dataset.cohort = photos.cohort
        of_2014.dataset.save()
        assert "was not counted yet" in client.get(url).content.decode()
        day = timezone.make_aware(datetime.combine(of_2014.transferred_on, time.max))
        screening = screen(photos.cohort, [SHARING], Screening.Basis.OPT_IN, by=privacy, occurred_by=day)
        assert screening.get_absolute_url() in client.get(url).content.decode()

    def test_leads_to_a_form_that_knows_what_is_to_be_counted(self, case, photos, sign_in, legal):
        client = sign_in(legal)
        link = re.search(r'href="([^"]+/screen/[^"]+)"', client.get(case.get_absolute_url()).content.decode())[1]
        form = client.get(html.unescape(link)).context["form"]
        assert form["recipient"].value() == "third_party"
        assert form["uses"].value() == [use.pk for use in case.uses.all()]


class TestWhereTheDataOfAPersonIs:
    """Whom a withdrawal concerns: from the person to the datasets, and to those who received them."""

    def looked_up(self, client, key):
        page = client.post("/consents/look-ups/new/", {"key": key, "reason": "Request 2026-17"}, follow=True)
        return html.unescape(page.content.decode())

    def test_stands_beside_the_answers(self, case, photos, privacy, sign_in):
        import_members(BytesIO(b"one\nfive"), name="Newsletter")
        page = self.looked_up(sign_in(privacy), "one")
        section = page[page.index("Where their data is, and who receives it") :]
        assert all(str(found) in section for found in (photos, case, case.counterparty))
        assert "The person is also in 1 cohort that no dataset names." in section

    def test_is_not_where_nothing_goes(self, case, photos, engineer, privacy, sign_in):
        make_agreement(case.requester, case.counterparty, [photos], title="Only a draft")
        mistaken, moved = (make_transfer(engineer, photos, case.counterparty, records=number) for number in (1, 2))
        mistaken.status = "mistaken"
        mistaken.save()
        section = self.looked_up(sign_in(privacy), "one")
        assert "Only a draft" not in section
        assert (mistaken.get_absolute_url() in section, moved.get_absolute_url() in section) == (False, True)

    def test_of_somebody_in_no_dataset_is_nowhere(self, case, photos, privacy, sign_in):
        answer("five", TRAINING)
        assert "No dataset names them among its people." in self.looked_up(sign_in(privacy), "five")

    def test_of_a_cohort_names_what_the_reader_may_see(self, case, photos, legal, stranger, sign_in):
        place = photos.cohort.get_absolute_url()
        seen, kept = (html.unescape(sign_in(who).get(place).content.decode()) for who in (legal, stranger))
        assert (str(photos) in seen, str(case) in seen) == (True, True)
        assert (str(photos) in kept, str(case) in kept) == (True, False)
