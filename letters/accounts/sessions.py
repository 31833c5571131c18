"""Sessions: a login that was never finished leaves one behind, which must not outlive its quarter of an hour; and what
the sessions page knows of one goes with it."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session


def forget_expired() -> None:
    """Delete every session whose time is over, and where and by which browser those that are gone were opened.
    Idempotent."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
