from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        from apps.accounts.receivers import make_roles  # noqa: PLC0415

        post_migrate.connect(make_roles, sender=self)
