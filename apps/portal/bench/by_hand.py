"""The baselines of lists: the bare query through the ORM, its rows written out by hand with the same fields."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.utils.html import escape

from apps.accounts.models import User
from apps.agreements.models import Agreement
from apps.findings.models import Finding
from apps.vendors.models import Organisation

API_ROWS, PAGE_ROWS = 50, 25


def vendors_as_json(user: User) -> str:
    vendors = Organisation.objects.visible_to(user).that_stay().select_related("owner")[:API_ROWS]
    return json.dumps([_vendor(vendor) for vendor in vendors])


def agreements_as_json(user: User) -> str:
    related = ("our_entity", "counterparty", "requester", "sponsor", "business_owner")
    agreements = Agreement.objects.visible_to(user).select_related(*related)
    found = agreements.prefetch_related("datasets", "categories", "uses")[:API_ROWS]
    return json.dumps([_agreement(agreement) for agreement in found])


def vendors_as_html(user: User) -> str:
    vendors = Organisation.objects.visible_to(user).that_stay().vendors().select_related("owner")
    rated = vendors.annotate(worst=Finding.objects.worst_of(Organisation, user))
    found: Any = rated.prefetch_related("identifiers")[:PAGE_ROWS]
    return _table(
        [v.pk, v.name, v.number, v.get_kind_display(), v.get_status_display(), v.owner, v.approved_until, v.worst]
        for v in found
    )


def agreements_as_html(user: User) -> str:
    agreements = Agreement.objects.visible_to(user).select_related("counterparty", "requester")
    found: Any = agreements.annotate(worst=Finding.objects.worst_of(Agreement, user))[:PAGE_ROWS]
    return _table(
        [a.pk, a.title, a.counterparty, a.get_status_display(), a.requester, a.ends_on, a.worst] for a in found
    )


def _vendor(vendor: Organisation) -> dict[str, Any]:
    return {
        "id": vendor.pk,
        "name": vendor.name,
        "kind": vendor.kind,
        "status": vendor.status,
        "purpose": vendor.purpose,
        "jurisdiction": vendor.jurisdiction,
        "lei": vendor.lei,
        "domain": vendor.domain,
        "other_names": vendor.other_names,
        "same_as": vendor.same_as_id,
        "listed": vendor.listed,
        "diversified": vendor.diversified,
        "risk_tier": vendor.risk_tier,
        "owner": vendor.owner_id,
        "owner_name": _name(vendor.owner),
        "approved_until": _day(vendor.approved_until),
        "closed_on": _day(vendor.closed_on),
        "created_at": _moment(vendor.created_at),
        "revision": vendor.revision,
    }


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "id": agreement.pk,
        "title": agreement.title,
        "status": agreement.status,
        "type": agreement.type,
        "our_entity": agreement.our_entity_id,
        "our_entity_name": _name(agreement.our_entity),
        "counterparty": agreement.counterparty_id,
        "counterparty_name": _name(agreement.counterparty),
        "requester": agreement.requester_id,
        "requester_name": _name(agreement.requester),
        "sponsor": agreement.sponsor_id,
        "sponsor_name": _name(agreement.sponsor),
        "business_owner": agreement.business_owner_id,
        "business_owner_name": _name(agreement.business_owner),
        "purpose": agreement.purpose,
        "datasets": [dataset.pk for dataset in agreement.datasets.all()],
        "categories": [category.key for category in agreement.categories.all()],
        "uses": [use.key for use in agreement.uses.all()],
        "consideration": agreement.consideration,
        "may_train": agreement.may_train,
        "may_derive": agreement.may_derive,
        "onward_transfer": agreement.onward_transfer,
        "delete_within_days": agreement.delete_within_days,
        "starts_on": _day(agreement.starts_on),
        "ends_on": _day(agreement.ends_on),
        "signed_on": _day(agreement.signed_on),
        "signatories": agreement.signatories,
        "document_sha256": agreement.document_sha256,
        "created_at": _moment(agreement.created_at),
        "revision": agreement.revision,
    }


def _name(record: Any) -> str | None:
    return str(record) if record else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _table(rows: Any) -> str:
    lines = [
        f'<tr><td><a href="/{pk}/">{escape(name)}</a></td>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for pk, name, *cells in rows
    ]
    return f"<table>{''.join(lines)}</table>"
