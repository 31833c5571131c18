"""The WSGI door of the site."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")

from django.core.exceptions import ImproperlyConfigured

from campaign.celery import app as celery_app
from campaign.checks import logins_make_no_accounts
from campaign.edge import Request
from letters.core import keyring

application = get_wsgi_application()
application.request_class = Request
gc.freeze()  # two hundred thousand objects that stay for good: a quarter of each request went into looking at them
gc.set_threshold(20_000, 20, 20)
keyring.ring()  # a site whose key file is missing or wrong must not start
if wrong := logins_make_no_accounts(None):
    raise ImproperlyConfigured(" ".join(str(error.msg) for error in wrong))

__all__ = ["application", "celery_app"]
