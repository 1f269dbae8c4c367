from apps.records.kind import WORST, Door, Kind, Look
from apps.records.registry import register
from tests.madeup.gardens.forms import GardenForm
from tests.madeup.gardens.models import Garden

GARDENS = Kind[Garden](
    model=Garden,
    path="gardens",
    label="Gardens",
    purpose="Where trees grow.",
    columns=("name", "status", "trees", "gardener", WORST),
    filters=("status", "gardener"),
    searched=("name",),
    line=lambda garden: f"Kept by {garden.gardener}",
    related=("gardener",),
    form=GardenForm,
    create=Door("Lay out a garden"),
    edit=Door(),
    template="gardens/detail.html",
    steps={"submit": Look.EXPECTED},
    tones={"approved": "green"},
)
register(GARDENS)
