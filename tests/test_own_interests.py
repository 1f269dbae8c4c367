"""Whoever has an interest in an organisation, or is close to a person, changes nothing that names them: in no role, by
no door. Their own interests they declare, what moved they report, and they may comment.

Each door is tried twice by somebody who may: without an interest it opens, with one it does not. Every step has its
turn in tests/test_every_step.py.
"""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.forms.models import model_to_dict

from apps.agreements.forms import AgreementForm
from apps.disclosures.forms import PublicStatementForm
from apps.findings.forms import RequirementForm
from apps.findings.models import Requirement
from apps.ledger.models import RecordedModel
from apps.portal.admin import site
from apps.vendors.forms import OrganisationForm, PersonForm
from apps.vendors.models import Person
from apps.workflow.models import Condition, Vote
from tests.api_cast import api_of
from tests.factories import (
    make_interest,
    make_organisation,
    make_stake,
)
from tests.interests import LEI, names_somebody, take_interest
from tests.shown import Tab
from tests.test_governed_models import concrete
from tests.vendors.test_bods import entity, person, relationship, shares

pytestmark = pytest.mark.world("interests")

# Every recorded model that names an organisation or a person, itself or through others, and what is tried of it.
NAMING = {
    "agreements.Agreement": "steps, edits",
    "agreements.AgreementCategory": "with the agreement",
    "agreements.AgreementDataset": "with the agreement",
    "agreements.AgreementUse": "with the agreement",
    "agreements.Justification": "edits",
    "agreements.Transfer": "steps",
    "disclosures.PublicStatement": "steps, edits",
    "disclosures.StatementClaim": "edits",
    "findings.Finding": "steps",
    "vendors.QuestionnaireAnswer": "edits",
    "vendors.DueDiligence": "steps, edits",
    "vendors.Evidence": "edits",
    "vendors.Interest": "edits, import",
    "vendors.InterestDeclaration": "nothing but one's own",
    "vendors.Organisation": "steps, edits, import",
    "vendors.OrganisationIdentifier": "import",
    "vendors.Person": "edits, import",
    "vendors.Position": "edits",
    "vendors.Relation": "edits",
    "vendors.Sameness": "steps",
    "workflow.Attachment": "with the comment",
    "workflow.Comment": "everybody may speak",
    "workflow.Mention": "with the comment",
    "workflow.Proposal": "steps",
    "workflow.Redaction": "steps, edits",
    "workflow.Review": "steps, edits",
}


def test_no_model_that_names_somebody_is_forgotten_here():
    assert {model._meta.label for model in concrete(RecordedModel) if names_somebody(model)} == NAMING.keys()


def filled(record, form, **changes):
    """What the page of the record would post."""
    held = {**model_to_dict(record, form._meta.fields), "revision": record.revision, **changes}
    given = {name: value for name, value in held.items() if value not in (None, False)}
    return {
        name: list(map(key_of, value)) if isinstance(value, list) else key_of(value) for name, value in given.items()
    }


def key_of(value):
    return getattr(value, "pk", value)


@pytest.fixture
def them(named):
    """The records of tests/interests.py as attributes."""
    return Attributes(named)


class Attributes:
    def __init__(self, named):
        self._named = named

    def __getattr__(self, name):
        return self._named(name)


def agreement_form(t, **more):
    asks = {"title": "New", "type": "processor", "our_entity": t.ours.pk}
    return {**asks, "consideration": "unknown", "may_train": "no", "may_derive": "no", "onward_transfer": "no", **more}


INTEREST = {"type": "shareholding", "directness": "direct", "source": "register"}
STATEMENT = {"audience": "press", "said_on": "2026-01-01", "text": "Nothing."}
ENDED = {"ends_on": "2026-01-01", "why": "Sold."}
POSITION = {"role": "adviser", "source": "register"}

