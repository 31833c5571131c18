from django.apps import AppConfig


class PressConfig(AppConfig):
    name = "letters.press"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.press import emails, receipts, receivers  # noqa: F401, PLC0415 - needs the models

        emails.register()
        receipts.register()
