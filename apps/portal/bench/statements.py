"""The baselines of the API: one SQL statement, written by hand, whose answer is the same JSON."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from apps.agreements.models import Agreement
from apps.vendors.models import Organisation

API_ROWS = 50

MOMENT = "replace(to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), '.000000', '')"
VENDOR = f"""o.id, o.name, o.kind, o.status, o.purpose, o.jurisdiction, o.lei, o.domain, o.other_names,
    o.same_as_id AS same_as, o.listed, o.diversified, o.risk_tier, o.owner_id AS owner, u.full_name AS owner_name,
    o.approved_until, o.closed_on, {MOMENT.format("o.created_at")} AS created_at, o.revision"""
OF_VENDOR = "vendors_organisation o LEFT JOIN accounts_user u ON u.id = o.owner_id"
AGREEMENT = f"""a.id, a.title, a.status, a.type, a.our_entity_id AS our_entity, e.name AS our_entity_name,
    a.counterparty_id AS counterparty, c.name AS counterparty_name, a.requester_id AS requester,
    r.full_name AS requester_name, a.sponsor_id AS sponsor, s.full_name AS sponsor_name,
    a.business_owner_id AS business_owner, b.full_name AS business_owner_name, a.purpose,
    (SELECT coalesce(json_agg(d.id ORDER BY d.name), '[]') FROM agreements_agreementdataset l
        JOIN datasets_dataset d ON d.id = l.dataset_id WHERE l.agreement_id = a.id) AS datasets,
    (SELECT coalesce(json_agg(k.key ORDER BY k.key), '[]') FROM agreements_agreementcategory l
        JOIN taxonomy_datacategory k ON k.id = l.category_id WHERE l.agreement_id = a.id) AS categories,
    (SELECT coalesce(json_agg(k.key ORDER BY k.key), '[]') FROM agreements_agreementuse l
        JOIN taxonomy_datause k ON k.id = l.use_id WHERE l.agreement_id = a.id) AS uses,
    a.consideration, a.may_train, a.may_derive, a.onward_transfer, a.delete_within_days, a.starts_on, a.ends_on,
    a.signed_on, a.signatories, a.document_sha256, {MOMENT.format("a.created_at")} AS created_at, a.revision"""
OF_AGREEMENT = """agreements_agreement a
    JOIN vendors_organisation e ON e.id = a.our_entity_id JOIN vendors_organisation c ON c.id = a.counterparty_id
    JOIN accounts_user r ON r.id = a.requester_id LEFT JOIN accounts_user s ON s.id = a.sponsor_id
    LEFT JOIN accounts_user b ON b.id = a.business_owner_id"""
FINDING = f"""f.id, q.code AS rule, q.title AS rule_title, f.severity, f.status,
    json_build_object('kind', t.model, 'id', f.object_id, 'name', coalesce(o.name, a.title),
        'url', %(host)s || CASE t.model WHEN 'agreement' THEN 'agreements/' ELSE 'vendors/' END || f.object_id || '/'
    ) AS subject,
    f.fact, f.detail, f.confidential, f.owner_role, f.due_on, f.proposal, f.proposed_by_id AS proposed_by,
    u.full_name AS proposed_by_name, f.accepted_until, {MOMENT.format("f.created_at")} AS created_at, f.revision"""
OF_FINDING = """findings_finding f JOIN findings_requirement q ON q.id = f.requirement_id
    JOIN django_content_type t ON t.id = f.content_type_id LEFT JOIN accounts_user u ON u.id = f.proposed_by_id
    LEFT JOIN vendors_organisation o ON o.id = f.object_id AND f.content_type_id = %(organisation)s
    LEFT JOIN agreements_agreement a ON a.id = f.object_id AND f.content_type_id = %(agreement)s"""
MOVED = f"""t.id, t.status, t.dataset_id AS dataset, d.name AS dataset_name, t.dataset_words,
    t.recipient_id AS recipient, o.name AS recipient_name, t.recipient_words, t.transferred_on, t.channel, t.records,
    t.quantity, t.consideration,
    t.agreement_id AS agreement, t.ground, t.ground_reference, t.executor_id AS executor, p.name AS executor_name,
    t.evidence, t.digest, t.confidential, t.reporter_id AS reporter, r.full_name AS reporter_name,
    {MOMENT.format("t.reported_at")} AS reported_at,
    {MOMENT.format("t.released_at")} AS released_at,
    (t.ground <> 'none' AND t.status = 'confirmed') OR EXISTS (
        SELECT FROM agreements_agreementdataset l JOIN agreements_agreement a ON a.id = l.agreement_id
            JOIN workflow_decision c ON c.object_id = a.id AND c.content_type_id = %(agreement)s
        WHERE a.counterparty_id = t.recipient_id AND l.dataset_id = t.dataset_id AND c.transition = 'activate'
            AND t.transferred_on BETWEEN greatest(
                (c.at AT TIME ZONE 'UTC')::date, (l.created_at AT TIME ZONE 'UTC')::date, a.starts_on) AND a.ends_on
    ) AS covered, t.duplicate_of_id AS duplicate_of, t.revision"""
OF_MOVED = """agreements_transfer t JOIN accounts_user r ON r.id = t.reporter_id
    LEFT JOIN datasets_dataset d ON d.id = t.dataset_id LEFT JOIN vendors_organisation o ON o.id = t.recipient_id
    LEFT JOIN vendors_person p ON p.id = t.executor_id"""
HEARD_OF = """(t.reporter_id = %(user)s OR NOT t.withheld_from @> ARRAY[%(user)s]::bigint[]
    OR t.status NOT IN ('reported', 'proposed') OR t.released_at <= now())"""
SEEN = """NOT f.hidden_from @> ARRAY[%(user)s]::bigint[] AND f.content_type_id IN (%(organisation)s, %(agreement)s)"""
LISTS = {
    "vendors": ("vendors_organisation o", "o.same_as_id IS NULL", VENDOR, OF_VENDOR, "o.name, o.id"),
    "agreements": ("agreements_agreement a", "true", AGREEMENT, OF_AGREEMENT, "a.created_at DESC, a.id DESC"),
    "findings": ("findings_finding f", SEEN, FINDING, OF_FINDING, "f.id DESC"),
    "transfers": ("agreements_transfer t", HEARD_OF, MOVED, OF_MOVED, "t.transferred_on DESC, t.id DESC"),
}
ONE = {"vendors": (VENDOR, OF_VENDOR, "o.id"), "agreements": (AGREEMENT, OF_AGREEMENT, "a.id")}


def list_as_json(name: str, user_id: int, host: str) -> str:
    """The answer to a list without its links to other pages, as whoever sees all rows gets it."""
    counted, where, columns, source, order = LISTS[name]
    rows = f"SELECT {columns} FROM {source} WHERE {where} ORDER BY {order} LIMIT {API_ROWS}"
    statement = f"""SELECT json_build_object('count', (SELECT count(*) FROM {counted} WHERE {where}),
        'withheld', '', 'results', coalesce((SELECT json_agg(row) FROM ({rows}) row), '[]'))::text"""
    kinds = {
        "organisation": ContentType.objects.get_for_model(Organisation).pk,
        "agreement": ContentType.objects.get_for_model(Agreement).pk,
    }
    return _ask(statement, {"user": user_id, "host": f"{host}/api/v1/", **kinds})


def one_as_json(name: str, pk: int, rest: dict[str, Any]) -> str:
    """A single record; `rest` is what no column tells, such as the steps that the rules leave open."""
    columns, source, key = ONE[name]
    statement = f"""SELECT (row_to_json(row)::jsonb || %(rest)s::jsonb)::text
        FROM (SELECT {columns} FROM {source} WHERE {key} = %(pk)s) row"""
    return _ask(statement, {"pk": pk, "rest": json.dumps(rest)})


def _ask(statement: str, values: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        answer: str = cursor.fetchone()[0]
    return answer
