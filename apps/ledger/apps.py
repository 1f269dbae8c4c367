from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class LedgerConfig(AppConfig):
    name = "apps.ledger"

    def ready(self) -> None:
        from apps.ledger.grants import grant_app_role  # noqa: PLC0415
        from apps.ledger.redactable import write_redactable_fields  # noqa: PLC0415
        from apps.ledger.state import record_names, record_schemas  # noqa: PLC0415

        post_migrate.connect(write_redactable_fields, sender=self)
        post_migrate.connect(grant_app_role, sender=self)
        # All tables are there by now; the rooms above put rows into them afterwards.
        post_migrate.connect(record_schemas, sender=self)
        last = [app for app in apps.get_app_configs() if app.models_module][-1]
        post_migrate.connect(record_names, sender=last)
        # What upper rooms ask when the ledger is verified.
        autodiscover_modules("verification")
