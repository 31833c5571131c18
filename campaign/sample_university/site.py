"""Sample University as a Django site of its own: settings, people, and the one site that may ask it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.core.management.utils import get_random_secret_key
from django.core.wsgi import get_wsgi_application

CLIENT_ID = "undersigned"
HERE = Path(__file__).parent
ROOM = "campaign.sample_university"


def configure(folder: Path) -> None:
    """Settings that know nothing of the site beside it: another database, other cookies, a key of this run alone."""
    settings.configure(
        SECRET_KEY=get_random_secret_key(),
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        ROOT_URLCONF=f"{ROOM}.urls",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "allauth",
            "allauth.account",
            "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=_templates(),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "sample-university.sqlite3"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        LOGIN_URL="account_login",
        SESSION_COOKIE_NAME="sample_university_session",  # cookies know no ports
        CSRF_COOKIE_NAME="sample_university_csrf",
        SESSION_COOKIE_AGE=600,
        IDP_OIDC_ADAPTER=f"{ROOM}.adapter.UniversityAdapter",
        IDP_OIDC_PRIVATE_KEY=_private_key(),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"],
        LOGGING_CONFIG=None,
    )
    django.setup()


def _templates() -> list[dict[str, Any]]:
    return [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [HERE / "templates"],
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ]


def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def prepare(secret: str, name: str, redirect_uris: Sequence[str]) -> Callable[..., Any]:
    """Make tables, people and the one client; returns the WSGI application. Idempotent."""
    from allauth.idp.oidc.models import Client  # noqa: PLC0415 - after configure
    from django.contrib.auth.models import User  # noqa: PLC0415 - the same

    from campaign.sample_university.people import PEOPLE  # noqa: PLC0415 - the same

    call_command("migrate", verbosity=0, interactive=False)
    for person in PEOPLE:
        User.objects.update_or_create(
            pk=person.id,
            defaults={
                "username": f"person-{person.id}",
                "first_name": person.first_name,
                "last_name": person.last_name,
            },
        )
    Client.objects.exclude(pk=CLIENT_ID).delete()
    client = Client.objects.filter(pk=CLIENT_ID).first() or Client(id=CLIENT_ID)
    client.name, client.skip_consent = name, True
    client.set_scopes(["openid", "profile"])
    client.set_redirect_uris(list(redirect_uris))
    client.set_secret(secret)
    client.save()
    return get_wsgi_application()
