from apps.records.addresses import record_urls
from tests.madeup.gardens.kinds import GARDENS

app_name = "gardens"
urlpatterns = record_urls(GARDENS)
