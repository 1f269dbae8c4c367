"""Proofs and checkpoints of the ledger, to take away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from django.contrib.auth.decorators import login_required
from django.db.models import Model
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.accounts.models import User
from apps.ledger.known import newest_note, note_name
from apps.ledger.models import Entry
from apps.ledger.proofs import prove_entry
from apps.portal.ledger import model_of, require_reader
from apps.portal.visibility import visible


def provable_entries(user: User, numbers: Collection[int]) -> set[int]:
    """Of these entries all for who reads the ledger, and for others those that speak of records they see."""
    found = Entry.objects.filter(pk__in=numbers)
    if user.has_perm("portal.view_ledger"):
        return set(found.values_list("pk", flat=True))
    of_tables: dict[str, dict[int, int]] = defaultdict(dict)
    for number, table, row in found.values_list("pk", "table_name", "row_id"):
        of_tables[table][row] = number
    return {number for table, rows in of_tables.items() for number in _of_visible(user, table, rows)}


def _of_visible(user: User, table: str, numbers: dict[int, int]) -> Iterator[int]:
    """Of entries about rows of one table, {row: number}, those whose record the user sees."""
    model = model_of(table)
    if model is None:
        return
    record: type[Model] | None = getattr(model, "instance_type", None)
    rows: dict[int, int] = {row: row for row in numbers}
    if record is not None:
        key = str(record._meta.pk.attname)
        rows = dict(model._default_manager.filter(pk__in=numbers).values_list("pk", key))
    seen = set(visible(record or model, user).filter(pk__in=rows.values()).values_list("pk", flat=True))
    yield from (numbers[row] for row, pk in rows.items() if pk in seen)


def provable_now(user: User, numbers: Collection[int]) -> set[int]:
    """Those that the newest checkpoint covers as well."""
    found = newest_note() if numbers else None
    return provable_entries(user, {number for number in numbers if number <= found[0].size}) if found else set()


@require_safe
@login_required
def proof(request: AuthedRequest, pk: int) -> HttpResponse:
    """A file which shows that the entry is in the ledger, for the command verify_proof."""
    if not provable_entries(request.user, [pk]):
        raise Http404
    made = prove_entry(pk)
    return JsonResponse(made, json_dumps_params={"indent": 1}, headers=_as_file(f"entry-{pk}-proof.json"))


@require_safe
@login_required
def checkpoint(request: AuthedRequest) -> HttpResponse:
    """The newest signed checkpoint, to be kept elsewhere."""
    require_reader(request.user)
    found = newest_note()
    if found is None:
        raise Http404
    name = note_name(found[0].size)
    return HttpResponse(found[1], content_type="text/plain; charset=utf-8", headers=_as_file(name))


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
