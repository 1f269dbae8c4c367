from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "apps.ledger"

    def ready(self) -> None:
        from apps.ledger.grants import grant_app_role  # noqa: PLC0415
        from apps.ledger.redactable import write_redactable_fields  # noqa: PLC0415

        post_migrate.connect(write_redactable_fields, sender=self)
        post_migrate.connect(grant_app_role, sender=self)
