from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class RecordsConfig(AppConfig):
    name = "apps.records"

    def ready(self) -> None:
        from apps.records import system_checks  # noqa: F401, PLC0415

        autodiscover_modules("kinds")
