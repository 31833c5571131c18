"""A canary person goes through every flow; after erasure no table and no log holds a byte of them."""

import logging
from io import StringIO

import pytest
from django.conf import settings as site
from django.urls import reverse
from django.utils.module_loading import import_string

from letters.core import addresses, sealed, tokens
from letters.outbox import suppressing
from letters.press import relaying
from letters.press.models import Question
from letters.signatures import counting, managing, reminding, retaining
from letters.signatures.models import Signature
from tests.factories import make_letter, make_user, sign_and_confirm
from tests.public.visitor import deliver, link_in, send
from tests.security.snapshots import rows_of_all_tables, tables_with

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CANARY = {
    "display_name": "Zyxkwob Canary",
    "position": "Zyxkwobologist",
    "affiliation": "Zyxkwob Institute",
    "email": "zyxkwob-canary@zyxkwob.example",
    "comment": "Zyxkwob sings.",
    "given_name": "Zyxkwob",
    "family_name": "Canary",
    "honorific_prefix": "Zyxkwob.",
    "website": "https://example.org/zyxkwob",
    "consent_press": "on",
}
WORDS = ("zyxkwob", "canary", b"zyxkwob".hex())


@pytest.fixture
def log():
    """All that the site's own handler would print, at the finest level."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(import_string(site.LOGGING["formatters"]["line"]["()"])("%(message)s"))
    handler.addFilter(import_string(site.LOGGING["filters"]["private"]["()"])())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)  # statements are for a developer alone
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)
    logging.getLogger("django.db.backends").setLevel(logging.NOTSET)


def bytes_of(letter):
    """The blind indexes of the canary, as a database prints them."""
    canonical = addresses.canonical(CANARY["email"])
    return [
        repr(value)[2:-1]
        for value in (*sealed.letter_indexes(letter.pk, canonical), suppressing.index_of(CANARY["email"]))
        if value
    ]


def live(client, letter, mailoutbox):
    """Refused once, sent twice, reminded, confirmed, searched, corrected, asked by a journalist, hidden, asked for the
    link; returns the path of the own page and every token that was mailed."""
    send(client, letter, **{**CANARY, "email": "zyxkwob-canary@zyxkwob"})
    waiting = send(client, letter, **CANARY)["Location"]
    client.post(waiting, {"action": "resend"})
    client.post(waiting, {"action": "code", "code": "ZYXZ-YXZY"})
    mails = deliver(mailoutbox)
    reminding.remind()
    client.post(link_in(mails[0], "/confirm/"))
    counting.refresh()
    client.get(f"/letters/{letter.slug}/signatories/?q=zyxkwob")
    row = Signature.objects.get(display_name="Zyxkwob Canary")
    own = reverse("public:mine", args=[managing.token_for(row)])
    client.post(own, {"action": "correct", **CANARY, "position": "Zyxkwob chief"})
    asked = {"name": "Jo", "outlet": "Paper", "email": "jo@paper.example", "text": "Why do you sing, Zyxkwob Canary?"}
    client.post(reverse("public:ask", args=[letter.slug, row.public_id]), asked)
    relaying.confirm(Question.objects.get().public_id)
    client.post(own, {"action": "hide"})
    client.post(reverse("public:mine-link", args=[letter.slug]), {"email": CANARY["email"]})
    mails += deliver(mailoutbox)
    send(client, letter, **{**CANARY, "comment": "Zyxkwob again."})
    return row, own, mails


def test_erased_person_is_nowhere(client, mailoutbox, log):
    make_user()
    letter = make_letter(slug="lift")
    sign_and_confirm(letter, "bob")
    row, own, mails = live(client, letter, mailoutbox)
    assert {table for table, _ in tables_with(WORDS)} == {"signatures_signature"}
    assert tables_with(bytes_of(letter)) != []

    client.post(own, {"action": "erase"})
    counting.refresh()

    assert tables_with([*WORDS, *bytes_of(letter)]) == []
    assert deliver(mailoutbox) == []
    written = log.getvalue()
    secrets = [part for mail in mails for line in mail.body.splitlines() for part in line.split("/") if len(part) > 60]
    code = tokens.code_for(row.public_id)
    told = [word for word in (*WORDS, *secrets, code, f"{code[:4]}-{code[4:]}") if word.lower() in written.lower()]
    assert (len(mails) >= 2, len(secrets) >= 3, "Unprocessable Entity" in written) == (True, True, True)
    assert told == []


def test_withdrawn_person_is_gone_once_the_receipt_has_left(client, mailoutbox):
    letter = make_letter(slug="lift")
    row, own, _ = live(client, letter, mailoutbox)
    deliver(mailoutbox)

    client.post(own, {"action": "withdraw"})
    between = tables_with(WORDS)
    receipts = deliver(mailoutbox)
    retaining.run()

    row.refresh_from_db()
    assert (between, [mail.to for mail in receipts]) == ([], [[CANARY["email"]]])
    assert (row.email_sealed, row.email_index_odd, tables_with(WORDS)) == (None, None, [])


def test_block_holds_no_address(client, mailoutbox):
    letter = make_letter(slug="lift")
    send(client, letter, **CANARY)
    (mail,) = deliver(mailoutbox)

    client.post(link_in(mail, "/confirm/"), {"action": "not-me"})

    assert tables_with(WORDS) == []
    assert len(rows_of_all_tables()["outbox_suppression"]) == 1


def test_address_is_sealed_while_it_is_stored(client):
    letter = make_letter(slug="lift")

    send(client, letter, **CANARY)

    assert tables_with(["zyxkwob-canary@zyxkwob.example", "zyxkwob.example"]) == []
    assert Signature.objects.get().email == "zyxkwob-canary@zyxkwob.example"


def test_dump_of_the_database_opens_no_link(client, mailoutbox):
    letter = make_letter(slug="lift")
    send(client, letter, **CANARY)
    (mail,) = deliver(mailoutbox)
    token = link_in(mail, "/confirm/").split("/")[2]
    code = next(line for line in mail.body.splitlines() if len(line) == 9 and line[4] == "-")

    assert tables_with([token, token[24:], code, code.replace("-", "")]) == []
