from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "apps.agreements"

    def ready(self) -> None:
        from apps.agreements import receivers  # noqa: F401, PLC0415
