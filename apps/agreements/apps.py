from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "apps.agreements"

    def ready(self) -> None:
        from apps.agreements import receivers, withheld  # noqa: F401, PLC0415
