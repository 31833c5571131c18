from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "letters.documents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.documents import emails  # noqa: PLC0415 - needs the models

        emails.register()
