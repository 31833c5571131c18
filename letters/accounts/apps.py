from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "letters.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.accounts import emails  # noqa: PLC0415 - needs the models

        emails.register()
