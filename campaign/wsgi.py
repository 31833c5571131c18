"""The WSGI door of the site."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")

from campaign.celery import app as celery_app
from letters.core import keyring

application = get_wsgi_application()
gc.freeze()  # two hundred thousand objects that stay for good: a quarter of each request went into looking at them
gc.set_threshold(20_000, 20, 20)
keyring.ring()  # a site whose key file is missing or wrong must not start

__all__ = ["application", "celery_app"]
