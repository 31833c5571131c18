from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "letters.verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.verification import receivers  # noqa: F401, PLC0415 - connects the signals
