"""What must run inside the site's own settings, as a process of its own: ``manage.py shell`` calls these functions.

Each prints its answer as JSON.
"""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.utils import timezone

from campaign.public.views import files
from campaign.public.views import signing as door
from letters.accounts.models import User
from letters.core import places, tokens
from letters.documents.models import Letter
from letters.moderation import queue as moderation_queue
from letters.moderation.models import Case
from letters.outbox.models import Message, MessageState
from letters.press import columns, exports
from letters.signatures import listing
from letters.signatures.models import Signature
from tools.bench import filling

DEEP = 0.7  # how far down the list the deep page is


def fill(amount: int, vocabulary: int) -> None:
    """Fill the database; tells the addresses that are measured."""
    filling.fill(amount, vocabulary=vocabulary)
    letter = Letter.objects.get()
    rows = Signature.objects.public().order_by("list_key", "id")
    deep = rows[int(amount * DEEP)]
    _tell(
        {
            "letter": letter.get_absolute_url(),
            "after": listing.cursor_of(deep),
            "common": filling.COMMON,
            "rare": filling.RARE.split()[1],
        }
    )


def wait(amount: int) -> None:
    """Hold that many signatures and put each into the queue; tells the desk's addresses and the cookie of an operator
    who is logged in."""
    letter = Letter.objects.get()
    now, known = timezone.now(), Case.objects.count()
    rows = Signature.objects.confirmed().filter(held_reason="").order_by("pk")[: amount - known]
    held = list(rows.values_list("pk", flat=True))
    cases = [
        Case(letter=letter, signature_id=pk, reason="mixed-script", is_holding=True, opened_at=now,
             due_at=now + timedelta(hours=48, milliseconds=known + place))
        for place, pk in enumerate(held)
    ]  # fmt: skip
    Case.objects.bulk_create(cases, batch_size=2000)
    Signature.objects.filter(pk__in=held).update(held_reason="mixed-script")
    desk = f"/desk/{letter.slug}/"
    deep = Case.objects.waiting().order_by("due_at")[int(amount * DEEP)]
    pages = {
        "queue": f"{desk}queue/",
        "deep page of the queue": f"{desk}queue/?after={moderation_queue.cursor_of(deep)}",
        "case": f"{desk}queue/{deep.public_id}/",
        "pace": f"{desk}pace/",
        "numbers": f"{desk}numbers/",
    }
    _tell({"cookie": _logged_in(), "pages": list(pages), **pages})


def _logged_in() -> str:
    """The cookie of a fresh session of an operator."""
    email = f"bench@{settings.ALLOWED_HOSTS[0]}"
    user, _made = User.objects.get_or_create(email=email, defaults={"username": email, "is_staff": True})
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def nonces(amount: int) -> None:
    """Form nonces, as the form's page makes them."""
    _tell([tokens.make(door.FORM, uuid4()) for _ in range(amount)])


def queries() -> None:
    """The COPY statement of the CSV file with its parameters filled in, and the same without the formula guard."""
    letter = Letter.objects.select_related("version").get()
    if letter.version is None:
        raise LookupError("The letter has no text.")
    guarded = exports.copy_query()
    plain = guarded
    for column in columns.COLUMNS:
        plain = plain.replace(columns.guarded_sql(column.sql), f"({column.sql})::text") if column.typed else plain
    context = columns.Context(
        letter.version.number, files.permalink_for(letter), texts=exports.texts_of(letter.version)
    )
    parameters = {
        "alpha3": json.dumps(places.alpha3()),
        "country": json.dumps(columns.english_countries()),
        "texts": json.dumps(context.texts),
        "permalink": context.permalink,
        "version_id": letter.version.pk,
    }
    connection.ensure_connection()
    with psycopg.ClientCursor(connection.connection) as cursor:
        _tell({"guarded": cursor.mogrify(guarded, parameters), "plain": cursor.mogrify(plain, parameters)})


def queue(amount: int) -> None:
    """Queue confirmation mails by signing, held back until tomorrow: an UPDATE of next_at lets them go."""
    letter = Letter.objects.select_related("version").get()
    with transaction.atomic():
        for place in range(amount):
            filling.sign(letter, "Anna van der Berg", f"anna.{place}.{uuid4().hex[:8]}@example.org")
        held = Message.objects.filter(state=MessageState.DUE).update(next_at=timezone.now() + timedelta(days=1))
    _tell(held)


def _tell(answer: object) -> None:
    print(json.dumps(answer))
