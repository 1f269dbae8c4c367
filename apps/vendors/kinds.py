"""Organisations and people, and what is asked and decided about them."""

from __future__ import annotations

from apps.records.kind import Door, Kind, Look
from apps.records.registry import register
from apps.vendors.forms import OrganisationForm
from apps.vendors.models import DueDiligence, Organisation, Person, Questionnaire, Sameness
from apps.vendors.views import diligence, people, questionnaires, sameness, vendors

ORGANISATIONS = Kind[Organisation](
    model=Organisation,
    path="vendors",
    label="Vendors",
    searched=("name", "lei", "identifiers__value", "purpose", "other_names", "twins__name"),
    line=lambda organisation: organisation.purpose or organisation.get_kind_display(),
    form=OrganisationForm,
    create=Door(
        "Add a vendor",
        lead="Look first whether the organisation is known already, under Vendors, All organisations.",
        next_steps="Propose it as a vendor and submit it; legal and privacy then decide.",
    ),
    edit=Door(),
    steps={
        "propose": Look.EXPECTED,
        "submit": Look.EXPECTED,
        "suspend": Look.DANGEROUS,
        "offboard": Look.DANGEROUS,
    },
    tones={
        "proposed": "azure",
        "in_review": "azure",
        "approved": "green",
        "in_renewal": "green",
        "rejected": "red",
        "lapsed": "yellow",
        "suspended": "yellow",
        "offboarding": "yellow",
    },
    home=True,
    pages={"list": vendors.vendor_list, "detail": vendors.vendor_detail},
)
DILIGENCE = Kind[DueDiligence](
    model=DueDiligence,
    path="vendors/due-diligence",
    label="Due diligence",
    steps={"conclude": Look.EXPECTED},
    tones={"open": "azure", "answered": "azure", "concluded": "green", "expired": "yellow"},
    pages={"list": diligence.duediligence_list, "detail": diligence.duediligence_detail},
)
QUESTIONNAIRES = Kind[Questionnaire](
    model=Questionnaire,
    path="vendors/questionnaires",
    label="Questionnaires",
    steps={"publish": Look.EXPECTED, "retire": Look.DANGEROUS},
    tones={"in_use": "green"},
    pages={
        "list": questionnaires.questionnaire_list,
        "detail": questionnaires.questionnaire_detail,
        "edit": questionnaires.questionnaire_edit,
    },
)
TWINS = Kind[Sameness](
    model=Sameness,
    path="vendors/same",
    label="On record twice?",
    tones={"open": "azure"},
    pages={"list": sameness.sameness_list, "detail": sameness.sameness_detail},
)
PEOPLE = Kind[Person](
    model=Person,
    path="people",
    label="People",
    searched=("name",),
    line=lambda person: "Has an account here" if person.user_id else "",
    pages={
        "list": people.person_list,
        "create": people.person_create,
        "detail": people.person_detail,
        "edit": people.person_edit,
    },
)
for kind in (ORGANISATIONS, DILIGENCE, QUESTIONNAIRES, TWINS, PEOPLE):
    register(kind)
