from apps.records.addresses import record_urls
from apps.records.kinds import FINDINGS, RULES

app_name = "findings"
urlpatterns = [*record_urls(FINDINGS), *record_urls(RULES)]
