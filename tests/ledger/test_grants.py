"""Every right of the portal's role, table by table. A model that nobody gave a class has no row here, and fails."""

import pytest
from django.apps import apps
from django.db import connection

from apps.core.access import Access
from apps.ledger.access import access_of
from apps.ledger.grants import grant_app_role
from apps.ledger.models import RecordedModel

pytestmark = pytest.mark.service

# A star: the number of a new row is given by the database, not by who adds it.
RIGHTS = {
    "nothing": """
        ledger_redactablefield
    """,
    "select": """
        auth_group auth_group_permissions auth_permission django_content_type django_migrations
        django_celery_beat_clockedschedule django_celery_beat_solarschedule
        ledger_entry ledger_salt
    """,
    "select, insert": """
        consents_consentevent consents_filleduse
    """,
    "select, insert*": """
        consents_cohortchunk consents_coveragepoint consents_datasubject django_admin_log ledger_anchor
        workflow_decision workflow_vote
        notifications_historicalcrontabschedule notifications_historicalintervalschedule
        notifications_historicalperiodictask
    """,
    "select, insert, update": """
        accounts_apitoken accounts_rolegrant accounts_user
        agreements_agreement agreements_justification agreements_transfer
        consents_answereduse consents_cohort consents_consentimport consents_importrun consents_permissionchunk
        consents_screening consents_subjectkey consents_subjectlookup consents_withdrawallink
        datasets_dataset datasets_datasetversion
        disclosures_notice disclosures_noticeversion disclosures_optoutoffer disclosures_publicstatement
        django_celery_beat_crontabschedule django_celery_beat_intervalschedule django_celery_beat_periodictask
        django_celery_beat_periodictasks
        findings_finding findings_requirement
        ledger_verification
        notifications_message notifications_nightlyrun
        taxonomy_combination taxonomy_combinationpart taxonomy_datacategory taxonomy_datause taxonomy_subjecttype
        vendors_questionnaireanswer vendors_duediligence vendors_evidence vendors_interest vendors_interestdeclaration
        vendors_organisation vendors_organisationidentifier vendors_person vendors_position vendors_questionnaire
        vendors_relation vendors_sameness vendors_statement
        workflow_attachment workflow_comment workflow_condition workflow_delegation workflow_mention workflow_proposal
        workflow_redaction workflow_review
    """,
    "select, insert, update, delete": """
        account_emailaddress account_emailconfirmation mfa_authenticator django_session
        agreements_agreementcategory agreements_agreementdataset agreements_agreementuse
        datasets_datasetcategory datasets_datasetnotice datasets_datasetsubjecttype datasets_datasetuse
        datasets_datasetversionparent
        disclosures_claim disclosures_statementclaim vendors_question
        consents_permissiondue core_sharedvalue findings_recheck ledger_storedresponse
    """,
}
EXPECTED = {table: rights for rights, tables in RIGHTS.items() for table in tables.split()}
# Whatever a history belongs to, nobody changes it.
EXPECTED |= {
    model.history.model._meta.db_table: "select, insert*"
    for model in apps.get_models()
    if issubclass(model, RecordedModel)
}
FUNCTIONS = {
    "consents_forget(bigint)",
    "consents_rotate(smallint,integer[],bytea[])",
    "ledger_redact(bigint,bigint)",
}
TABLES = """
    SELECT relname, oid FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
"""
HELD = """
    SELECT privilege FROM unnest(ARRAY['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
      AS privilege WHERE has_table_privilege(%(role)s, %(table)s::oid, privilege)
"""
# Rights to single columns, of a table to which the role has not the right as a whole.
PARTLY = """
    SELECT privilege, array_agg(a.attname::text)
           FILTER (WHERE NOT has_column_privilege(%(role)s, %(table)s::oid, a.attnum, privilege))
      FROM unnest(ARRAY['select', 'insert', 'update', 'references']) AS privilege, pg_attribute a
     WHERE a.attrelid = %(table)s::oid AND a.attnum > 0 AND NOT a.attisdropped
       AND NOT has_table_privilege(%(role)s, %(table)s::oid, privilege)
     GROUP BY privilege HAVING bool_or(has_column_privilege(%(role)s, %(table)s::oid, a.attnum, privilege))
"""
KEY = """
    SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indisprimary AND i.indrelid = %(table)s::oid
"""
ORDER = ["select", "insert", "insert*", "update", "delete"]


def ask(query, **params):
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def rights_of(table, role):
    asked = {"table": table, "role": role}
    held = [right for (right,) in ask(HELD, **asked)]
    for right, missing in ask(PARTLY, **asked):
        held.append(f"{right}*" if missing == [name for (name,) in ask(KEY, **asked)] else f"{right} without {missing}")
    return ", ".join(sorted(held, key=lambda right: ORDER.index(right) if right in ORDER else 9)) or "nothing"


def rights(role):
    return {name: rights_of(oid, role) for name, oid in ask(TABLES)}


@pytest.fixture
def role(db, settings):
    return settings.DATABASE_APP_ROLE


def test_the_role_has_the_rights_of_the_table_and_no_other(role):
    assert rights(role) == EXPECTED


def test_every_model_says_what_the_portal_does_with_its_rows():
    unsaid = [model._meta.label for model in apps.get_models(include_auto_created=True) if access_of(model) is None]
    assert unsaid == [], "Give it a `portal_may`, see apps/core/access.py, and a row above."


def test_of_our_functions_it_may_call_those_that_ask_first(role):
    callable_ones = ask(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "AND has_function_privilege(%(role)s, oid, 'execute')",
        role=role,
    )
    assert {name for (name,) in callable_ones} == FUNCTIONS


def test_it_numbers_nothing_and_makes_nothing(role):
    [answer] = ask(
        """SELECT bool_or(has_sequence_privilege(%(role)s, oid, 'update')),
                  has_schema_privilege(%(role)s, 'public', 'create'),
                  has_database_privilege(%(role)s, current_database(), 'create'),
                  has_database_privilege(%(role)s, current_database(), 'temporary')
             FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace""",
        role=role,
    )
    assert answer == (False, False, False, True)


@pytest.mark.parametrize("to", ["PUBLIC", "portal_of_tests"])
@pytest.mark.parametrize(
    "right",
    [
        "ALL ON workflow_vote",
        "UPDATE (verdict) ON workflow_vote",
        "INSERT (id) ON workflow_vote",
        "ALL ON ledger_salt",
        "UPDATE ON SEQUENCE workflow_vote_id_seq",
        "EXECUTE ON FUNCTION ledger_add_entry(text, text, bigint, text, jsonb)",
        "CREATE ON SCHEMA public",
    ],
)
def test_a_right_that_was_added_by_hand_does_not_last(role, right, to):
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT {right} TO {to}")
    grant_app_role()
    test_the_role_has_the_rights_of_the_table_and_no_other(role)
    test_of_our_functions_it_may_call_those_that_ask_first(role)
    test_it_numbers_nothing_and_makes_nothing(role)


def test_an_unknown_class_grants_nothing(monkeypatch, role):
    monkeypatch.setattr("apps.ledger.access.OF_OTHER_PACKAGES", {})
    grant_app_role()
    assert rights(role)["auth_group"] == "nothing"
    assert access_of(apps.get_model("auth.Group")) is None


def test_classes_grow():
    assert [len(access.value) for access in Access] == sorted(len(access.value) for access in Access)
