"""Reviewers without a password: hashing one costs more than a test."""

import time
from importlib import import_module

from django.conf import settings

from letters.accounts.models import User
from tests.factories import CAST


def reviewer(person="mona", *, is_staff=True):
    email = CAST[person].email
    return User.objects.create(username=email, email=email, is_staff=is_staff)


def show_second_factor(client):
    """As if this session had shown a one-time code just now."""
    show_second_factor_in(client.session.session_key)


def show_second_factor_in(session_key):
    """The same for the session of a browser."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
