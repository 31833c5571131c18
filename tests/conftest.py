"""What every test may use: a data folder of its own, a Celery worker, an SMTP server, a browser."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.apps import apps as django_apps
from django.conf import settings as django_settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import timezone
from kombu.transport.redis import Transport as RedisTransport
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer
from redis import Redis
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import migrated
from tools import programs, services

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PATIENCE_MS = 20_000


def pytest_configure(config: pytest.Config) -> None:
    """Before the settings are read: a data folder and a Redis number for this process, and no production."""
    gc.disable()  # until everything is loaded: looking through it again and again is a quarter of the loading
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        return  # runs no test; what it set here its workers would inherit, and read before they set their own
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["DJANGO_SETTINGS_MODULE"] = "campaign.settings"
    os.environ["UNDERSIGNED_ENV"] = "development"
    os.environ["VISIT_FLUSH_SECONDS"] = "0"  # a thread that writes at its own hour is in every test's way
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="undersigned-", dir=os.environ.get("UNDERSIGNED_TESTS"))
    if os.environ.get("REDIS_URL"):
        # Two workers on one number could take each other's tasks.
        os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()
    assert django_settings.DEVELOPMENT


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Tables begin empty in every test, also those that an earlier test emptied."""
    from django.db.models.signals import post_migrate  # noqa: PLC0415 - the apps must be ready

    from letters.verification import apps  # noqa: PLC0415 - the same

    config = django_apps.get_app_config("verification")
    assert post_migrate.disconnect(apps.load_shipped, sender=config)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """SQLite's file goes with the data folder, and may lie there already; PostgreSQL's database is dropped."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def put_tables_aside(django_db_modify_db_settings: None) -> Callable[[], None]:
    return migrated.begin(connection.settings_dict)


@pytest.fixture(scope="session")
def django_db_setup(
    put_tables_aside: Callable[[], None], django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """The tables, by the migrations or as a copy of what another process of this run made by them."""
    with django_db_blocker.unblock():
        put_tables_aside()


@pytest.fixture(autouse=True, scope="session")
def nothing_costs_more_than_it_proves() -> Iterator[None]:
    """Saved in every test: 60 ms of Argon2 a password, 40 ms of listing static files a client, and 1 s of endings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, least in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
            patch.setattr(Argon2PasswordHasher, name, least)
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", _list_static_files_once)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: _empty_tables())
        patch.setattr(RedisTransport, "brpop_timeout", 0.1)  # a worker that ends waits until Redis answers
        yield


_static_files: dict[str, Any] = {}
_list_static_files = WhiteNoiseMiddleware.add_files_from_finders


def _list_static_files_once(middleware: WhiteNoiseMiddleware) -> None:
    if not _static_files:
        _list_static_files(middleware)
        _static_files.update(middleware.files)
    middleware.files.update(_static_files)


FILLED_ONCE = {"django_migrations", "django_content_type", "auth_permission"}


def _empty_tables() -> None:
    """What Django's flush comes to, at a tenth of its cost: rows are deleted from those tables that have some."""
    quote = connection.ops.quote_name
    names = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - FILLED_ONCE
    with transaction.atomic(), connection.cursor() as cursor:  # foreign keys are looked at when it ends
        if connection.vendor == "postgresql":  # what a straggler writes must not come to the next test
            cursor.execute(f"LOCK TABLE {', '.join(map(quote, sorted(names)))} IN SHARE ROW EXCLUSIVE MODE")
        has_rows = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})" for name in names)  # noqa: S608 - ours
        cursor.execute(" UNION ALL ".join(has_rows))
        filled = [name for (name,) in cursor.fetchall()]
        with _nothing_kept(filled):
            for name in filled:
                cursor.execute(f"DELETE FROM {quote(name)}")  # noqa: S608 - one of our own tables


KEPT_BY = {
    **{f"ledger_{name}": f"ledger_{name}_frozen" for name in ("log", "entry", "tile", "checkpoint")},
    "ledger_head": "ledger_head_kept",
}


