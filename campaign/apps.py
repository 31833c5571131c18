"""The site as a Django app: its commands, and the connection to a mail service where one is set up."""

from django.apps import AppConfig
from django.conf import settings


class CampaignConfig(AppConfig):
    name = "campaign"

    def ready(self) -> None:
        from campaign import checks  # noqa: F401, PLC0415 - registers them

        if settings.ANYMAIL_BACKEND:
            from anymail.signals import tracking  # noqa: PLC0415 - an optional library

            from campaign.api import receivers  # noqa: PLC0415 - the same

            tracking.connect(receivers.on_tracking)
