"""Sessions: a login that was never finished leaves one behind, which must not outlive its quarter of an hour."""

from importlib import import_module

from django.conf import settings


def forget_expired() -> None:
    """Delete every session whose time is over. Idempotent."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