# By name: who may, in whom they must have no interest, what the page posts, and what the API is sent. All are asked
# of the records of `them`.
EDITS = {
    "edit of an organisation, by its owner": (
        "engineer",
        "org",
        lambda t: (f"/vendors/{t.org.pk}/edit/", filled(t.org, OrganisationForm, risk_tier="high")),
        lambda t: ("patch", f"vendors/{t.org.pk}/", {"risk_tier": "high"}),
    ),
    "edit of an organisation, by legal": (
        "legal",
        "org",
        lambda t: (f"/vendors/{t.org.pk}/edit/", filled(t.org, OrganisationForm, owner="")),
        lambda t: ("patch", f"vendors/{t.org.pk}/", {"name": "Another"}),
    ),
    "edit of an agreement, by the requester": (
        "requester",
        "org",
        lambda t: (f"/agreements/{t.draft.pk}/edit/", filled(t.draft, AgreementForm, purpose="More")),
        lambda t: ("patch", f"agreements/{t.draft.pk}/", {"purpose": "More"}),
    ),
    "edit of an agreement, by the sponsor": (
        "engineer",
        "org",
        lambda t: (f"/agreements/{t.draft.pk}/edit/", filled(t.draft, AgreementForm, purpose="More")),
        lambda t: ("patch", f"agreements/{t.draft.pk}/", {"purpose": "More"}),
    ),
    "new agreement": (
        "stranger",
        "org",
        lambda t: ("/agreements/new/", agreement_form(t, counterparty=t.org.pk)),
        lambda t: ("post", "agreements/", agreement_form(t, counterparty=t.org.pk)),
    ),
    "agreement turned to them": (
        "requester",
        "elsewhere",
        lambda t: (f"/agreements/{t.draft.pk}/edit/", filled(t.draft, AgreementForm, counterparty=t.elsewhere)),
        lambda t: ("patch", f"agreements/{t.draft.pk}/", {"counterparty": t.elsewhere.pk}),
    ),
    "justification": (
        "independent",
        "org",
        lambda t: (f"/agreements/{t.asked.pk}/justify/", {"text": "It is right."}),
        lambda t: ("post", f"agreements/{t.asked.pk}/justification/", {"text": "It is right."}),
    ),
    "vote": (
        "privacy",
        "org",
        lambda t: (f"/agreements/{t.asked.pk}/review/vote/", {"role": "Privacy", "verdict": "refuse", "reason": "No."}),
        lambda t: ("post", f"reviews/{t.asked.review.pk}/votes/", {"role": "Privacy", "verdict": "abstain"}),
    ),
    "condition that is met": (
        "legal",
        "org",
        None,
        lambda t: ("post", f"conditions/{t.condition.pk}/meet/", {"evidence": "Read."}),
    ),
    "edit of a statement": (
        "requester",
        "org",
        lambda t: (f"/disclosures/statements/{t.statement.pk}/edit/", filled(t.statement, PublicStatementForm)),
        lambda t: ("patch", f"public-statements/{t.statement.pk}/", {"title": "Another"}),
    ),
    "new statement": (
        "stranger",
        "org",
        lambda t: ("/disclosures/statements/new/", {"title": "New", "organisation": t.org.pk, **STATEMENT}),
        lambda t: ("post", "public-statements/", {"title": "New", "organisation": t.org.pk, **STATEMENT}),
    ),
    "claim of a statement": (
        "privacy",
        "org",
        lambda t: (
            f"/disclosures/statements/{t.statement.pk}/new-claim/",
            {"kind": "no_sharing", "sentence": "Nothing was shared."},
        ),
        lambda t: (
            "post",
            "statement-claims/",
            {"statement": t.statement.pk, "kind": "no_sharing", "sentence": "Nothing was shared."},
        ),
    ),
    "claim taken back": (
        "legal",
        "org",
        lambda t: (f"/disclosures/statement-claims/{t.claim.pk}/remove/", {"reason": "Wrong."}),
        lambda t: ("post", f"statement-claims/{t.claim.pk}/remove/", {"reason": "Wrong."}),
    ),
    "new due diligence": (
        "privacy",
        "org",
        lambda t: (f"/vendors/{t.org.pk}/due-diligence/new/", {}),
        lambda t: ("post", "due-diligence/", {"vendor": t.org.pk}),
    ),
    "answers": (
        "engineer",
        "questioned",
        lambda t: (f"/vendors/due-diligence/{t.asking.pk}/answers/", {"revision": t.asking.revision}),
        lambda t: (
            "post",
            f"due-diligence/{t.asking.pk}/answers/",
            {"answers": [{"question": t.question.pk, "value": ""}]},
        ),
    ),
    "interest in an organisation": (
        "legal",
        "org",
        lambda t: ("/interests/new/", {**INTEREST, "organisation": t.org.pk, "holder_person": t.owner.pk}),
        lambda t: ("post", "interests/", {**INTEREST, "organisation": t.org.pk, "holder_person": t.owner.pk}),
    ),
    "interest that an organisation holds": (
        "legal",
        "org",
        lambda t: ("/interests/new/", {**INTEREST, "organisation": t.elsewhere.pk, "holder_organisation": t.org.pk}),
        lambda t: ("post", "interests/", {**INTEREST, "organisation": t.ours.pk, "holder_organisation": t.org.pk}),
    ),
    "interest that ends": (
        "legal",
        "org",
        lambda t: (
            f"/interests/{t.interest.pk}/edit/",
            {
                **INTEREST,
                "organisation": t.org.pk,
                "holder_person": t.owner.pk,
                "ends_on": "2026-01-01",
                "revision": 1,
                "why": "Sold.",
            },
        ),
        lambda t: ("patch", f"interests/{t.interest.pk}/", {"ends_on": "2026-01-01", "why": "Sold."}),
    ),
    "interest turned to them": (
        "legal",
        "org",
        lambda t: (
            f"/interests/{t.owned.pk}/edit/",
            {**INTEREST, "organisation": t.org.pk, "holder_person": t.owner.pk, "revision": 1, "why": "Sold."},
        ),
        lambda t: ("patch", f"interests/{t.owned.pk}/", {"organisation": t.org.pk, "why": "Sold."}),
    ),
    "position in an organisation": (
        "legal",
        "org",
        lambda t: (f"/people/{t.owner.pk}/positions/new/", {**POSITION, "organisation": t.org.pk}),
        None,
    ),
    "redaction": (
        "legal",
        "org",
        lambda t: (f"/redactions/new/vendors.interest/{t.interest.pk}/", {"field": "details", "reason": "Asked."}),
        lambda t: (
            "post",
            "redactions/",
            {"kind": "vendors.interest", "record": t.interest.pk, "field": "details", "reason": "Asked."},
        ),
    ),
    "rule": (
        "legal",
        "org",
        lambda t: (f"/rules/{t.rule.pk}/edit/", filled(t.rule, RequirementForm, threshold="3", why="Mild.")),
        lambda t: ("patch", f"rules/{t.rule.pk}/", {"threshold": "3", "why": "Mild."}),
    ),
    "edit of a person": (
        "legal",
        "owner",
        lambda t: (f"/people/{t.owner.pk}/edit/", filled(t.owner, PersonForm, name="Another", why="Wed.")),
        lambda t: ("patch", f"people/{t.owner.pk}/", {"name": "Another", "why": "Wed."}),
    ),
    "position of a person": (
        "legal",
        "owner",
        lambda t: (f"/people/{t.owner.pk}/positions/new/", {**POSITION, "organisation": t.elsewhere.pk}),
        None,
    ),
    "relation of a person": (
        "legal",
        "owner",
        lambda t: (f"/people/{t.owner.pk}/relations/new/", {"relative": t.other.pk, "kind": "child"}),
        None,
    ),
    "relation to a person": (
        "legal",
        "owner",
        lambda t: (f"/people/{t.other.pk}/relations/new/", {"relative": t.owner.pk, "kind": "child"}),
        None,
    ),
    "interest of a person": (
        "legal",
        "owner",
        lambda t: ("/interests/new/", {**INTEREST, "organisation": t.elsewhere.pk, "holder_person": t.owner.pk}),
        lambda t: ("post", "interests/", {**INTEREST, "organisation": t.elsewhere.pk, "holder_person": t.owner.pk}),
    ),
    "redaction of a person": (
        "legal",
        "owner",
        lambda t: (f"/redactions/new/vendors.person/{t.owner.pk}/", {"field": "name", "reason": "Asked."}),
        lambda t: (
            "post",
            "redactions/",
            {"kind": "vendors.person", "record": t.owner.pk, "field": "name", "reason": "Asked."},
        ),
    ),
}

