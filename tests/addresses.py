"""One address for every page of the portal, so that tests which visit all of them cannot forget a new one."""

from urllib.parse import urlsplit

from django.db.models import Q
from django.urls import URLPattern, get_resolver, reverse

from apps.accounts.models import ApiToken, Role, RoleGrant, User
from apps.agreements.models import Agreement, Transfer
from apps.consents.intake.uploads import begin_import
from apps.consents.models import Cohort, ConsentImport, ImportRun, Screening, SubjectLookup, WithdrawalLink
from apps.consents.people.services import look_up
from apps.consents.screening.services import add_cohort
from apps.consents.tasks import screen_and_trace
from apps.core import clock
from apps.datasets.models import Dataset, DatasetVersion
from apps.disclosures.models import Claim, Notice, NoticeVersion, OptOutOffer, PublicStatement, StatementClaim
from apps.findings.models import Finding, Requirement, reconcile
from apps.ledger.models import Entry, Verification
from apps.ledger.services import carry_out, start_verification
from apps.notifications.models import Line, Message
from apps.portal.demo.agreements import CASE, DRAFT
from apps.portal.demo.disclosures import SERVICE, STATEMENT
from apps.records.registry import kinds
from apps.taxonomy.models import DataUse
from apps.vendors.models import (
    DueDiligence,
    Evidence,
    Interest,
    Organisation,
    Person,
    Question,
    Questionnaire,
    Sameness,
)
from apps.workflow.models import Attachment, Condition, Mention, Proposal, Redaction, Review
from tests.consents.files import ANN, BOB, TRAINING, lines, upload
from tests.factories import (
    make_agreement,
    make_approved,
    make_offer,
    make_organisation,
    make_sameness,
    make_statement,
    make_version,
)

# Of the pages that are not derived from a governed model, whose number their address takes.
MODELS = {
    "portal:entry": Entry,
    "portal:proof": Entry,
    "portal:verification": Verification,
    "vendors:duediligence_create": Organisation,
    "vendors:evidence": Evidence,
    "vendors:question_create": Questionnaire,
    "vendors:question_edit": Question,
    "vendors:question_remove": Question,
    "vendors:position_create": Person,
    "vendors:relation_create": Person,
    "vendors:interest_detail": Interest,
    "vendors:interest_edit": Interest,
    "consents:run": ImportRun,
    "consents:run_rejects": ImportRun,
    "consents:lookup": SubjectLookup,
    "consents:lookup_json": SubjectLookup,
    "consents:lookup_withdraw": SubjectLookup,
    "consents:lookup_link": SubjectLookup,
    "consents:lookup_forget": SubjectLookup,
    "consents:screen": Cohort,
    "datasets:datasetversion_create": Dataset,
    "disclosures:notice_detail": Notice,
    "disclosures:notice_edit": Notice,
    "disclosures:notice_compare": Notice,
    "disclosures:noticeversion_create": Notice,
    "disclosures:claim_create": NoticeVersion,
    "disclosures:claim_edit": Claim,
    "disclosures:claim_check": Claim,
    "disclosures:claim_remove": Claim,
    "disclosures:optoutoffer_detail": OptOutOffer,
    "disclosures:optoutoffer_edit": OptOutOffer,
    "disclosures:statementclaim_create": PublicStatement,
    "disclosures:statementclaim_remove": StatementClaim,
    "accounts:token_revoke": ApiToken,
    "accounts:close": User,
    "accounts:invite": User,
    "accounts:reopen": User,
    "accounts:grant_confirm": RoleGrant,
    "accounts:grant_end": RoleGrant,
    "notifications:message": Message,
    "workflow:attachment": Attachment,
    "workflow:condition_met": Condition,
    "workflow:mention_read": Mention,
}


def of_kind(name):
    """The kind of record that gives a page its name, such as agreements:transfer_detail."""
    return next((kind for kind in kinds() if name.startswith(kind.page(""))), None)


