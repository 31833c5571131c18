"""One real address for every URL name of the visitors' door, and for every other URL pattern of the site."""

import re
import uuid
from datetime import timedelta

from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from campaign.public import urls
from campaign.public.views import signing as views
from letters.accounts.models import User
from letters.core import tokens
from letters.documents.models import Amendment, Succession, Version
from letters.ledger import chain
from letters.moderation import alerting, disputing
from letters.moderation.models import Alert, Dispute
from letters.outbox import suppressing
from letters.outbox.models import SuppressionReason
from letters.outreach import unsubscribing
from letters.press import embargoes, following, proofs, relaying, sequencing, snapshots
from letters.press.models import CorrectionReader, EmbargoAccess, Question, Snapshot
from letters.signatures import inviting, managing, renewing, signing
from letters.signatures.models import Renewal
from letters.verification import checking
from tests.factories import make_invitation

READ = ("home", "privacy", "letter", "version", "version-text", "signatories", "signature", "signatories-csv",
        "signatories-json", "count", "methodology", "changes", "timeline", "share", "corrections",
        "corrections-atom", "press", "snapshot", "snapshot-file", "live-file",
        "press-people", "openings", "ledger-checkpoint", "ledger-checkpoint-proof", "ledger-log-checkpoint-proof",
        "ledger-key", "ledger-entries", "ledger-log-checkpoint", "ledger-log-entries",
        "letter-pdf", "share-image", "share-square", "qr-svg",
        "qr-png", "check", "check-file", "ended")  # fmt: skip
"""What is the same for every reader and may change; tiles of the ledger and its site log: see test_ledger."""
FORMS = (
    "sign",
    "sign-organization",
    "sent",
    "mine-link",
    "confirm",
    "not-me",
    "mine",
    "verify",
    "verify-mail",
    "invited",
    "invited-sign",
    "dispute",
    "dispute-confirm",
    "renew",
    "updates",
    "alerts",
    "corrections-mail",
    "embargo",
    "embargo-room",
    "ask",
    "question",
    "questions-stop",
    "corrections-reader",
)
"""What belongs to one visitor."""


def _log_name(letter):
    log = proofs.log_of(letter)
    return chain.name_of(log) if log else "none"


def names():
    """Every URL name of the door."""
    return [pattern.name for pattern in urls.urlpatterns]


def addresses_for(confirmed, waiting, mail_id="1-1"):
    """URL name → path: ``confirmed`` is a signature in the list, ``waiting`` one that is not confirmed yet."""
    slug = confirmed.letter.slug
    sequencing.run()
    block = suppressing.suppress("blocked@example.net", SuppressionReason.NOT_ME)
    mine = managing.token_for(confirmed)
    invited = inviting.token_for(make_invitation(confirmed.letter))
    check = checking.open_check(confirmed, "work_email", "1work@example.net")
    disputing.ask(confirmed, kind="not-them", text="x", email="third@example.net")
    dispute = Dispute.objects.latest("id")
    arguments = {
        "home": [],
        "privacy": [],
        "letter": [slug],
        "version": [slug, 1],
        "version-text": [slug, 1],
        "changes": [slug, "1.0", "1.1"],
        "renew": [renewing.token_for(_asked(confirmed))],
        "signatories": [slug],
        "signature": [slug, confirmed.public_id],
        "signatories-csv": [slug],
        "signatories-json": [slug],
        "count": [slug],
        "press": [slug],
        "letter-pdf": [slug],
        "share-image": [slug],
        "share-square": [slug],
        "qr-svg": [slug],
        "qr-png": [slug],
        "snapshot": [slug, _kept(confirmed.letter)],
        "snapshot-file": [slug, _kept(confirmed.letter), "signatories.csv"],
        "live-file": [slug, "organizations.csv"],
        "openings": [slug],
        **{f"ledger-{name}": [slug] for name in ("checkpoint", "checkpoint-proof", "key", "entries")},
        "ledger-tile": [slug, "0", "000.p/1"],
        "ledger-log-checkpoint": [slug, _log_name(confirmed.letter)],
        "ledger-log-checkpoint-proof": [slug, _log_name(confirmed.letter)],
        "ledger-log-entries": [slug, _log_name(confirmed.letter)],
        "ledger-log-tile": [slug, _log_name(confirmed.letter), "0", "000.p/1"],
        "ledger-site-checkpoint": [],
        "ledger-site-key": [],
        "ledger-witness-program": [],
        "ledger-site-log-checkpoint": ["index"],
        "ledger-site-log-tile": ["index", "0", "000.p/1"],
        "ledger-site-tile": ["0", "000.p/1"],
        "sign": [slug],
        "sign-organization": [slug],
        "sent": [slug, tokens.make(views.SENT, waiting.public_id)],
        "mine-link": [slug],
        "confirm": [tokens.make(signing.CONFIRM, waiting.public_id)],
        "not-me": [tokens.make(views.UNBLOCK, block.public_id)],
        "mine": [mine],
        "methodology": [slug],
        "check": [slug],
        "check-file": [slug, "verify.py"],
        "ended": [slug],
        "timeline": [slug],
        "share": [slug],
        "corrections": [slug],
        "press-people": [slug],
        "embargo": [embargoes.token_for(_journalist(confirmed.letter))],
        "embargo-room": [slug],
        "ask": [slug, confirmed.public_id],
        "question": [relaying.token_for(_question(confirmed))],
        "questions-stop": [relaying.stop_token_for(confirmed)],
        "corrections-mail": [slug],
        "corrections-atom": [slug],
        "corrections-reader": [following.token_for(_reader(confirmed.letter))],
        "alerts": [alerting.token_for(_alert())],
        "updates": [unsubscribing.token_for(confirmed)],
        "verify": [mine, "work_email"],
        "verify-mail": [tokens.make("work_email", check.public_id)],
        "invited": [invited],
        "invited-sign": [invited],
        "mine-data": [mine],
        "mine-proof": [mine],
        "dispute": [slug, confirmed.public_id],
        "dispute-confirm": [disputing.token_for(dispute)],
        "healthz": [],
        "readyz": [],
        "mailbox": [],
        "mailbox-json": [],
        "mailbox-html": [mail_id],
    }
    return {name: reverse(f"public:{name}", args=found) for name, found in arguments.items()}


