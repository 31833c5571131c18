from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "letters.moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.moderation import (  # noqa: F401, PLC0415 - connects the signals; needs the models
            alerting_emails,
            emails,
            importing,
            receivers,
        )
        from letters.moderation.models import Dispute, ListImport, NetworkKey, Upload  # noqa: PLC0415 - the same
        from letters.signatures import rotating  # noqa: PLC0415 - the same

        emails.register()
        alerting_emails.register()
        rotating.register(Upload, "content_sealed", lambda row: row.set_content(row.content))
        rotating.register(Dispute, "text_sealed", lambda row: row.set_text(row.text))
        rotating.register(Dispute, "email_sealed", lambda row: row.set_email(row.email))
        rotating.register(NetworkKey, "key_sealed", lambda row: row.set_key(row.key))
        rotating.register(ListImport, "rows_sealed", lambda row: importing.seal_anew(row, "rows"))
        rotating.register(ListImport, "left_sealed", lambda row: importing.seal_anew(row, "left"))
