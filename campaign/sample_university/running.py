"""Starting Sample University beside the site, and making it one of the site's logins. Development only."""

import json
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from campaign import logins
from campaign.sample_university.people import NAME, SCOPE

CLIENT_ID = "undersigned"
PROVIDER_ID = "sample-university"
PORTS_TRIED = 50
HIGHEST_PORT = 65_535


def start(folder: Path, port: int, site_name: str) -> tuple["subprocess.Popen[str]", logins.App]:
    """Start the process on the next free port after the site's; returns it and the entry for the site's logins.

    It answers after about two seconds; connections wait until then. It ends when this process does, however that is.

    Raises:
        RuntimeError: outside development.
        OSError: no port is free.
    """
    if not settings.DEVELOPMENT:
        raise RuntimeError("Sample University is invented and for development only.")
    secret = secrets.token_urlsafe(24)
    callback = f"/accounts/oidc/{PROVIDER_ID}/callback/"
    told = {
        "folder": str(folder),
        "secret": secret,
        "name": site_name,
        "redirect_uris": [f"http://{host}:{port}{callback}" for host in ("127.0.0.1", "localhost")],
    }
    with _listening_after(port) as listener:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "campaign.sample_university", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C is for us; our end is its end
            cwd=settings.BASE_DIR,
            pass_fds=[listener.fileno()],
        )
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    if process.stdin:
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
    return process, entry(address, secret)


def entry(address: str, secret: str) -> logins.App:
    """The login as the site's configuration has it."""
    found: dict[str, Any] = {
        "id": PROVIDER_ID,
        "name": NAME,
        "server_url": address,
        "client_id": CLIENT_ID,
        "client_secret": secret,
        "organization": NAME,
        "scopes": [SCOPE],
    }
    return logins.institution(found, secure=False)


def _listening_after(port: int) -> socket.socket:
    """Bound here and inherited, so that no other program can take the port in between."""
    for number in range(port + 1, min(port + 1 + PORTS_TRIED, HIGHEST_PORT + 1)):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", number))
            listener.listen(64)
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError(f"No port from {port + 1} on is free.")