def _journalist(letter):
    """Let in before the launch."""
    now = timezone.now()
    access = EmbargoAccess(letter=letter, recipient_index=b"x" * 32, made_at=now, invited_at=now, expires_at=now)
    access.set_content({"name": "Jo", "outlet": "The Paper", "email": "jo@paper.example"})
    access.save()
    return access


def _question(signature):
    """To somebody who takes questions."""
    relaying.set_asked(signature.public_id, wanted=True)
    signature.refresh_from_db()
    relaying.ask(signature, relaying.Asked("Jo", "The Paper", "jo@paper.example", "Why did you sign this letter?"))
    return Question.objects.latest("id")


def _alert():
    user, _is_new = User.objects.get_or_create(email="alerted@example.org", username="alerted@example.org")
    return Alert.objects.get_or_create(user=user)[0]


def _reader(letter):
    following.ask(letter, "desk@paper.example", language="en")
    return CorrectionReader.objects.latest("id")


def _kept(letter):
    """The moment of a snapshot of the letter with one file, put there without the work of making it."""
    now = timezone.now()
    made = {"as_of": now, "asked_at": now, "ready_at": now, "looked_at": now, "number": 1, "text_label": "1.0"}
    count = {"sentence": "Some signed.", "by_verification": {"email": 1, "account": 0, "affiliation": 0}}
    row, _is_new = Snapshot.objects.get_or_create(
        letter=letter, label="2026-11-28T1400Z", state="ready", version=letter.version,
        defaults={**made, "count": count, "persons": 1},
    )  # fmt: skip
    row.files.get_or_create(name="signatories.csv", defaults={"place": 0, "has_names": True, "size_bytes": 3})
    path = snapshots.folder_of(row) / "files" / "signatories.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a\r\n")
    return row.label


def _asked(confirmed):
    """The question about a text that followed: as it is found when a later one has replaced that as well."""
    older = confirmed.letter.versions.get(number=1)
    made = {"text": "x", "sha256": "0" * 64, **older.words}
    version = Version.objects.create(letter=confirmed.letter, number=99, **made)
    now = timezone.now()
    Succession.objects.create(version=version, before=older, note="x", deadline=now + timedelta(days=5), made_at=now)
    Amendment.objects.create(version=older, number=1, note="x", **made)
    return Renewal.objects.create(signature=confirmed, version=version, asked_at=now)


_SAMPLES = {
    "slug": "no-such-letter", "number": "1", "public_id": str(uuid.UUID(int=1)), "nonce": "x", "token": "x",
    "mail_id": "x", "upload_id": str(uuid.UUID(int=2)), "object_id": "1",
    "content_type_id": "1", "app_label": "outbox", "kind": "x", "provider_id": "x", "organization_slug": "x",
    "url": "x", "id": "1", "pk": "1", "label": "1", "other": "1.0", "language": "de",
    "signature_id": str(uuid.UUID(int=3)), "rest": "x/y", "index": "0",
    "name": "x", "as_of": "2026-01-01T0000Z", "file": "organizations.csv",
    "level": "0", "path": "000",
}  # fmt: skip


def every_path():
    """A path for each URL pattern of the site, its parameters filled with samples that name nothing."""
    return sorted(_walk(get_resolver(), ""))


def _walk(resolver, before):
    for entry in resolver.url_patterns:
        path = before + _filled(str(entry.pattern))
        if isinstance(entry, URLPattern):
            yield f"/{path}"
        else:
            yield from _walk(entry, path)


def _filled(route):
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda found: _SAMPLES[found[1]], route)
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: _SAMPLES[found[1]], route)
    return route.removeprefix("^").removesuffix("$").replace(r"\Z", "")
