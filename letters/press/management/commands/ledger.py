"""`manage.py ledger …`: look at the public ledger, check it, make it go on after a restore, and be a witness."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from letters.core import fetching, keyring
from letters.core.errors import RuleError
from letters.ledger import audit, chain, following, inspecting, note, witnessing
from letters.ledger.models import Head, Log
from letters.press import agreeing, mending, recovering, sequencing

WRONG, HALTED = 1, 3
UNREACHABLE = 2


class Command(BaseCommand):
    help = (
        "The public ledger. Exit status: 0 all is well; 1 something is wrong or was refused; 2 another site does not "
        "answer; 3 a log is halted until `ledger recover`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("status", help="Show every log, its size, and what is halted")
        acts.add_parser("run", help="Log and sign what is new, as the worker does every ten seconds")
        acts.add_parser("scan", help="Look at every line of every public letter, whatever changed when")
        acts.add_parser("fsck", help="Check every log anew from its first entry")
        recover = acts.add_parser("recover", help="Make halted logs go on after a restored backup or a lost file")
        recover.add_argument("--new-logs", action="store_true", help="Give up damaged trees and begin new ones")
        acts.add_parser("replay-retractions", help="Take out again who had left; after restoring any part of a backup")
        keys = acts.add_parser("keys", help="Show the keys that sign the logs; rotate or drop them")
        keys.add_argument("what", nargs="?", choices=["show", "rotate", "drop-old"], default="show")
        take = acts.add_parser("add-cosignature", help="Keep what a witness of WITNESSES signed")
        take.add_argument("file", type=Path, help="The cosigned checkpoint; - reads it from standard input")
        self._add_witness(acts.add_parser("witness", help="Be a witness of another site's ledger"))

    def _add_witness(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="Address of the site, or …/ledger of one of its letters")
        parser.add_argument("--store", type=Path, required=True, help="Folder where its checkpoints are kept")
        parser.add_argument("--key", type=Path, required=True, help="File with the key that cosigns")
        parser.add_argument("--make-key", metavar="NAME", default="", help="Make that file first, for this name")
        parser.add_argument("--log-key", default="", help="The log's key, from elsewhere; default: what it shows first")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            code = getattr(self, f"_{act.replace('-', '_')}")(**options)
        except RuleError as error:
            raise CommandError(error.message) from error
        if code:
            sys.exit(code)

    def _status(self, **_: Any) -> int:
        given_up = set(Log.objects.filter(halt__code=chain.GIVEN_UP).values_list("pk", flat=True))
        for head in Head.objects.select_related("log").order_by("log_id"):
            shown = chain.shown(head.log)
            signed = f"signed to {shown.size:,} on {shown.signed_at:%Y-%m-%d %H:%M}" if shown else "not signed yet"
            gone = ", given up" if head.log.pk in given_up else ""
            self.stdout.write(f"{head.log.origin}  {head.size:,} entries, {signed}{gone}  ({head.log.subject})")
        standing = witnessing.standing()
        self.stdout.write(
            f"Witnesses: {standing.looked} of {standing.configured} cosigned"
            if standing.configured
            else "Witnesses: none. Nobody outside could tell if this site showed two people two different logs."
        )
        return self._halted()

    def _halted(self) -> int:
        found = chain.trouble()
        for refused in found:
            self.stderr.write(f"HALTED: {refused.message}")
        return HALTED if found else 0

    def _run(self, **_: Any) -> int:
        self.stdout.write(f"{sequencing.run(seconds=60):,} entries logged")
        return self._halted()

    def _scan(self, **_: Any) -> int:
        self.stdout.write(f"{sequencing.scan_all():,} entries logged for lines that had changed unseen")
        return self._halted()

    def _fsck(self, **_: Any) -> int:
        wrong = 0
        for log in Log.objects.exclude(halt__code=chain.GIVEN_UP).order_by("pk"):
            found = [*inspecting.fsck(log), *agreeing.differences(log)]
            wrong += len(found)
            self.stdout.write(f"{log.origin}: " + ("in order" if not found else f"{len(found)} things are wrong"))
            for sentence in found:
                self.stderr.write(f"  {sentence}")
        return WRONG if wrong else self._halted()

    def _recover(self, new_logs: bool, **_: Any) -> int:
        report = recovering.recover(new_logs=new_logs, tell=self.stdout.write)
        self.stdout.write(
            f"{report.filled:,} entries filled up, {report.erased:,} people taken out again, "
            f"{report.lost:,} lines retracted that this backup does not know"
        )
        anew = mending.run(tell=self.stderr.write)
        if anew:
            self.stdout.write(f"Snapshots made anew: {anew:,}")
        for public_id in report.off_list:
            self.stderr.write(f"Was off the list and is back in this backup, please decide anew: signature {public_id}")
        for sentence in report.left:
            self.stderr.write(sentence)
        if report.left:
            return WRONG
        self.stdout.write(f"{sequencing.run(seconds=60):,} entries logged")
        return self._halted()

    def _replay_retractions(self, **_: Any) -> int:
        self.stdout.write(f"{recovering.replay_retractions():,} people taken out again")
        self.stdout.write(f"Snapshots made anew: {mending.run(tell=self.stderr.write):,}")
        return 0

    def _keys(self, what: str, **_: Any) -> int:
        path = Path(settings.KEYS_FILE)
        document = keyring.read(path)
        keys: list[Any] = document["ledger"]  # type: ignore[assignment]
        if what == "rotate":
            following_id = int(keys[0]["id"]) % keyring.MAX_KEY_ID + 1
            document["ledger"] = [keyring.new_key(following_id), *keys]
        elif what == "drop-old":
            document["ledger"] = keys[:1]
        if what != "show":
            keyring.write(path, document, replace=True)
            keyring.forget()
            if what == "rotate":
                for signed in Log.objects.exclude(halt__isnull=False):
                    chain.sign_anew(signed)
            audit.record(audit.Action.KEYS_ROTATED, "keys:ledger", by="command", detail=what)
        log = chain.newest(chain.INDEX)
        if log is None:
            self.stdout.write("No log was begun yet; the first run of the worker does.")
            return 0
        for place, key in enumerate(chain.keys_of(log)):
            self.stdout.write(f"{key}   {'signs' if place == 0 else 'signs beside it, until `ledger keys drop-old`'}")
        return 0

    def _add_cosignature(self, file: Path, **_: Any) -> int:
        try:
            data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as error:
            raise CommandError(
                f"{file} cannot be read: {error.strerror}. Give the file that the witness sent."
            ) from None
        for row in witnessing.take(data):
            self.stdout.write(f"{row.witness} cosigned {row.checkpoint.size:,} entries at {row.made_at:%Y-%m-%d %H:%M}")
        return 0

    def _witness(self, url: str, store: Path, key: Path, make_key: str, log_key: str, **_: Any) -> int:
        if make_key:
            self._make_key(key, make_key)
        signer = note.parse_signer(key.read_text()) if key.exists() else None
        if signer is None:
            raise CommandError(f"{key} does not exist. Make it with --make-key NAME.")
        base = url.rstrip("/") if url.rstrip("/").endswith("/ledger") else f"{url.rstrip('/')}/ledger"
        try:
            seen = following.look(base, store=store, signer=signer, pin=log_key)
        except fetching.FetchRefused as error:
            self.stderr.write(f"{base} cannot be read: {error.message}")
            return UNREACHABLE
        self.stdout.write(seen.note, ending="")
        self.stderr.write(f"{seen.checkpoint.origin}: {seen.before:,} entries before, {seen.checkpoint.size:,} now")
        if not seen.before and not log_key:
            self.stderr.write(f"Followed from now on by the key that it showed, compare it with a print: {seen.key}")
        return 0

    def _make_key(self, path: Path, name: str) -> None:
        if path.exists():
            raise CommandError(f"{path} exists already. Keys are never overwritten.")
        signer = note.new_signer(name)
        path.touch(mode=0o600)
        path.write_text(note.signer_text(signer))
        self.stderr.write(f"{path} made. Give the site's operator this line for WITNESSES: {signer.verifier}")
