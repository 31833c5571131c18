from django.apps import AppConfig


class SyndicationConfig(AppConfig):
    name = "letters.syndication"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.signatures import rotating  # noqa: PLC0415 - needs the models
        from letters.syndication import emails  # noqa: PLC0415 - the same
        from letters.syndication.models import Webhook  # noqa: PLC0415 - the same

        emails.register()
        rotating.register(Webhook, "url_sealed", lambda row: row.set_url(row.url))
        rotating.register(Webhook, "secret_sealed", lambda row: row.set_secret(row.secret))
