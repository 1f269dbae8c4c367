from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsentsConfig(AppConfig):
    name = "apps.consents"

    def ready(self) -> None:
        from apps.consents import system_checks  # noqa: F401, PLC0415
        from apps.consents.sets.rebuilding import fill_new_uses  # noqa: PLC0415

        post_migrate.connect(fill_new_uses, sender=self)
