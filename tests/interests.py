"""Who has an interest in whom, and the world of tests/test_own_interests.py: an organisation that everything names."""

from apps.disclosures.models import StatementClaim
from apps.findings.models import Requirement
from apps.ledger.models import RecordedModel, party_keys
from apps.vendors.models import Organisation, Person
from apps.workflow.models import Condition
from tests.factories import (
    make_agreement,
    make_due_diligence,
    make_interest,
    make_organisation,
    make_person,
    make_relation,
    make_stake,
    make_statement,
    make_vendor,
)

LEI = "529900T8BM49AURSDO55"


def names_somebody(model):
    """Whether records of it name an organisation or a person, themselves or through others."""
    return bool(party_keys(model)) or model.concerns is not RecordedModel.concerns


def take_interest(user, somebody):
    """A stake of ten percent in an organisation, or a close relation to a person."""
    if isinstance(somebody, Organisation):
        make_stake(user, somebody)
    elif somebody.user != user:
        make_relation(Person.of_user(user), somebody)


def make_interest_world(named):
    engineer, owner = named("engineer"), make_person("Owner", record_id="per")
    org = make_vendor("They", status="proposed", owner=engineer, lei=LEI)
    elsewhere, questioned = make_organisation("Elsewhere"), make_vendor("Questioned", owner=engineer)
    asking = make_due_diligence(questioned, "open")
    return {
        "org": org,
        "elsewhere": elsewhere,
        "questioned": questioned,
        "asking": asking,
        "question": asking.questionnaire.questions.first(),
        "owner": owner,
        "other": make_person("Other"),
        "interest": make_interest(owner, org, 5, record_id="rel"),
        "owned": make_interest(owner, elsewhere, 5),
        "rule": Requirement.objects.get(code="OKC-4"),
        **agreements(named, org),
        **statements(named, org),
    }


def agreements(named, org):
    """A draft, and a request in review with a condition of legal."""
    requester, named_by = named("requester"), {"sponsor": named("engineer")}
    draft = make_agreement(requester, org, [named("tickets")], title="Draft", **named_by)
    asked = make_agreement(requester, org, [named("tickets")], title="Asked", **named_by)
    asked.submit(by=requester)
    vote = asked.review.votes.create(
        by=named("legal"), by_name="Legal", role="Legal", verdict="abstain", digest="0" * 64, facts="0" * 64
    )
    condition = Condition(vote=vote, text="Read it.")
    condition.save()
    return {"draft": draft, "asked": asked, "condition": condition, "ours": draft.our_entity}


def statements(named, org):
    statement = make_statement(named("requester"), org)
    claim = StatementClaim(statement=statement, kind="no_payment", sentence="Nothing was shared.")
    claim.enter(by=named("requester"))
    return {"statement": statement, "claim": claim}