@contextmanager
def _nothing_kept(filled: list[str]) -> Iterator[None]:
    """The database takes nothing out of the ledger's tables; between two tests it must."""
    if "ledger_log" not in filled:
        yield
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for state in ("DISABLE", "ENABLE"):
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while it waits for a check
                for table, trigger in KEPT_BY.items():
                    cursor.execute(f"ALTER TABLE {table} {state} TRIGGER {trigger}")
                if state == "DISABLE":
                    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
                    yield
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger_%_kept'")
        kept = cursor.fetchall()
        for name, _sql in kept:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in kept:
            cursor.execute(sql)


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Limits, cached values, queued tasks and a kept mail connection of one test are nothing to the next."""
    from letters.core import limits  # noqa: PLC0415 - needs the settings
    from letters.moderation import networks  # noqa: PLC0415 - the same
    from letters.outbox import sending  # noqa: PLC0415 - the same

    shutil.rmtree(django_settings.LEDGER_DIR, ignore_errors=True)  # else the next database would be another site's
    sending._drop_connection()
    networks.keep(networks._monday(timezone.now()), b"k" * 32)  # or the first who signs would cost a query more
    limits.REDIS_TIMEOUT = PATIENCE_MS / 1000  # on a busy machine a count that came late would be a count lost
    limits.forget_all()
    cache.clear()
    if django_settings.REDIS_URL:
        redis_client(django_settings.REDIS_URL).flushdb()


@lru_cache(maxsize=1)
def redis_client(url: str) -> Redis:
    return Redis.from_url(url)


@pytest.fixture
def without_printing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots without what is set in type: that takes a second each, and has tests of its own."""
    from letters.press.kit import registry  # noqa: PLC0415 - the apps must be ready

    plain = tuple(file for file in registry.FILES if not file.name.endswith((".pdf", ".png")))
    monkeypatch.setattr(registry, "FILES", plain)


@pytest.fixture
def celery_worker(transactional_db: None) -> Iterator[None]:
    """The site's worker with its pulse, as threads of this process; stopped before the tables are emptied."""
    from campaign.celery import app  # noqa: PLC0415 - the apps must be ready
    from campaign.embedded import EmbeddedCelery  # noqa: PLC0415 - the same

    app.control.purge()
    celery = EmbeddedCelery(app, with_beat=False)
    celery.start()
    yield
    celery.stop()


class SmtpSink:
    """A mail server on 127.0.0.1: keeps what it takes, and refuses the addresses it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuse: dict[str, str] = {}
        """Address to answer, such as ``550 5.1.1 no such user`` or ``451 4.3.0 later``."""
        self.refuse_content: str = ""
        """The answer to every DATA instead of taking it."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse_content:
            return self.refuse_content
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.extend(envelope.rcpt_tos)
        return "250 OK"


@pytest.fixture
def smtp_sink(settings: Any) -> Iterator[SmtpSink]:
    """A real SMTP server that the site sends to during the test."""
    sink = SmtpSink()
    controller = Controller(sink, hostname="127.0.0.1", port=services.free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield sink
    controller.stop()


@pytest.fixture
def site(live_server: LiveServer, celery_worker: None, settings: Any) -> str:
    """The running site with its worker; the address is also the one in the mails."""
    settings.SITE_URL = live_server.url
    return live_server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all journeys of this process: the system's, else Playwright's own."""
    arguments = ["--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox refuses to start as root
    # Playwright's event loop lives in the main thread; Django would take every query there for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=PATIENCE_MS)  # as long as any other step of a journey may take
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=programs.chromium(), args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a fresh profile: ``new_page(phone=True, javascript=False)``."""
    contexts = []

    def open_page(*, phone: bool = False, javascript: bool = True, **options: Any) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            is_mobile=phone,
            java_script_enabled=javascript,
            locale="en-GB",
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A desktop page with JavaScript."""
    return new_page()
