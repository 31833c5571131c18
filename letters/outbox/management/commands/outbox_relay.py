"""`manage.py outbox_relay`: send due mails by looking into the database, without Celery or Redis."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from letters.outbox import sending


class Command(BaseCommand):
    help = "Send due mails in a loop until stopped, or once with --once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--every", type=float, default=2.0, help="Seconds between looks (default 2)")

    def handle(self, *args: Any, once: bool, every: float, **options: Any) -> None:
        stop = threading.Event()

        def on_signal(number: int, frame: FrameType | None) -> None:
            stop.set()

        if not once:
            signal.signal(signal.SIGTERM, on_signal)
            signal.signal(signal.SIGINT, on_signal)
        while True:
            close_old_connections()
            try:
                sent = sending.deliver_due()
            except OperationalError:
                sent = 0
                self.stderr.write("The database is away; trying again.")
            if sent:
                self.stdout.write(f"{sent} mails sent")
            if once or stop.wait(every):
                return
