"""Starts the whole site on this machine, ready to try: data, sample letter, sample login, web and worker."""

import io
import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import reverse

from campaign.celery import app
from campaign.embedded import EmbeddedSite
from campaign.sample_university import running
from campaign.wsgi import application
from letters.documents.models import Letter

SAMPLES = Path("letters/sample")
ADMIN_ADDRESS = "admin@example.org"
HIGHEST_PORT = 65_535
ANSWER_WITHIN_SECONDS = 30.0


class Command(BaseCommand):
    help = "Start the site with its worker in one process, with a sample letter and login (development only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError(
                "serve is for development: it makes a sample login. In production start "
                "`gunicorn campaign.wsgi`, `celery -A campaign worker` and `celery -A campaign beat`."
            )
        port, folder = settings.PORT, settings.DATA_DIR
        refuse_taken(port)
        refuse_unwritable(folder)
        with self.step("migrate the database and load organisations"):
            call_command("migrate", verbosity=0, interactive=False)
        with self.step("load the sample letter"):
            files = [str(settings.BASE_DIR / SAMPLES / name) for name in ("letter.md", "signatories.csv")]
            call_command("load_letter", files[0], signatories=files[1], stdout=io.StringIO())
        with self.step("start Sample University, an invented login to try"):
            university = self.university(folder, port)
        password = sample_admin(folder / "admin-password.txt")
        addresses = self.addresses(f"http://127.0.0.1:{port}", password)
        connections.close_all()
        try:
            EmbeddedSite(application, app, port=port, on_ready=lambda: announce(port, addresses)).run()
        finally:
            if university and university.stdin:
                university.stdin.close()  # it ends by itself then

    def university(self, folder: Path, port: int) -> "subprocess.Popen[str] | None":
        """Start it and offer its login; the site runs without where that fails."""
        try:
            process, login = running.start(folder, port, settings.SITE_NAME)
        except OSError as error:
            self.stderr.write(f"  Sample University did not start: {error}")
            return None
        settings.SOCIALACCOUNT_PROVIDERS["oidc"]["APPS"].append(login)
        return process

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Say what is done now, then how long it took."""
        started = time.monotonic()
        self.stdout.write(f"  {label} … ", ending="")
        self.stdout.flush()
        yield
        self.stdout.write(f"{time.monotonic() - started:.1f} s")

    def addresses(self, site: str, password: str) -> str:
        """The three addresses worth opening."""
        letter = Letter.objects.filter(is_sample=True).earliest("created_at")
        login = f"(sample login {ADMIN_ADDRESS}, password {password})"
        return (
            f"  The letter   {site}{letter.get_absolute_url()}\n"
            f"  The mailbox  {site}{reverse('public:mailbox')}\n"
            f"  The desk     {site}{reverse('desk:home')}  {login}"
        )


def refuse_taken(port: int) -> None:
    """Raises CommandError where the port cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CommandError(f"Port {port} needs more rights than you have. Try PORT=8001.") from error
        except OSError as error:
            another = port + 1 if port < HIGHEST_PORT else 8000
            raise CommandError(
                f"Port {port} is taken by another program. Choose another one: make run PORT={another}"
            ) from error


def refuse_unwritable(folder: Path) -> None:
    """Raises CommandError where the data folder cannot be made or written."""
    trial = folder / f"write-test-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise CommandError(
            f"DATA_DIR {folder} cannot be written ({error.strerror}). Choose another one: make run DATA_DIR=…"
        ) from error


def sample_admin(password_file: Path) -> str:
    """Make the sample login and return its password.

    The password is random and stays in the data folder, so that a folder which ends up in production holds no
    login that everybody knows.
    """
    users = get_user_model()._default_manager
    admin = users.filter(email=ADMIN_ADDRESS).first()
    if admin and password_file.exists():
        return password_file.read_text(encoding="ascii").strip()
    password = secrets.token_urlsafe(9)
    if admin:
        admin.set_password(password)
        admin.save()
    else:
        admin = get_user_model().objects.create_superuser(email=ADMIN_ADDRESS, password=password)
        EmailAddress.objects.create(user=admin, email=ADMIN_ADDRESS, primary=True, verified=True)
    password_file.touch(mode=0o600)
    password_file.write_text(password + "\n", encoding="ascii")
    return password


def announce(port: int, addresses: str) -> None:
    """Wait for the first answer, then print the addresses."""
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + ANSWER_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            without_proxy.open(f"http://127.0.0.1:{port}/healthz", timeout=ANSWER_WITHIN_SECONDS).close()
            break
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.05)
    started = float(os.environ.get("UNDERSIGNED_STARTED_AT") or time.time())
    print(f"\n{addresses}\n\n  ready in {time.time() - started:.1f} s; Ctrl-C stops everything\n", flush=True)
