"""People, and the interests they hold."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core import clock
from apps.core.forms import FORM_METHODS
from apps.core.lists import render_list
from apps.core.permissions import require
from apps.ledger.timeline import Event, timeline
from apps.records.pages import edit_form, redact_url
from apps.vendors.forms import InterestForm, OwnInterestForm, PersonForm, PositionForm, RelationForm
from apps.vendors.models import Interest, InterestDeclaration, Person, Position, Relation, Sameness
from apps.vendors.tables import PersonFilter, PersonTable


@require_safe
@login_required
def person_list(request: AuthedRequest) -> HttpResponseBase:
    may_add = request.user.has_perm("vendors.add_person")
    return render_list(
        request,
        Person.objects.visible_to(request.user).that_stay().select_related("user"),
        table=PersonTable,
        filterset=PersonFilter,
        heading="People",
        purpose="People of our house, and those who own or run organisations. Interests are for legal and auditors.",
        create=(reverse("vendors:person_create"), "Add a person") if may_add else None,
    )


@require_safe
@login_required
def person_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(Person.objects.visible_to(request.user).select_related("user"), pk=pk)
    if person.same_as:
        messages.info(request, f"You came from another record of the same person, {person}.")
        return redirect(person.survivor)
    sees_interests = request.user.has_perm("vendors.view_interests") or person.user == request.user
    rows = person.rows
    context = {
        "person": person,
        "heading": str(person),
        "positions": Position.objects.filter(person__in=rows).select_related("organisation"),
        "interests": Interest.objects.visible_to(request.user).filter(holder_person__in=rows).with_parties(),
        "relations": list(Relation.objects.of(rows).with_people()) if sees_interests else [],
        "declarations": InterestDeclaration.objects.filter(person__in=rows)[:5] if sees_interests else [],
        "sees_interests": sees_interests,
        "may_edit": request.user.has_perm("vendors.change_person", person),
        "events": _past(rows) if sees_interests else [],
        "questions": Sameness.objects.visible_to(request.user).undecided().about(person),
        "redact_url": redact_url(person, request.user),
    }
    return render(request, "vendors/person.html", context)


def _past(rows: set[int]) -> list[Event]:
    """The histories of all records of a person, newest first."""
    events = [event for person in Person.objects.filter(pk__in=rows) for event in timeline(person)]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _require_people_keeper(request: AuthedRequest, person: Person | None = None) -> None:
    require(request.user, "vendors.change_person", person)


@require_http_methods(FORM_METHODS)
@login_required
def person_create(request: AuthedRequest) -> HttpResponse:
    _require_people_keeper(request)
    return edit_form(request, Person(), PersonForm, heading="Add a person", cancel_url=reverse("vendors:person_list"))


@require_http_methods(FORM_METHODS)
@login_required
def person_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(Person.objects.visible_to(request.user), pk=pk)
    _require_people_keeper(request, person)
    person.require_editable()
    return edit_form(request, person, PersonForm, heading=f"Edit: {person}", cancel_url=person.get_absolute_url())


@require_http_methods(FORM_METHODS)
@login_required
def position_create(request: AuthedRequest, pk: int) -> HttpResponse:
    return _add_to_person(request, pk, PositionForm, "person", "Add a position of")


@require_http_methods(FORM_METHODS)
@login_required
def relation_create(request: AuthedRequest, pk: int) -> HttpResponse:
    return _add_to_person(request, pk, RelationForm, "person", "Add a relation of")


def _add_to_person(request: AuthedRequest, pk: int, form_class: Any, field: str, heading: str) -> HttpResponse:
    person = get_object_or_404(Person.objects.visible_to(request.user), pk=pk)
    _require_people_keeper(request, person)
    person.require_editable()
    record = form_class.Meta.model(**{field: person})
    return edit_form(request, record, form_class, heading=f"{heading} {person}", cancel_url=person.get_absolute_url())


@require_safe
@login_required
def interest_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    interest = get_object_or_404(Interest.objects.visible_to(request.user), pk=pk)
    context = {
        "interest": interest,
        "heading": str(interest),
        "may_edit": interest.may_ask(request.user),
        "proposals": interest.proposals(),
        "events": timeline(interest),
        "redact_url": redact_url(interest, request.user),
    }
    return render(request, "vendors/interest.html", context)


@require_http_methods(FORM_METHODS)
@login_required
def interest_create(request: AuthedRequest) -> HttpResponse:
    """Legal records anybody's interest; everybody else declares their own."""
    if request.user.has_perm("vendors.view_interests") and request.user.has_perm("vendors.change_person"):
        return edit_form(
            request, Interest(), InterestForm, heading="Record an interest", cancel_url=reverse("vendors:person_list")
        )
    return interest_declare(request)


@require_http_methods(FORM_METHODS)
@login_required
def interest_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    interest = get_object_or_404(Interest.objects.visible_to(request.user), pk=pk)
    if not interest.may_ask(request.user):
        raise PermissionDenied("What a register states is changed by importing its next statement, or by legal.")
    own = interest.holder_person if interest.is_own(request.user) else None
    make_form: Any = partial(OwnInterestForm, person=own) if own else InterestForm
    return edit_form(
        request,
        interest,
        make_form,
        heading=f"Edit: {interest}",
        lead="What you change counts once another person of legal has confirmed it. Until then it stays as it is.",
        cancel_url=interest.get_absolute_url(),
    )


@require_safe
@login_required
def my_interests(request: AuthedRequest) -> HttpResponse:
    """What I have declared, and until when the declaration holds."""
    person = Person.objects.filter(user=request.user).first()
    last = person.declarations.first() if person else None
    context = {
        "heading": "My interests",
        "may_declare": request.user.has_perm("vendors.declare_interests"),
        "person": person,
        "interests": Interest.objects.filter(holder_person__in=person.rows).select_related("organisation")
        if person
        else [],
        "last": last,
        "is_due": last is None or last.lapses_on < clock.today(),
    }
    return render(request, "vendors/my_interests.html", context)


@require_http_methods(FORM_METHODS)
@login_required
def interest_declare(request: AuthedRequest) -> HttpResponse:
    """Add an interest of one's own."""
    person = _own_person(request)

    def make_form(*args: Any, **kwargs: Any) -> OwnInterestForm:
        return OwnInterestForm(*args, person=person, **kwargs)

    return edit_form(
        request,
        Interest(),
        make_form,
        heading="Declare an interest",
        lead="Shares, votes, seats and rights in any organisation that deals with us or may.",
        next_steps="Legal and auditors see it. Others only read that you may not take part in a decision.",
        cancel_url=reverse("vendors:my_interests"),
    )


@require_http_methods(["POST"])
@login_required
def declaration_create(request: AuthedRequest) -> HttpResponse:
    """Declare for a year: nothing, or exactly the interests on record."""
    declaration = InterestDeclaration.declare(by=request.user)
    messages.success(request, f"Your declaration holds until {declaration.lapses_on:%-d %b %Y}.")
    return redirect("vendors:my_interests")


def _own_person(request: AuthedRequest) -> Person:
    require(request.user, "vendors.declare_interests")
    return Person.of_user(request.user)
