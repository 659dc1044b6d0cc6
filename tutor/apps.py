"""Django's configuration of the app."""

from django.apps import AppConfig


class TutorConfig(AppConfig):
    """The one app of the project."""

    name = "tutor"
    label = "tutor"
    verbose_name = "Redis Tutor"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks of our own settings, and have slow patterns matched apart."""
        from tutor.apart.marking import matched_apart
        from tutor.engine.lesson.questions.patterns import backtrack_by
        from tutor.site import checks  # noqa: F401 - importing registers them

        backtrack_by(matched_apart)
