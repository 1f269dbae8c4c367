from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    name = "apps.consents"

    def ready(self) -> None:
        from apps.consents import system_checks, verification  # noqa: F401, PLC0415
