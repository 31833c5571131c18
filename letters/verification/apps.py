from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def load_shipped(plan: list[Any] | None = None, **_: Any) -> None:
    """After a migration that changed something: the organisations of this release. Not when tables are emptied, which
    sends the same signal without a plan."""
    from letters.verification import organizations  # noqa: PLC0415 - needs the models

    if plan and not any(is_backwards for _migration, is_backwards in plan):
        organizations.load_shipped()


class VerificationConfig(AppConfig):
    name = "letters.verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from letters.signatures import rotating  # noqa: PLC0415 - needs the models
        from letters.verification import checking, emails, receivers  # noqa: F401, PLC0415 - connects the signals
        from letters.verification.models import Check  # noqa: PLC0415 - the same

        emails.register()
        post_migrate.connect(load_shipped, sender=self)
        rotating.register(Check, "asked_sealed", checking.seal_anew)
