from apps.core.forms import RecordForm
from tests.madeup.gardens.models import Garden


class GardenForm(RecordForm[Garden]):
    class Meta:
        model = Garden
        fields = ["name", "trees"]