# Where people get in, which needs no login.
ENTRANCES = frozenset(
    {
        "portal:healthz",
        "portal:healthz_web",
        "consents:withdrawal",
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_email_verification_sent",
        "account_confirm_login_code",
        "account_confirm_email",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mfa_authenticate",
    }
)
# One's own account: what is changed there concerns nobody else.
OWN_ACCOUNT = frozenset({"accounts:account", "accounts:token_revoke"})


def samples():
    """A record of each kind, the richest in the demo."""
    legal, requester = (User.objects.get(email=f"{login}@example.org") for login in ("legal", "requester"))
    case, case_vendor = Agreement.objects.get(title=CASE), Organisation.objects.get(name="Lumen Vision")
    if not Redaction.objects.exists():
        Redaction.request(case, "signatories", by=legal, reason="A name of somebody outside our house.")
        rule = Requirement.objects.get(code="HOUSE-4")
        rule.suspend(by=legal, note="To be read again.", until=clock.today())
        carry_out(start_verification("Auditor"))
        ApiToken.issue(User.objects.get(email="auditor@example.org"), "reports", by=legal)
        RoleGrant.grant(requester, Role.PRIVACY, by=User.objects.get(email="admin@example.org"))
        make_consents()
        make_signable(requester)
    line = Line(group="Waiting for you", text="An agreement waits.", path=case.get_absolute_url())
    Message.queue(legal, Message.Kind.DIGEST, "sample", subject="1 thing waits for you", lines=[line])
    message = Message.objects.get(dedupe_key="sample")
    if not Sameness.objects.exists():
        make_sameness(case_vendor, make_organisation("Lumen Vision, Inc."))
    return {
        Agreement: case,
        Transfer: Transfer.objects.get(recipient=case_vendor),
        Entry: Entry.objects.first(),
        Verification: Verification.objects.first(),
        Organisation: case_vendor,
        DueDiligence: DueDiligence.objects.get(vendor=case_vendor),
        Evidence: Evidence.objects.first(),
        Sameness: Sameness.objects.first(),
        Questionnaire: Questionnaire.objects.get(tier="high", status="in_use"),
        Question: Question.objects.first(),
        Dataset: Dataset.objects.get(name="Profile photos"),
        DatasetVersion: version_of_photos(),
        Person: Person.objects.get(user__email="founder@example.org"),
        Interest: Interest.objects.filter(holder_person__user__email="legal2@example.org").get(),
        Notice: Notice.objects.get(product=SERVICE),
        NoticeVersion: (version := NoticeVersion.objects.get(label="2012")),
        Claim: version.claims.first(),
        OptOutOffer: OptOutOffer.objects.first() or make_offer(version, legal),
        PublicStatement: PublicStatement.objects.get(title=STATEMENT),
        StatementClaim: StatementClaim.objects.first(),
        Finding: Finding.objects.about(case).filter(requirement__code="OKC-4").get(),
        Requirement: Requirement.objects.get(code="HOUSE-1"),
        Review: case.review,
        Proposal: Proposal.objects.first(),
        Redaction: Redaction.objects.first(),
        User: legal,
        RoleGrant: RoleGrant.objects.filter(Q(effective_at=None) | Q(user=legal)).order_by("-pk").first(),
        ApiToken: ApiToken.objects.get(user__email="auditor@example.org"),
        Message: message,
        **consents(),
        Attachment: Attachment.objects.first(),
        Condition: Condition.objects.first(),
        Mention: Mention.objects.first(),
    }


def version_of_photos():
    """The newest one, made from the one before."""
    return DatasetVersion.objects.filter(dataset__name="Profile photos").latest("number")


def drafts_of_disclosures():
    """A version and a statement that are being written, each with a sentence that says something."""
    author = User.objects.get(email="legal@example.org")
    vendor = Organisation.objects.get(name="Lumen Vision")
    version = NoticeVersion.objects.filter(label="next").first()
    if version is None:
        version = make_version(Notice.objects.get(product=SERVICE), "next", status="draft", author=author)
    statement = PublicStatement.objects.filter(status="draft").first()
    if statement is None:
        statement = make_statement(author, vendor)
        claim = StatementClaim(statement=statement, kind="no_payment", sentence="Nothing was shared.")
        claim.enter(by=author)
        reconcile(statement)
    return version, statement


