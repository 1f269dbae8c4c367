from django.apps import AppConfig
from django.db.models.signals import post_migrate


class NotificationsConfig(AppConfig):
    name = "apps.notifications"

    def ready(self) -> None:
        # Importing the application binds every task to it, in web processes too.
        import governance.celery  # noqa: F401, PLC0415
        from apps.notifications.schedules import make_schedules  # noqa: PLC0415

        post_migrate.connect(make_schedules, sender=self)