DOORS = [
    pytest.param(*row[:2], door, id=f"{name}, {kind}")
    for name, row in EDITS.items()
    for kind, door in zip(("page", "api"), row[2:], strict=True)
    if door
]


def ask(user, door):
    """The status of the answer, after which nothing is left of the request."""
    with transaction.atomic():
        if len(door) == 2:
            client = Tab()
            client.force_login(user)
            status = client.post(*door).status_code
        else:
            method, path, body = door
            status = getattr(api_of(user), method)(path, body).status_code
        written = rows_of_history()
        transaction.set_rollback(True)
    return status, written


def rows_of_history():
    """How often anything that names somebody was written, and the rules and votes."""
    models = [model for model in concrete(RecordedModel) if names_somebody(model)]
    return [Vote.objects.count(), *(model.history.count() for model in (Requirement, Condition, *models))]


@pytest.mark.parametrize(("who", "whom", "door"), DOORS)
def test_somebody_with_an_interest_changes_nothing(them, cast, who, whom, door):
    user, before = cast[who], rows_of_history()
    status, after = ask(user, door(them))
    assert status in (200, 201, 204, 302)
    assert after != before
    take_interest(user, getattr(them, whom))
    before = rows_of_history()
    status, after = ask(user, door(them))
    assert status in (403, 404)
    assert after == before


