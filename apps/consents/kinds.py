"""Sets of people, what they permit, and where their answers come from."""

from apps.consents.models import Cohort, ConsentImport, Screening
from apps.consents.views import cohorts, imports, screenings
from apps.records.kind import Kind
from apps.records.registry import register

COHORTS = Kind[Cohort](
    model=Cohort,
    path="consents/cohorts",
    label="Cohorts",
    searched=("name",),
    line=lambda cohort: f"{cohort.size:,} people",
    pages={"list": cohorts.cohort_list, "create": cohorts.cohort_create, "detail": cohorts.cohort_detail},
)
SCREENINGS = Kind[Screening](
    model=Screening,
    path="consents/screenings",
    label="Screenings",
    searched=("cohort__name",),
    line=lambda screening: f"{screening.permitted:,} of {screening.members:,} permitted",
    related=("cohort",),
    pages={"list": screenings.screening_list, "detail": screenings.screening_detail},
)
IMPORTS = Kind[ConsentImport](
    model=ConsentImport,
    path="consents/imports",
    label="Imports of answers",
    searched=("file_name",),
    line=lambda delivery: f"{delivery.rows:,} answers",
    pages={"list": imports.import_list, "create": imports.import_create, "detail": imports.import_detail},
)
for kind in (COHORTS, SCREENINGS, IMPORTS):
    register(kind)
