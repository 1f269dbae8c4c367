from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TaxonomyConfig(AppConfig):
    name = "apps.taxonomy"

    def ready(self) -> None:
        from apps.taxonomy.loading import load_taxonomy  # noqa: PLC0415

        post_migrate.connect(load_taxonomy, sender=self)
