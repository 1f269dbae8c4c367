from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class FindingsConfig(AppConfig):
    name = "apps.findings"

    def ready(self) -> None:
        from apps.findings import receivers  # noqa: F401, PLC0415
        from apps.findings.catalogue import load_catalogue  # noqa: PLC0415

        autodiscover_modules("checks")
        post_migrate.connect(load_catalogue, sender=self)
