from apps.datasets.kinds import DATASETS
from apps.records.addresses import record_urls

app_name = "datasets"
urlpatterns = record_urls(DATASETS)
