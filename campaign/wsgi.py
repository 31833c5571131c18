"""The WSGI door of the site."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")

from campaign.celery import app as celery_app

application = get_wsgi_application()

__all__ = ["application", "celery_app"]
