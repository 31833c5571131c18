"""Settings of the site, all from the environment; docs/configuration.md lists every variable.

Development is the default and needs none. Production refuses to start without its secrets.
"""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from campaign import accounts, logins
from campaign import environment as env

django_stubs_ext.monkeypatch()  # lets ModelAdmin[Letter] be written at run time as well

BASE_DIR = Path(__file__).resolve().parent.parent
PRODUCTION = env.one_of("UNDERSIGNED_ENV", ("development", "production")) == "production"
DEVELOPMENT = not PRODUCTION
DEBUG = False  # tracebacks show what people typed; development reads the log instead

DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "data")
if DEVELOPMENT:
    env.make_folder(DATA_DIR)
PORT = env.whole("PORT", 8000, least=1, most=65535)
SITE_NAME = env.text("SITE_NAME", "Undersigned")
SITE_URL = env.web_address("SITE_URL", "" if PRODUCTION else f"http://127.0.0.1:{PORT}", secure=PRODUCTION)
MAIL_DOMAIN = urlsplit(SITE_URL).hostname or "localhost"

# --- secrets -----------------------------------------------------------------------------------------------------
MIN_SECRET = 50
DEVELOPMENT_KEY = "development-only-and-refused-in-production-0123456789"
if PRODUCTION:
    SECRET_KEY = env.required("SECRET_KEY", "sessions and forms are signed with it")
    if len(SECRET_KEY) < MIN_SECRET:
        raise ImproperlyConfigured(f"SECRET_KEY is too short: use at least {MIN_SECRET} random characters.")
    if DEVELOPMENT_KEY in (SECRET_KEY, *env.words("SECRET_KEY_FALLBACKS")):
        raise ImproperlyConfigured("SECRET_KEY is the one of development, which everybody knows: make a random one.")
    KEYS_FILE = env.required(
        "KEYS_FILE", "addresses are sealed with the keys in it; make it with `manage.py keys init`"
    )
else:
    SECRET_KEY = env.text("SECRET_KEY", DEVELOPMENT_KEY)
    KEYS_FILE = env.text("KEYS_FILE", str(DATA_DIR / "keys.json"))
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
MAKE_MISSING_KEYS = DEVELOPMENT

# --- the public ledger -------------------------------------------------------------------------------------------
LEDGER_DIR = env.folder("LEDGER_DIR", DATA_DIR / "ledger")
WITNESSES = env.words("WITNESSES")
LEDGER_RECEIPTS = env.one_of("LEDGER_RECEIPTS", ("on", "off")) == "on"

ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", default=MAIL_DOMAIN) if PRODUCTION else env.words("ALLOWED_HOSTS") or ["*"]
TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXY_COUNT", 0, most=10)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# --- what is installed -------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "campaign",
    "letters.accounts",
    "letters.accounts.oauth",
    "letters.accounts.oidc",
    "letters.outbox",
    "letters.ledger",
    "letters.documents",
    "letters.signatures",
    "letters.verification",
    "letters.moderation",
    "letters.outreach",
    "letters.press",
    "letters.syndication",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_countries",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
]
HAS_SAML = find_spec("onelogin") is not None  # an extra
if HAS_SAML:
    INSTALLED_APPS.append("letters.accounts.saml")
MIDDLEWARE = [
    "campaign.public.rescue.OutageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "campaign.public.headers.PolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "campaign.urls"
WSGI_APPLICATION = "campaign.wsgi.application"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "campaign.public.context.site",
            ]
        },
    }
]

# --- database, queue ---------------------------------------------------------------------------------------------
if PRODUCTION:
    env.required("DATABASE_URL", "for example postgres://user:password@host/name")
try:
    database: dict[str, Any] = dict(
        dj_database_url.parse(
            env.server("DATABASE_URL", *env.DATABASES, default=f"sqlite:///{DATA_DIR / 'undersigned.sqlite3'}"),
            conn_max_age=600,
            conn_health_checks=True,
        )
    )
except (ValueError, KeyError) as error:
    raise ImproperlyConfigured("DATABASE_URL is not whole: postgres://user:password@host/name.") from error
if database["ENGINE"] == "django.db.backends.sqlite3":
    # Readers wait for no writer; a writer takes the lock at once, else two that read first refuse each other (ADR 3).
    database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
    database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    database["ENGINE"] = "campaign.database"
    database["OPTIONS"] = {**database.get("OPTIONS", {}), "connect_timeout": 5}
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.server("REDIS_URL", "redis", "rediss")
if PRODUCTION and not REDIS_URL:
    raise ImproperlyConfigured(
        "REDIS_URL is not set: it wakes the workers and counts the limits (docs/configuration.md)."
    )
CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: after the default of 100 tries the worker ends, and its pulse
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 300, "socket_connect_timeout": 0.3, "socket_timeout": 5}
    if REDIS_URL
    else {"polling_interval": 0.05}
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1 if REDIS_URL else 0
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BEAT_SCHEDULE = {
    "deliver": {"task": "outbox.deliver", "schedule": timedelta(seconds=15), "options": {"expires": 15}},
    "counts": {
        "task": "signatures.refresh_counts",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "launch": {"task": "documents.launch_due", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "remind": {"task": "signatures.remind", "schedule": crontab(minute="7")},
    "renew": {"task": "signatures.renew", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "pace": {"task": "moderation.watch_pace", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "updates": {"task": "outreach.send_updates", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "milestones": {"task": "outreach.find_milestones", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "look": {"task": "outreach.remind", "schedule": crontab(minute="23")},
    "lost-evidence": {"task": "moderation.look_for_lost", "schedule": crontab(hour="3", minute="17")},
    "many": {"task": "moderation.run_bulk", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "lists": {"task": "moderation.run_imports", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "alerts": {"task": "moderation.tell", "schedule": timedelta(minutes=5), "options": {"expires": 300}},
    "retain-cases": {"task": "moderation.retain", "schedule": timedelta(minutes=30), "options": {"expires": 1800}},
    "retain-checks": {"task": "verification.retain", "schedule": timedelta(minutes=30), "options": {"expires": 1800}},
    "sessions": {"task": "accounts.forget_sessions", "schedule": timedelta(minutes=10), "options": {"expires": 600}},
    "retain-accounts": {"task": "accounts.retain", "schedule": timedelta(minutes=5), "options": {"expires": 300}},
    "numbers": {"task": "press.refresh_numbers", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "ledger-whole": {"task": "press.scan_ledger", "schedule": crontab(hour="3", minute="41")},
    "ledger": {"task": "press.sequence", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "archives": {"task": "press.make_archives", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "corrections": {"task": "press.tell_corrections", "schedule": timedelta(seconds=30), "options": {"expires": 30}},
    "ask-snapshots": {"task": "press.ask_snapshots", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "snapshots": {"task": "press.make_snapshots", "schedule": timedelta(seconds=15), "options": {"expires": 15}},
    "redact": {"task": "press.redact", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "news": {"task": "syndication.collect", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "calls": {"task": "syndication.deliver", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "retain-calls": {"task": "syndication.retain", "schedule": timedelta(hours=1), "options": {"expires": 3600}},
    "retain-press": {"task": "press.retain", "schedule": timedelta(minutes=30), "options": {"expires": 1800}},
    "retain-remarks": {"task": "documents.retain", "schedule": timedelta(hours=1), "options": {"expires": 3600}},
    "retain": {"task": "signatures.retain", "schedule": timedelta(minutes=10), "options": {"expires": 600}},
}
OUTBOX_WAKE = True
# What a web process remembers instead of asking and drawing it anew for each reader.
LETTER_KEPT_SECONDS = 1.0 if PRODUCTION else 0.0  # a letter and its count
PRINT_FONT_FOLDERS = env.words("PRINT_FONT_FOLDERS")  # for scripts that no font package brings
PAGES_KEPT = env.whole("PAGES_KEPT", 64 if PRODUCTION else 0, most=10_000)  # pages under their ETag
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# --- mail --------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.sender("MAIL_FROM", f"{SITE_NAME} <letters@{MAIL_DOMAIN}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAILBOX_DIR = DATA_DIR / "mailbox"
EMAIL_TIMEOUT = env.whole("EMAIL_TIMEOUT", 20, least=1, most=300)
EMAIL_BACKEND = "letters.outbox.mailbox.CaughtBackend"
ANYMAIL_BACKEND = env.text("ANYMAIL_BACKEND")
ANYMAIL: dict[str, object] = {}
if ANYMAIL_BACKEND:
    EMAIL_BACKEND = f"anymail.backends.{ANYMAIL_BACKEND}.EmailBackend"
    INSTALLED_APPS.append("anymail")
    ANYMAIL = dict(env.beginning_with("ANYMAIL_"))  # such as POSTMARK_SERVER_TOKEN
    ANYMAIL["WEBHOOK_SECRET"] = env.required("ANYMAIL_WEBHOOK_SECRET", "without it anybody could block addresses")
    if not all(str(ANYMAIL["WEBHOOK_SECRET"]).partition(":")):
        raise ImproperlyConfigured("ANYMAIL_WEBHOOK_SECRET must be user:password.")
elif env.text("EMAIL_URL"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(env.mail_server(env.text("EMAIL_URL")))
elif PRODUCTION:
    raise ImproperlyConfigured("Set EMAIL_URL or ANYMAIL_BACKEND: letters without mail cannot be signed.")

# --- signing: all times and limits (docs/configuration.md says what each protects) --------------------------------
REMIND_DAYS = env.whole_list("REMIND_DAYS", (2, 7))
CONFIRM_DAYS = env.whole("CONFIRM_DAYS", 14, least=1, most=60)
INVITE_REMIND_DAYS = env.whole("INVITE_REMIND_DAYS", 7, most=59)  # 0: never by itself
SIGN_LIMIT_NETWORK = env.whole("SIGN_LIMIT_NETWORK", 600, least=1)
SIGN_LIMIT_LETTER = env.whole("SIGN_LIMIT_LETTER", 6000, least=1)
CODE_LIMIT = env.whole("CODE_LIMIT", 10, least=1)
LINK_LIMIT_NETWORK = env.whole("LINK_LIMIT_NETWORK", 60, least=1)
DISPUTE_LIMIT = env.whole("DISPUTE_LIMIT", 10, least=1)
QUESTION_LIMIT = env.whole("QUESTION_LIMIT", 10, least=1)
API_LIMIT_NETWORK = env.whole("API_LIMIT_NETWORK", 300, least=1)
VERIFY_LIMIT = env.whole("VERIFY_LIMIT", 20, least=1)
PROCESSORS = env.words("PROCESSORS")
SECURITY_CONTACT = env.contacts("SECURITY_CONTACT")
SECURITY_POLICY = env.server("SECURITY_POLICY", "https")
VISIT_FLUSH_SECONDS = env.whole("VISIT_FLUSH_SECONDS", 15, most=3600)  # 0: visits are not counted
UPDATE_MAILS_PER_MINUTE = env.whole("UPDATE_MAILS_PER_MINUTE", 120, least=1, most=6000)
SPIKE_FLOOR = env.whole("SPIKE_FLOOR", 2000, least=1)  # confirmations an hour that no letter is held for

# --- verification: which methods the site offers (docs/verification/) ----------------------------------------------
VERIFICATION_METHODS = env.some_of(
    "VERIFICATION_METHODS",
    (
        "work_email", "institution", "cilogon", "saml", "google", "microsoft", "orcid", "github", "linkedin",
        "website", "dns", "invitation", "review", "organization",
    ),
)  # fmt: skip

# --- requests to other people's servers (letters/core/fetching.py) -------------------------------------------------
DNS_SERVERS = env.name_servers("DNS_SERVERS")
DNS_SECONDS = 3.0  # for one question
FETCH_ALLOW_LOCAL = False  # tests alone: http, any port, and servers on this machine. On purpose no variable.

# --- accounts ----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL, LOGIN_REDIRECT_URL = "account_login", "/desk/"
ORGANISER_SIGNUP = env.one_of("ORGANISER_SIGNUP", ("invited", "open") if PRODUCTION else ("open", "invited"))
globals().update(accounts.settings(production=PRODUCTION))
SOCIALACCOUNT_REQUESTS_TIMEOUT = env.whole("LOGIN_TIMEOUT", 5, least=1, most=20)  # seconds
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {
    "oidc": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            *logins.google(env.text("GOOGLE_CLIENT_ID"), env.text("GOOGLE_CLIENT_SECRET")),
            *logins.microsoft(
                env.text("MICROSOFT_CLIENT_ID"), env.text("MICROSOFT_CLIENT_SECRET"), env.words("MICROSOFT_TENANTS")
            ),
            *logins.linkedin(env.text("LINKEDIN_CLIENT_ID"), env.text("LINKEDIN_CLIENT_SECRET")),
            *logins.cilogon(env.text("CILOGON_CLIENT_ID"), env.text("CILOGON_CLIENT_SECRET")),
            *logins.institutions(env.text("OIDC_PROVIDERS_FILE"), secure=PRODUCTION),
        ],
    },
    "orcid": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": logins.orcid(env.text("ORCID_CLIENT_ID"), env.text("ORCID_CLIENT_SECRET")),
    },
    "github": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": logins.github(env.text("GITHUB_CLIENT_ID"), env.text("GITHUB_CLIENT_SECRET")),
    },
    "saml": {"APPS": logins.saml(env.text("SAML_PROVIDERS_FILE"))},
}
ORCID_BASE = env.one_of("ORCID_BASE", ("https://orcid.org", "https://sandbox.orcid.org"))
ORCID_API = ORCID_BASE.replace("https://", "https://pub.")
GITHUB_WEB, GITHUB_API = "https://github.com", "https://api.github.com"  # tests have their own

# --- language and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # those that have a catalogue of ours
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- static files ------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.folder("STATIC_ROOT", DATA_DIR / "static") if PRODUCTION else None
WHITENOISE_USE_FINDERS = DEVELOPMENT
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- what a browser may do ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_SERIALIZER = "letters.accounts.sealed_sessions.SealedSerializer"
CSRF_FAILURE_VIEW = "campaign.public.rescue.csrf_failure"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # a letter of 100,000 characters, twice where two people wrote at once
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000  # lists of fifty rows
FILE_UPLOAD_HANDLERS = ["campaign.uploads.SmallFiles"]  # a handed-in file never touches the disk unsealed
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- logs: no address, token or name ever ------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "campaign.logs.PrivateFilter"}},
    "formatters": {
        "line": {
            "()": "campaign.logs.PrivateFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["private"]}},
    "root": {"handlers": ["stderr"], "level": env.one_of("LOG_LEVEL", env.LOG_LEVELS)},
    "loggers": {
        "django": {"level": "INFO"},
        "django.server": {"handlers": ["stderr"], "propagate": False},
        "gunicorn.error": {"propagate": True},  # its own handler repeats broken requests as they came
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
