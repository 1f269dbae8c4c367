"""The records that the permission matrix of the API names, in every state that a row asks about."""

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import ApiToken, Role, RoleGrant
from apps.consents.intake.uploads import begin_import
from apps.consents.people.services import look_up
from apps.consents.screening.running import screen
from apps.consents.screening.services import add_cohort
from apps.core import clock
from apps.disclosures.models import StatementClaim
from apps.findings.models import Finding, Requirement
from apps.taxonomy.models import DataCategory, DataUse, SubjectType
from apps.vendors.models import Evidence, InterestDeclaration, Person, Questionnaire, Statement
from apps.workflow.models import Comment, Condition, Proposal, Redaction
from tests.consents.files import upload
from tests.factories import (
    adopt,
    make_agreement,
    make_approved,
    make_claim,
    make_dataset,
    make_dataset_version,
    make_due_diligence,
    make_insider,
    make_interest,
    make_notice,
    make_offer,
    make_organisation,
    make_person,
    make_sameness,
    make_stake,
    make_statement,
    make_transfer,
    make_vendor,
    make_version,
    suspend,
)


def at(record, status):
    """The record in that status, without the steps that lead there."""
    record.status = status
    record.save()
    return record


def agreements(named):
    requester = named("requester")

    def make(title, **fields):
        """An agreement like the draft, in whatever state."""
        datasets, sponsor = [named("tickets")], named("engineer")
        return make_agreement(requester, named("cloudy"), datasets, title=title, sponsor=sponsor, **fields)

    in_review, paused = make("Open-ended", ends_on=None), make("Asked about", ends_on=None)
    in_review.submit(by=requester)
    paused.submit(by=requester)
    paused.review.ask(by=named("privacy"), note="Why?")
    found = Finding.objects.filter(requirement__code="HOUSE-4")
    return {
        "draft": named("support"),
        "in_review": in_review,
        "approved": make_approved(make("Approved"), requester),
        "signed": at(make_approved(make("Signed"), requester), "signed"),
        "active": at(make_approved(make("Active"), requester), "active"),
        "suspended": at(make_approved(make("Suspended"), requester), "suspended"),
        "review": in_review.review,
        "paused": paused.review,
        "finding": found.about(in_review).get(),
        "closed": at(found.about(paused).get(), "accepted"),
        "of_profiting": Finding.objects.about(in_review).exclude(hidden_from=[]).first(),
    }


def organisations(named):
    requester, engineer = named("requester"), named("engineer")
    in_review = make_organisation("Asked for", status="proposed", owner=engineer)
    in_review.submit(by=engineer)
    return {
        "vendor": make_vendor("Approved"),
        "proposed": make_organisation("Proposed", status="proposed", owner=requester),
        "unowned": make_organisation("Recorded"),
        "asked_vendor": in_review,
        "stopped_vendor": at(make_approved(make_vendor("Suspended", owner=engineer), requester), "suspended"),
        "offboarding": make_vendor("Leaving", status="offboarding"),
        "colleague": make_person("Colleague", user=named("executive")),
        "outsider": make_person("Outsider"),
        "of_requester": make_stake(requester, make_organisation("Elsewhere")),
    }


def diligence(named):
    """Vendors that the engineer looks after, in every state of being questioned."""
    engineer = named("engineer")
    asked, answered, concluded = (
        make_due_diligence(make_vendor(f"To be {status}", owner=engineer), status)
        for status in ("open", "answered", "concluded")
    )
    questionnaire = Questionnaire.objects.get(tier="low")
    file, question = SimpleUploadedFile("report.txt", b"All well."), questionnaire.questions.first()
    statement = Statement(statement_id="s" * 32, record_id="r", record_type="entity", digest="0" * 64)
    statement.save()
    fog = make_organisation("Fog")
    make_interest(Person.objects.get(user=named("second_lawyer")), fog, 40)
    looks_alike = [make_sameness(fog, make_organisation(name)) for name in ("Fog Ltd", "Fog Inc")]
    said = [
        make_sameness(
            make_organisation(name), make_organisation(f"{name}, Ltd"), status, said_by=said_by, said_for=side
        )
        for name, status, said_by, side in (
            ("Nimbus", "said_same", named("legal"), "Legal"),
            ("Stratus", "said_different", named("legal"), "Legal"),
            ("Cirrus", "different", None, ""),
        )
    ]
    return {
        "question": looks_alike[0],
        "said_same": said[0],
        "denied": said[1],
        "answered_question": said[2],
        "asked": asked,
        "answered": answered,
        "concluded": concluded,
        "of_cloudy": make_due_diligence(named("cloudy"), "open"),
        "evidence": Evidence.store(file, by=engineer, due_diligence=asked, question=question),
        "questionnaire": questionnaire,
        "new_version": questionnaire.new_version(by=named("privacy")),
        "statement": statement,
        "cloudy": named("cloudy"),
    }


def remarks(named, agreements):
    """What is said about the agreement in review: a comment with a file, and a condition."""
    about, legal = agreements["in_review"], named("legal")
    comment = Comment.write(about, by=legal, body="Read this.", file=SimpleUploadedFile("terms.txt", b"Terms"))
    vote = agreements["paused"].votes.create(
        by=legal, by_name="Legal", role="Legal", verdict="approve_with_conditions", digest="0" * 64, facts="0" * 64
    )
    condition = Condition(vote=vote, text="Read it again.")
    condition.save()
    return {"comment": comment, "file": comment.attachments.get(), "condition": condition}


