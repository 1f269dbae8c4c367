from apps.records.kinds import FINDINGS, RULES
from apps.records.urls import record_urls

app_name = "findings"
urlpatterns = [*record_urls(FINDINGS), *record_urls(RULES)]