def make_consents():
    """Answers of two people, a cohort that was screened for all that a sharing needs, and a look-up."""
    privacy, legal = (User.objects.get(email=f"{login}@example.org") for login in ("privacy", "legal"))
    given = "2026-02-01T10:00:00Z"
    begin_import(upload(lines((ANN, TRAINING, "given", given), (BOB, TRAINING, "refused", given))), {}, by=privacy)
    cohort = add_cohort("Two people", upload(f"subject\n{ANN}\n{BOB}\n"), by=privacy)[0]
    asked = {"uses": DataUse.objects.filter(key=TRAINING), "recipient": "third_party", "basis": "opt_in"}
    screen_and_trace(cohort, {**asked, "occurred_by": None, "known_by": None}, by=legal)
    lookup = look_up(ANN, reason="Request 2026-17", by=privacy)
    WithdrawalLink.issue(lookup, lookup.subject, by=privacy)


def make_signable(requester):
    """An approved agreement, whose step Sign asks for the document."""
    vendor, dataset = Organisation.objects.get(name="Deskalot Support"), Dataset.objects.get(name="Support tickets")
    reconcile(make_approved(make_agreement(requester, vendor, [dataset], title="To be signed"), requester))


def consents():
    models = (ConsentImport, ImportRun, Cohort, Screening, SubjectLookup, WithdrawalLink)
    return {model: model.objects.latest("pk") for model in models}


def editable():
    """Records that are still drafts; the form of any other one answers 409."""
    used, privacy = (
        Questionnaire.objects.get(tier="low", status="in_use"),
        User.objects.get(email="privacy@example.org"),
    )
    questionnaire = Questionnaire.objects.filter(status="draft").first() or used.new_version(by=privacy)
    version, statement = drafts_of_disclosures()
    return {
        "disclosures:noticeversion_edit": version,
        "disclosures:publicstatement_edit": statement,
        "disclosures:statementclaim_remove": statement.claims.get(),
        "agreements:agreement_edit": Agreement.objects.get(title=DRAFT),
        "datasets:datasetversion_edit": version_of_photos(),
        "vendors:organisation_edit": Organisation.objects.get(name="Corona Capital"),
        "vendors:questionnaire_edit": questionnaire,
        "vendors:question_create": questionnaire,
        "vendors:question_edit": questionnaire.questions.first(),
    }


def patterns(resolver=None, prefix=""):
    """(name, pattern) of every page. The API and the admin site have tests of their own."""
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLPattern):
            yield f"{prefix}{found.name}", found
        elif not str(found.pattern).startswith(("api/", "admin/")):
            yield from patterns(found, f"{prefix}{found.namespace}:" if found.namespace else prefix)


def ready_for(model, step, sample):
    """A record whose state allows the step, if there is one."""
    if sample.status in model.transitions[step].sources:
        return sample
    return model.objects.filter(status__in=model.transitions[step].sources).order_by("pk").first() or sample


def addresses():
    """(name, url) for every page, with each step of a governed model on a page of its own."""
    records, drafts = samples(), editable()
    for name, pattern in patterns():
        names = set(pattern.pattern.converters)
        if name in ("account_confirm_email", "account_reset_password_from_key"):
            yield name, reverse(name, kwargs={"key": "none"} | ({"uidb36": "1"} if "reset" in name else {}))
        elif name == "consents:withdrawal":
            yield name, urlsplit(records[WithdrawalLink].url).path
        elif name == "workflow:redaction_create":
            kinds = (records[model] for model in (Agreement, Finding, Person, Attachment))
            yield from ((name, reverse(name, args=[record._meta.label_lower, record.pk])) for record in kinds)
        elif not names:
            yield name, reverse(name)
        else:
            kind = pattern.default_args.get("kind")
            model = MODELS.get(name) or (kind or of_kind(name)).model
            record = drafts.get(name, records[model])
            if "name" not in names:
                yield name, reverse(name, args=[record.pk])
            for step in model.transitions if "name" in names else ():
                yield name, reverse(name, kwargs={"pk": ready_for(model, step, record).pk, "name": step})
