"""Records with sensible defaults. Each helper saves what it makes and takes any field by name."""

import io
from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group
from django.db import connection, transaction
from simple_history.utils import bulk_create_with_history

from apps.accounts.models import RoleGrant, User
from apps.agreements.models import Agreement, Transfer
from apps.consents.intake.importing import import_consents
from apps.consents.models import SubjectLookup
from apps.consents.people.services import forget
from apps.consents.screening.cohorts import import_members
from apps.consents.screening.running import screen
from apps.consents.screening.services import trace
from apps.core import clock
from apps.datasets.models import Dataset, DatasetVersion
from apps.disclosures.models import Claim, Notice, NoticeVersion, OptOutOffer, PublicStatement
from apps.findings.models import Requirement
from apps.ledger.models import set_links
from apps.taxonomy.models import DataCategory, DataUse, SubjectType
from apps.vendors.models import (
    DueDiligence,
    Interest,
    Organisation,
    Person,
    Position,
    Question,
    Questionnaire,
    Relation,
    Sameness,
)
from apps.workflow.models import Proposal, Review

EMAIL = ("user.contact.email",)
HOSTING = ("essential.service",)


def write_ledger():
    """Write the entries that the transaction owes, as its commit would."""
    connection.check_constraints()


def make_users(roles_of):
    """Users by the first part of their address, each with the roles named, granted yesterday. Few queries for all."""
    users = [User(email=f"{name}@example.org", full_name=name.replace("_", " ").title()) for name in roles_of]
    for user in users:
        user.set_unusable_password()
    users = bulk_create_with_history(users, User)
    groups = {group.name: group for group in Group.objects.all()}
    since = clock.now() - timedelta(days=1)
    grants = [
        RoleGrant(user=user, role=groups[role], effective_at=since)
        for user, roles in zip(users, roles_of.values(), strict=True)
        for role in roles
    ]
    if grants:
        bulk_create_with_history(grants, RoleGrant)
    return dict(zip(roles_of, users, strict=True))


def make_user(name, *roles):
    return make_users({name: roles})[name]


def make_role(user, role, since=None):
    """Grant a role past the second administrator, in effect since then or since now."""
    grant = RoleGrant(user=user, role=Group.objects.get(name=role), effective_at=since or clock.now())
    grant.save()
    return User.objects.get(pk=user.pk)


def make_change(record, change, **details):
    """A step that takes two people, asked for by legal and confirmed by privacy."""
    legal, privacy = (User.objects.get(email=f"{side}@example.org") for side in ("legal", "privacy"))
    getattr(record, change)(by=legal, note="Under discussion", **details)
    Proposal.objects.about(record).waiting().get().confirm(by=privacy)
    record.refresh_from_db()
    return record


def suspend(rule, days=30):
    """A rule that both sides have suspended."""
    return make_change(rule, "suspend", until=clock.today() + timedelta(days=days))


def forget_person(person, by):
    """Forget somebody, with the look-up that says so."""
    lookup = SubjectLookup(by=by, reason="Asked to be forgotten", subject=person)
    lookup.save()
    forget(lookup, person, reason="Asked", by=by)


def make_organisation(name="Cloudy", **fields):
    organisation = Organisation(name=name, **{"purpose": "Hosting", "jurisdiction": "DE", "risk_tier": "low", **fields})
    organisation.save()
    return organisation


def make_vendor(name="Cloudy", status="approved", **fields):
    """A vendor in any status, without the votes that lead there. Who owns it is known; `ownership_rest=None`: not."""
    until = clock.today() + timedelta(days=300) if status == "approved" else None
    known = {"approved_until": until, "ownership_rest": "Many small holders."}
    return make_organisation(name, status=status, **{**known, **fields})


