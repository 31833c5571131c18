"""Fills a site's database with confirmed signatures, fast: one is signed and confirmed by the product's own rules, the
others are made of it by SQL, with real names, sort keys and random blind indexes. Runs inside the site's settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.utils import timezone

from letters.documents.models import Letter
from letters.outbox.models import Message, MessageState
from letters.signatures import counting, signing
from letters.signatures.models import Signature
from letters.verification.models import Evidence

SPREAD = timedelta(days=20)  # shorter than any rule of retention
COMMON = "Anna"  # an eighth of all: its search fills a page at any size
RARE = "Zebedee Quillfeather"

GIVEN = (
    "Amina", "Bram", "Chiara", "Dmitri", "Éloïse", "Faisal", "Greta", "Hiroshi", "Ingrid", "João", "Katarzyna", "Luis",
    "Maëlle", "Nadia", "Ólafur", "Priya", "Quentin", "Rosa", "Søren", "Tomás", "Ursula", "Víctor", "Wanjiru", "Ximena",
    "Yusuf", "Zoë", "Αλέξης", "Ольга", "Andrzej", "Beatriz", "Cormac", "Dalia", "Emil", "Fatou", "Giorgos", "Hanneke",
    "Ismail", "Jelena", "Kofi", "Leïla", "Mateusz", "Noor", "Oskar", "Pilar", "Rafaël", "Sanna", "Thijs", "Umberto",
)  # fmt: skip
PARTICLES = ("", "", "", "", "van der ", "de ", "von ", "al-")
ROOTS = (
    "Berg", "Sørlund", "Okonkwo", "Haugen", "Tanaka", "Moreau", "Kovács", "Nguyen", "Fischer", "Rossi", "Silva",
    "Novak", "Laine", "Petrov", "Yılmaz", "Murphy", "Costa", "Weber", "Jansen", "Lindqvist", "Díaz", "Dubois",
    "Farah", "Gallo", "Horvat", "Ivanova", "Jovanović", "Khalil", "Larsson", "Mensah",
)  # fmt: skip
ENDS = ("", "son", "mann", "ski", "ez", "ova", "ström", "gaard", "ides", "escu", "well", "ton", "ier", "ini")

FROM_NAMES = "generate_series(1, {amount}) i JOIN bench_name n ON n.number = i::bigint * 7919 % {vocabulary}"
FROM_SIGNATURES = "signatures_signature s"
SIGNATURE = {
    "public_id": "gen_random_uuid()",
    "display_name": "n.display_name",
    "sort_name": "n.sort_name",
    "list_key": "n.list_key",
    "search_text": "n.search_text",
    "country": "(ARRAY['NL','DE','FR','NO','BR','IN','JP','KE','US','PL'])[i % 10 + 1]",
    "position": "(ARRAY['Professor of Cryptography','Security Engineer','Head of Incident Response',"
    "'Research Fellow','Chief Information Security Officer','Penetration Tester',''])[i % 7 + 1]",
    "email_index_odd": "sha256(int8send(i) || uuid_send(gen_random_uuid()))",
    "signed_at": "t.signed_at - i * interval '{step} microseconds'",
    "confirmed_at": "t.confirmed_at - i * interval '{step} microseconds'",
    "changed_at": "t.changed_at - i * interval '{step} microseconds'",
}
MESSAGE = {
    "recipient_index": "sha256(int8send(s.id) || uuid_send(s.public_id))",
    "subject_id": "s.public_id",
    "created_at": "s.signed_at",
    "next_at": "s.signed_at",
    "sent_at": "s.signed_at",
}
EVIDENCE = {"signature_id": "s.id", "checked_at": "s.confirmed_at"}


def fill(amount: int, *, vocabulary: int) -> None:
    """Bring an empty site to ``amount`` confirmed signatures, each with its evidence and its sent mail."""
    letter = Letter.objects.select_related("version").get()
    first = _confirmed(letter, RARE, "z.quillfeather@example.org")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_name (number int PRIMARY KEY, display_name text, sort_name text, list_key bytea, "
            "search_text text)"
        )
        known = list(_vocabulary(letter, first, vocabulary))
        cursor.executemany("INSERT INTO bench_name VALUES (%s, %s, %s, %s, %s)", known)
        with _indexes_afterwards(cursor, Signature, Message):
            _multiply(cursor, first, amount - 1, vocabulary)
    Signature.objects.filter(pk=first.pk).update(changed_at=timezone.now() - SPREAD)
    counting.refresh()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def sign(letter: Letter, name: str, email: str) -> UUID:
    """Sign through the product's own verb; returns the attempt's public id."""
    typed = signing.Typed(
        display_name=name, email=email, position="Professor of Cryptography", affiliation="University of Exampleton",
        affiliation_status="current", country="NL", comment="Defence needs its tools.", consent_comment=True,
    )  # fmt: skip
    text = letter.version.sha256 if letter.version else ""
    return signing.sign(letter, typed, nonce=uuid4(), text_sha256=text, consents_sha256="0" * 64)


def _confirmed(letter: Letter, name: str, email: str) -> Signature:
    """A confirmed signature whose mail is marked as sent."""
    signature = signing.confirm(sign(letter, name, email))
    Message.objects.update(state=MessageState.SENT, sent_at=timezone.now())
    return signature


def _vocabulary(letter: Letter, like: Signature, most: int) -> Iterator[tuple[int, str, str, bytes, str]]:
    """Names with what the product derives from them."""
    for number in range(most):
        given = COMMON if number % 8 == 0 else GIVEN[number % len(GIVEN)]
        root, end = ROOTS[number // 7 % len(ROOTS)], ENDS[number // 11 % len(ENDS)]
        row = Signature(
            letter=letter, display_name=f"{given} {PARTICLES[number // 5 % len(PARTICLES)]}{root}{end}",
            affiliation=like.affiliation, country=like.country, confirmed_at=like.confirmed_at,
        )  # fmt: skip
        signing.place(row)
        yield number, row.display_name, row.sort_name, bytes(row.list_key or b""), row.search_text


@contextmanager
def _indexes_afterwards(cursor: CursorWrapper, *models: type[Model]) -> Iterator[None]:
    """Drop the plain indexes of these tables, and make the very same ones after the block: that is faster."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = ANY(%s) AND NOT i.indisunique",
        [[model._meta.db_table for model in models]],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in found:
        cursor.execute(definition)


