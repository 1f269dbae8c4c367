"""Disclosures through the API; who gets which answer stands in tests/api_matrix.py."""

from datetime import date, timedelta

from apps.core import clock
from apps.disclosures.models import Claim, Notice, NoticeVersion, OptOutOffer, PublicStatement
from tests.api_cast import api_of
from tests.disclosures.conftest import ONLY, TEXT
from tests.factories import make_approved, make_claim, make_statement, make_version


def test_a_notice_goes_from_its_first_word_to_its_claims(legal, privacy):
    mine = api_of(legal)
    notice = mine.post("notices/", {"product": "Shop", "language": "de", "owner": legal.pk}).json()["id"]
    version = {"notice": notice, "label": "1", "effective_from": "2026-01-01", "text": TEXT}
    made = mine.post("notice-versions/", version).json()
    assert (made["status"], made["author"], made["transitions"]) == ("draft", legal.pk, ["submit"])
    claim = {
        "version": made["id"],
        "kind": "use",
        "use": "essential",
        "says": "only",
        "sentence": "We use it to run the service.",
    }
    entered = mine.post("notice-claims/", claim)
    assert entered.status_code == 201, entered.json()
    assert (entered.json()["use"], entered.json()["checked_by"]) == ("essential", None)
    checked = api_of(privacy).post(f"notice-claims/{entered.json()['id']}/check/").json()
    assert checked["checked_by_name"] == "Privacy"


def test_a_label_is_taken_once_in_a_notice(notice, old, legal):
    api, version = api_of(legal), {"notice": notice.pk, "label": old.label, "effective_from": "2026-01-01", "text": "x"}
    answer = api.post("notice-versions/", version)
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"label": ["There is another notice version with the same version."]}
    assert api.post("notice-versions/", {**version, "label": "2026"}).status_code == 201


def test_a_notice_is_there_once_in_a_language(notice, legal):
    answer = api_of(legal).post("notices/", {"product": notice.product, "language": "en", "owner": legal.pk})
    assert answer.json()["fields"] == {"product": ["There is another notice with the same product and language."]}


def test_a_claim_is_changed_field_by_field(draft, legal):
    claim = make_claim(draft, "essential", ONLY)
    api = api_of(legal)
    assert api.patch(f"notice-claims/{claim.pk}/", {"says": "never"}).json()["says"] == "never"
    changed = api.patch(f"notice-claims/{claim.pk}/", {"kind": "category", "category": "user.name"}).json()
    assert (changed["use"], changed["category"]) == (None, "user.name")
    assert api.patch(f"notice-claims/{claim.pk}/", {"sentence": "Not there."}).status_code == 400
    assert api.patch(f"notice-claims/{claim.pk}/", {"says": "may", "revision": 1}).status_code == 409


def test_a_claim_stays_with_its_version(draft, old, legal):
    claim = make_claim(draft, "affiliate", ONLY)
    assert api_of(legal).patch(f"notice-claims/{claim.pk}/", {"version": old.pk}).status_code == 400
    assert Claim.objects.get().version == draft


def test_unknown_terms_and_classes_are_refused(draft, legal):
    api = api_of(legal)
    base = {"version": draft.pk, "sentence": ONLY}
    for wrong in (
        {"kind": "use", "use": "nothing"},
        {"kind": "recipient", "recipient_class": "aliens"},
        {"kind": "use"},
    ):
        assert api.post("notice-claims/", {**base, **wrong}).status_code == 400


def test_lists_tell_until_when_a_version_was_in_force(notice, old, stranger):
    make_version(notice, "2015", TEXT, effective_from=date(2015, 2, 1))
    rows = api_of(stranger).get("notice-versions/", ordering="effective_from").json()["results"]
    assert [row["effective_until"] for row in rows] == ["2015-01-31", None]
    assert "text" not in rows[0]


def test_publishing_an_old_version_asks_where_it_is_from(notice, requester, legal):
    version = make_version(notice, "2012", TEXT, "draft")
    make_approved(version, requester)
    api, url = api_of(legal), f"notice-versions/{version.pk}/transitions/publish/"
    assert "took effect in the past" in str(api.post(url).json())
    assert api.post(url, {"note": "Archive."}).json()["status"] == "published"


def test_a_published_text_is_not_edited(old, second_lawyer):
    assert api_of(second_lawyer).patch(f"notice-versions/{old.pk}/", {"text": "Other."}).status_code == 409
    assert NoticeVersion.objects.get().text == TEXT


def test_a_finished_offer_stays(old, privacy):
    api = api_of(privacy)
    offer = {
        "version": old.pk,
        "recipient_class": "third_party",
        "offered_from": "2026-01-01",
        "offered_until": str(clock.today() - timedelta(days=1)),
        "channel": "mail",
        "text_sha256": "a" * 64,
        "exclusions_sha256": "b" * 64,
        "state": "finished",
    }
    made = api.post("opt-out-offers/", offer).json()
    assert made["recorded_by"] == privacy.pk
    assert api.patch(f"opt-out-offers/{made['id']}/", {"channel": "app"}).status_code == 409
    assert OptOutOffer.objects.get().channel == "mail"


def test_statements_are_drafted_with_what_they_say(requester, cloudy):
    api = api_of(requester)
    fields = {"title": "To a paper", "organisation": cloudy.pk, "audience": "press", "said_on": "2026-01-01"}
    made = api.post("public-statements/", {**fields, "text": "We share nothing."}).json()
    claim = {"statement": made["id"], "kind": "no_sharing", "sentence": "We share nothing."}
    assert api.post("statement-claims/", claim).status_code == 201
    assert api.post(f"public-statements/{made['id']}/transitions/submit/").json()["status"] == "in_review"
    assert api.post("statement-claims/", {**claim, "kind": "no_payment"}).status_code == 409


def test_drafts_of_others_do_not_exist(requester, stranger, cloudy):
    statement = make_statement(requester, cloudy)
    api = api_of(stranger)
    assert api.get(f"public-statements/{statement.pk}/").status_code == 404
    claim = {"statement": statement.pk, "kind": "no_sharing", "sentence": "Nothing was shared."}
    assert api.post("statement-claims/", claim).status_code == 400
    assert PublicStatement.objects.get().claims.count() == 0


def test_a_dataset_names_its_notices(engineer, notice):
    api = api_of(engineer)
    made = api.post("datasets/", {"name": "Clicks", "notices": [notice.pk]}).json()
    assert made["notices"] == [notice.pk]
    assert api.patch(f"datasets/{made['id']}/", {"notices": []}).json()["notices"] == []
    assert api.post("datasets/", {"name": "More", "notices": [999_999]}).status_code == 400
    assert Notice.objects.count() == 1