def accounts(named):
    requester = named("requester")
    token, _ = ApiToken.issue(requester, "nightly", by=requester)
    return {
        "user": requester,
        "other_user": named("executive"),
        "grant": named("engineer").grants.get(),
        "waiting": RoleGrant.grant(named("executive"), Role.PRIVACY, by=named("second_administrator")),
        "token": token,
        "declaration": InterestDeclaration.declare(by=requester),
    }


def terms():
    return {
        "category": DataCategory.objects.first(),
        "use": DataUse.objects.first(),
        "subject_type": SubjectType.objects.first(),
        "rule": Requirement.objects.get(code="HOUSE-4"),
        "duty": Requirement.objects.get(code="GDPR-5-1b"),
        "adopted": adopt("HOUSE-5"),
    }


def give_stake(named):
    """What makes the last column profit."""
    make_interest(make_insider("Second Lawyer", user=named("second_lawyer")), named("cloudy"), 40)


def transfers(named):
    """What the stranger reported, as it was told, and with the proposals of privacy."""

    def told():
        return make_transfer(named("stranger"), named("tickets"), named("cloudy"))

    def proposed(outcome, **more):
        transfer = told()
        transfer.propose(by=named("privacy"), note="Looked into.", proposal=outcome, **more)
        return transfer

    reported, confirmed = told(), proposed("confirmed")
    confirmed.confirm(by=named("legal"), note="Looked into.")
    return {
        "reported": reported,
        "in_words": make_transfer(
            named("stranger"), None, None, dataset_words="all photos", recipient_words="a company in Port Amber"
        ),
        "confirmed": confirmed,
        "to_confirm": proposed("confirmed"),
        "mistake": proposed("mistaken"),
        "repeated": proposed("duplicate", duplicate_of=reported.pk),
    }


def disclosures(named):
    """A notice of legal with versions in every state."""
    legal, notice = named("legal"), make_notice(named("legal"))
    version = make_version(notice, "draft", status="draft", effective_from=clock.today())
    asked = make_version(notice, "asked", status="draft", effective_from=clock.today())
    asked.submit(by=legal)
    published = make_version(notice, "published")
    cleared = make_version(notice, "cleared", status="draft", effective_from=clock.today())
    return {
        "notice": notice,
        "version": version,
        "asked_text": asked,
        "published": published,
        "approved_text": make_approved(cleared, named("requester")),
        "claim": make_claim(version, "affiliate"),
        "offer": make_offer(published, legal),
    }


def consents(named):
    """A few answers, a cohort that was screened, and somebody who was looked up."""
    run = begin_import(upload(), {}, by=named("engineer"))
    cohort = add_cohort("Everybody", upload("subject\naccount-1\n"), by=named("engineer"))[0]
    return {
        "run": run,
        "import": run.made,
        "cohort": cohort,
        "screening": screen(cohort, ["marketing"], "opt_in", by=named("legal")),
        "lookup": look_up("account-1", reason="Asked for.", by=named("privacy")),
    }


def statements(named):
    """What the requester writes about the vendor in which the last column profits, in every state."""
    requester = named("requester")

    def written(title, status="draft"):
        statement = make_statement(requester, named("cloudy"), title=title)
        claim = StatementClaim(statement=statement, kind="no_payment", sentence="Nothing was shared.")
        claim.enter(by=requester)
        return at(statement, status)

    unsaid, asked = written("Unsaid"), written("Asked")
    asked.submit(by=requester)
    return {
        "unsaid": unsaid,
        "to_clear": asked,
        "cleared": at(make_approved(written("Cleared"), requester), "pre_cleared"),
        "said": written("Said", "made"),
        "statement_claim": unsaid.claims.get(),
    }


def dataset_versions(named):
    """Of an approved dataset, in each state from which a step is taken."""
    dataset = at(make_dataset(named("engineer"), "Swipes"), "approved")

    def approved():
        return make_approved(make_dataset_version(dataset), named("engineer"))

    asked = make_dataset_version(dataset)
    asked.submit(by=named("engineer"))
    return {
        "swipes": dataset,
        "set_version": make_dataset_version(dataset),
        "sent_set": asked,
        "approved_set": at(approved(), "approved"),
        "released_set": at(approved(), "released"),
        "held_set": at(approved(), "quarantined"),
    }


def make_api_world(named):
    """The records that the rows of the matrix name."""
    give_stake(named)
    found, in_agreements, known = organisations(named), agreements(named), terms()
    asked_dataset = make_dataset(named("engineer"), "Clicks")
    asked_dataset.submit(by=named("engineer"))
    records = {
        **found,
        **dataset_versions(named),
        **diligence(named),
        **in_agreements,
        **remarks(named, in_agreements),
        **accounts(named),
        **known,
        **transfers(named),
        **disclosures(named),
        **statements(named),
        **consents(named),
        "redaction": Redaction.request(found["outsider"], "name", by=named("legal"), reason="Asked for."),
        "dataset": make_dataset(named("engineer"), "Logs"),
        "asked_dataset": asked_dataset,
    }
    # What the reviewers could decide if nothing stood in the way.
    for rule in Requirement.objects.filter(status="adopted").exclude(pk=known["adopted"].pk):
        suspend(rule)
    asked = Requirement.objects.get(code="HOUSE-6")
    asked.adopt(by=named("legal"))
    asked.suspend(by=named("legal"), note="To be read again.", until=clock.today())
    return {**records, "proposal": Proposal.objects.about(asked).waiting().get()}
