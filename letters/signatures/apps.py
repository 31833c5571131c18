from django.apps import AppConfig


class SignaturesConfig(AppConfig):
    name = "letters.signatures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.signatures import emails, inviting_emails, receivers, renewing_emails  # noqa: F401, PLC0415 - needs the models

        emails.register()
        inviting_emails.register()
        renewing_emails.register()