class TestEvidence:
    @pytest.mark.parametrize(("interested", "status"), [(False, 200), (True, 403)])
    def test_is_added_by_nobody_with_an_interest(self, them, engineer, interested, status):
        if interested:
            make_stake(engineer, them.questioned)
        sent = {"file": SimpleUploadedFile("a.txt", b"A"), "question": them.question.pk}
        response = api_of(engineer).post(f"due-diligence/{them.asking.pk}/evidence/", sent, format="multipart")
        assert response.status_code == status


class TestImport:
    """A register says something else of an organisation, of what is held in it, or of a person."""

    LEI_OF_IT = {"identifiers": [{"scheme": "XI-LEI", "id": LEI}]}
    FILES = {
        "org": [entity(name="Renamed", details=LEI_OF_IT)],
        "interest": [
            entity(name="They", details=LEI_OF_IT),
            person(name="Owner"),
            relationship(shares(30), status="updated"),
        ],
        "owner": [person(name="Renamed", status="updated")],
    }

    def answers(self, user, file):
        """Of the page that shows what would be done, and of the API."""
        content = json.dumps(file).encode()
        client = Tab()
        client.force_login(user)
        page = client.post("/vendors/bods/", {"file": SimpleUploadedFile("register.json", content)})
        api = api_of(user).post("ownership-statements/", file)
        return page.status_code, api.status_code, api.json()

    @pytest.mark.parametrize(("file", "whom"), [("org", "org"), ("interest", "org"), ("owner", "owner")])
    def test_is_refused_as_the_pages_refuse(self, them, legal, second_lawyer, file, whom):
        take_interest(legal, getattr(them, whom))
        before = rows_of_history()
        page, api, told = self.answers(legal, self.FILES[file])
        assert (page, api) == (422, 400)
        assert "Somebody else of legal has to import it." in str(told)
        assert rows_of_history() == before
        assert self.answers(second_lawyer, self.FILES[file])[:2] == (200, 201)


class TestWhoProfitsWithThem:
    """Two who profit from the same organisation do not edit each other out of what is on record."""

    @pytest.fixture
    def partner(self, them, requester):
        make_stake(requester, them.org)
        return Person.of_user(requester)

    def tries(self, them, partner, user):
        """What comes of taking the account away, and of a relation with an honest person."""
        client = Tab()
        client.force_login(user)
        related = {"relative": partner.pk, "kind": "spouse"}
        with transaction.atomic():
            found = (
                api_of(user).patch(f"people/{partner.pk}/", {"user": None, "why": "Left."}).status_code,
                client.post(f"/people/{them.other.pk}/relations/new/", related).status_code,
            )
            transaction.set_rollback(True)
        return found

    def test_is_not_changed(self, partner, them, legal):
        assert self.tries(them, partner, legal) == (200, 302)
        make_stake(legal, them.org)
        assert self.tries(them, partner, legal) == (403, 403)

    def test_is_not_given_an_interest_elsewhere(self, partner, them, legal):
        make_stake(legal, them.org)
        interest = {"organisation": them.elsewhere.pk, "holder_person": partner.pk, "type": "shareholding"}
        assert api_of(legal).post("interests/", interest).status_code == 403


class TestStaysOpen:
    """What people with an interest do as before."""

    @pytest.fixture
    def interested(self, them, requester):
        make_stake(requester, them.org)
        return requester

    def test_to_declare_an_interest(self, them, interested):
        own = {"organisation": them.org.pk, "type": "shareholding"}
        assert api_of(interested).post("interests/", own).status_code == 201
        assert api_of(interested).post("declarations/").status_code == 201

    def test_to_report_what_moved(self, them, interested):
        moved = {
            "dataset": them.tickets.pk,
            "recipient": them.org.pk,
            "transferred_on": "2026-01-01",
            "channel": "sftp",
        }
        assert api_of(interested).post("transfers/", moved).status_code == 201

    def test_to_comment(self, them, interested):
        said = {"subject_kind": "agreement", "subject_id": them.draft.pk, "body": "Why?"}
        assert api_of(interested).post("comments/", said).status_code == 201

    def test_to_work_for_our_company_that_somebody_owns_through_us(self, them, requester):
        """An interest in our own company keeps nobody from asking on its behalf."""
        holding = make_organisation("Holding")
        make_interest(holding, them.ours, 50)
        make_stake(requester, holding)
        assert requester.has_perm("agreements.change_agreement", them.draft)


def test_the_admin_site_changes_none_of_them(rf, administrator):
    request = rf.post("/")
    request.user = administrator
    kept = [model for model in concrete(RecordedModel) if names_somebody(model) and model in site._registry]
    assert kept
    for model in kept:
        admin = site._registry[model]
        assert not any(may(request) for may in (admin.has_add_permission, admin.has_change_permission))
        assert not admin.has_delete_permission(request)
