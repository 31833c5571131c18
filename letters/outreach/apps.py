from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "letters.outreach"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.outreach import emails, receivers  # noqa: F401, PLC0415 - connects the signals; needs the models

        emails.register()