def make_due_diligence(vendor, status="concluded", answers=None, **fields):
    """Due diligence of a vendor in any status. `answers` are by the beginning of the question; other required ones
    are answered as by somebody who has nothing to hide."""
    tier = vendor.risk_tier or "low"
    concluded = {
        "conclusion": "passed",
        "concluded_on": clock.today(),
        "expires_on": clock.today() + timedelta(days=90),
    }
    asked = DueDiligence(
        vendor=vendor,
        questionnaire=Questionnaire.objects.in_use().get(tier=tier),
        status=status,
        **{**(concluded if status == "concluded" else {}), **fields},
    )
    asked.save()
    wanted = {q: harmless_answer(q) for q in asked.questionnaire.questions.all() if q.required}
    for beginning, value in (answers or {}).items():
        wanted[asked.questionnaire.questions.get(text__startswith=beginning)] = value
    for question, value in wanted.items():
        asked.answers.create(question=question, value=value)
    return asked


def harmless_answer(question):
    if question.possible:
        return next(answer for answer in question.possible if answer != question.attention)
    return "2030-01-01" if question.kind == Question.Kind.DATE else "Nothing to hide."


def make_version(notice, label="1", text="We share with service providers.", status="published", **fields):
    """A version of a notice in any status, without the votes that lead there."""
    version = NoticeVersion(
        notice=notice, label=label, text=text, **{"author": notice.owner, "effective_from": date(2012, 3, 1), **fields}
    )
    version.clean()
    if status in ("published", "superseded"):
        version.published_at = clock.now()
    version.status = status
    version.save()
    return version


def make_notice(owner, product="Service", **fields):
    notice = Notice(product=product, owner=owner, **fields)
    notice.save()
    return notice


def make_claim(version, value, sentence="", *, by=None, says="may", kind="", checked=True):
    """What a sentence of the version says; its first one unless another is given. The kind follows from the value."""
    found = DataUse.objects.filter(key=value).first() or DataCategory.objects.filter(key=value).first()
    fields = (
        {"recipient_class": value} if found is None else {"use" if isinstance(found, DataUse) else "category": found}
    )
    if isinstance(value, int):
        fields = {"months": value}
    kind = kind or {"recipient_class": "recipient", "months": "retention"}.get(next(iter(fields)), next(iter(fields)))
    text = sentence or version.text.partition(".")[0] + "."
    claim = Claim(version=version, kind=kind, says=says, sentence=text, entered_by=by or version.author, **fields)
    if checked and version.is_spoken:
        claim.checked_by = User.objects.exclude(pk=claim.entered_by_id).first()
    claim.full_clean()
    claim.save()
    return claim


def make_offer(version, by):
    """That people were offered, in this version, to opt out of a sharing with unnamed companies."""
    offer = OptOutOffer(
        version=version,
        recipient_class="third_party",
        offered_from=version.effective_from,
        channel="mail",
        text_sha256="0" * 64,
        recorded_by=by,
    )
    offer.save()
    return offer


def make_statement(author, organisation, text="Nothing was shared.", status="draft", **fields):
    defaults = {"title": "To a newspaper", "audience": "press", "said_on": clock.today()}
    statement = PublicStatement(
        author=author, organisation=organisation, text=text, status=status, **{**defaults, **fields}
    )
    statement.save()
    return statement


def make_ourselves(name="Us"):
    return make_organisation(name, kind="ourselves")


def make_dataset(owner, name="Tickets", *, categories=EMAIL, uses=HOSTING, **fields):
    dataset = Dataset(name=name, owner=owner, **fields)
    dataset.save()
    set_links(dataset.category_links, "category", DataCategory.objects.keyed(*categories), by=owner)
    set_links(dataset.use_links, "use", DataUse.objects.keyed(*uses), by=owner)
    set_links(dataset.subject_type_links, "subject_type", SubjectType.objects.keyed("customer"), by=owner)
    return dataset


def make_dataset_version(dataset, *, digest="ab" * 32, parents=(), derived_by="filtered", **fields):
    """The next version of a dataset, as its owner registers it."""
    version = DatasetVersion(dataset=dataset, digest=digest, **fields)
    with transaction.atomic():
        version.take_number()
        version.on_behalf(dataset.owner, "create").save()
        version.set_parents(parents, derived_by, by=dataset.owner, reason="create")
    return version


