"""Django's configuration of the app."""

from django.apps import AppConfig


class TutorConfig(AppConfig):
    """The one app of the project."""

    name = "tutor"
    label = "tutor"
    verbose_name = "Redis Tutor"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks of our own settings."""
        from tutor.site import checks  # noqa: F401 - importing registers them
