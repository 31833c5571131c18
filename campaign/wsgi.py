"""The WSGI door of the site."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")

from campaign.celery import app as celery_app  # noqa: E402 - tasks find their broker through it

application = get_wsgi_application()

__all__ = ["application", "celery_app"]