def make_agreement(requester, counterparty, datasets, *, categories=EMAIL, uses=HOSTING, **fields):
    defaults = {
        "title": "Support desk",
        "type": "processor",
        "our_entity": Organisation.objects.of_group().first() or make_ourselves(),
        "purpose": "They host our tickets.",
        "starts_on": clock.today(),
        "ends_on": clock.today() + timedelta(days=365),
        **dict.fromkeys(("may_train", "may_derive", "onward_transfer"), "no"),
        "delete_within_days": 30,
    }
    agreement = Agreement(requester=requester, counterparty=counterparty, **{**defaults, **fields})
    agreement.on_behalf(requester, "create").save()
    set_links(agreement.dataset_links, "dataset", datasets, by=requester)
    set_links(agreement.category_links, "category", DataCategory.objects.keyed(*categories), by=requester)
    set_links(agreement.use_links, "use", DataUse.objects.keyed(*uses), by=requester)
    return agreement


def make_transfer(reporter, dataset, recipient, **fields):
    """A transfer as its reporter tells it, of today unless another day is given."""
    defaults = {"transferred_on": clock.today(), "channel": "sftp", "consideration": "they_serve_us"}
    transfer = Transfer(dataset=dataset, recipient=recipient, **{**defaults, **fields})
    transfer.report(by=reporter)
    return transfer


def make_approved(record, requester):
    """Put a record through a review that ends with approval, without the votes that lead there."""
    review = Review.open(record, by=requester)
    review.status = record.status = "approved"
    review.save()
    record.save()
    return record


def make_person(name="A. Marsh", **fields):
    person = Person(name=name, **fields)
    person.save()
    return person


def make_insider(name="A. Marsh", **fields):
    """Somebody with a position in our house."""
    person = make_person(name, **fields)
    ours = Organisation.objects.of_group().first() or make_ourselves()
    make_position(person, ours)
    return person


def make_sameness(one, other, status="open", **fields):
    """The question whether two records are of one, the older record first."""
    side = one._meta.model_name
    question = Sameness(status=status, grounds="the name", **{side: one, f"other_{side}": other, **fields})
    question.save()
    return question


def make_position(person, organisation, role="director", **fields):
    position = Position(person=person, organisation=organisation, role=role, **fields)
    position.save()
    return position


def make_relation(person, relative, kind="spouse", **fields):
    relation = Relation(person=person, relative=relative, kind=kind, **fields)
    relation.save()
    return relation


def make_interest(holder, organisation, share=None, **fields):
    """What a person or organisation holds. `share` is exact, or (least, most) with most None when unknown."""
    side = "holder_person" if isinstance(holder, Person) else "holder_organisation"
    least, most = share if isinstance(share, tuple) else (None, None)
    interest = Interest(
        organisation=organisation,
        share_exact=None if share is None or isinstance(share, tuple) else Decimal(str(share)),
        share_min=None if least is None else Decimal(str(least)),
        share_max=None if most is None else Decimal(str(most)),
        source="the register",
        **{side: holder, **fields},
    )
    interest.save()
    return interest


def make_stake(user, organisation, share=10):
    """Give a user an interest in the organisation, held in person."""
    person = Person.objects.filter(user=user).first() or make_person(str(user), user=user)
    return make_interest(person, organisation, share)


def adopt(code):
    """Let a rule of the catalogue stop steps, whoever may do so."""
    rule = Requirement.objects.get(code=code)
    rule.status, rule.adopted_by_name, rule.adopted_on = "adopted", "a test", date(2026, 1, 1)
    rule.save()
    return rule


def make_cohort(name="Everybody", people=("ann", "bob"), by=None):
    return import_members(io.BytesIO("\n".join(["subject", *people, ""]).encode()), name=name, by=by).made


def make_consent_import(name="answers", people=("ann", "bob"), by=None, use="marketing", state="given"):
    """Answers of these people; the name is in the file, so that another name is another file."""
    head = "subject,use,state,occurred_at,source\n"
    rows = "".join(f"{person},{use},{state},2026-01-01T00:00:00Z,{name}\n" for person in people)
    return import_consents(io.BytesIO((head + rows).encode()), file_name=f"{name}.csv", by=by).made


def make_screening(cohort, needs=("marketing",), basis="opt_in", by=None):
    screening = screen(cohort, needs, basis, by=by)
    trace(screening)
    return screening
