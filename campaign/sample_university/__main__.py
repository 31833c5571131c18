"""The process of Sample University: ``python -m campaign.sample_university FD``, started by running.py.

It listens on the socket that it inherits as FD, reads one line of JSON from its standard input, and ends when that
input ends: whatever happens to its parent, nothing is left behind.
"""

import json
import os
import socket
import sys
import threading
from pathlib import Path

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from campaign.sample_university import site


class QuietHandler(WSGIRequestHandler):
    """Prints nothing: the terminal belongs to the site beside it."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(listener: socket.socket) -> None:
    """Serve until the standard input ends."""
    told = json.loads(sys.stdin.readline() or "null")
    if told is None:
        return
    threading.Thread(target=_end_with_parent, daemon=True).start()
    site.configure(Path(told["folder"]))
    application = site.prepare(told["secret"], told["name"], told["redirect_uris"])
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = listener.getsockname()
    server.setup_environ()
    server.set_app(application)
    server.serve_forever()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