def _multiply(cursor: CursorWrapper, first: Signature, amount: int, vocabulary: int) -> None:
    """Make the other signatures, then a mail and an evidence row for each."""
    step = int(SPREAD.total_seconds() * 1e6 / amount)
    changed = {name: value.format(step=step) for name, value in SIGNATURE.items()}
    source = FROM_NAMES.format(amount=amount, vocabulary=vocabulary)
    _copies(cursor, Signature, first.pk, changed, source)
    message = Message.objects.get(subject_id=first.public_id)
    _copies(cursor, Message, message.pk, MESSAGE, f"{FROM_SIGNATURES} WHERE s.id <> {first.pk}")
    for evidence in Evidence.objects.filter(signature=first):
        _copies(cursor, Evidence, evidence.pk, EVIDENCE, f"{FROM_SIGNATURES} WHERE s.id <> {first.pk}")


def _copies(cursor: CursorWrapper, model: type[Model], template: int, changed: dict[str, str], source: str) -> None:
    """Insert rows equal to the template but for the changed columns, one for each row of the source."""
    columns = [str(field.column) for field in model._meta.local_concrete_fields if not field.primary_key]
    if unknown := changed.keys() - set(columns):
        raise LookupError(f"{model.__name__} has no column {', '.join(sorted(unknown))}: make tools/bench know that.")
    values = ", ".join(changed.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    cursor.execute(  # all of it is written here, nothing of it is typed by anybody
        f"WITH t AS (SELECT * FROM {table} WHERE id = {template}) "  # noqa: S608
        f"INSERT INTO {table} ({names}) SELECT {values} FROM t, {source}"
    )
