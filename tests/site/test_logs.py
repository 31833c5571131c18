"""The logs of a real site hold no address, token or name, whatever happens while people sign."""

import logging
import logging.config
import re
import sys
import time

import pytest
from django.conf import settings as settings_of_the_site

from campaign import logs
from letters.core import tokens
from letters.outbox import mailbox
from letters.signatures.models import Signature
from tests.factories import make_letter
from tests.public.visitor import SUZIE, filled, link_in, sign_path
from tests.site.processes import command, web

TOKEN = tokens.CODE_ALPHABET * 2 + "-_"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to suzie@example.com now", "to [address] now"),
        ("<Suzie.O'Neil+x@mail.example.co.uk>", "<Suzie.O'[address]>"),
        (f"GET /confirm/{TOKEN}/ HTTP/1.1", "GET /confirm/[token]/ HTTP/1.1"),
        ("GET /letters/lift/sign/abc/ HTTP/1.1", "GET /letters/lift/sign/[nonce]/ HTTP/1.1"),
        ("GET /letters/lift/signatories/?q=Suzie&x=1 HTTP/1.1", "GET /letters/lift/signatories/?[query] HTTP/1.1"),
        ("nothing of anybody", "nothing of anybody"),
    ],
)
def test_words_that_name_somebody_are_replaced(text, expected):
    assert logs.redacted(text) == expected


def test_overlong_words_cost_no_time():
    began = time.process_time()

    assert logs.redacted(f"Not Found: /{'a.' * 50_000}") == f"Not Found: /{'a.' * 50_000}"
    assert time.process_time() - began < 2  # looked for from each of its characters, it takes a minute


def record_of_a_fault(**extra):
    try:
        raise ValueError("suzie@example.com, Suzie van der Berg")
    except ValueError:
        fault = sys.exc_info()
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Fault at %s", ("suzie@example.com",), fault)
    record.__dict__.update(extra)
    return record


def test_traceback_says_where_and_not_what():
    printed = logs.PrivateFormatter("%(message)s").format(record_of_a_fault())

    assert printed.startswith("Fault at [address]\nTraceback (most recent call last):\n  File ")
    assert printed.endswith("ValueError")
    assert "Suzie" not in printed


def test_request_is_taken_off_before_any_handler_sees_it():
    record = record_of_a_fault(request="all that was typed")

    assert logs.PrivateFilter().filter(record) is True
    assert not hasattr(record, "request")


def test_broken_request_is_told_without_what_was_in_it():
    """gunicorn hands it to a handler of its own, which is set up before the site is."""
    ours, theirs = logging.getLogger("gunicorn.error"), logging.StreamHandler()
    ours.addHandler(theirs)
    ours.propagate = False

    logging.config.dictConfig(settings_of_the_site.LOGGING)

    assert (theirs in ours.handlers, ours.handlers, ours.propagate) == (False, [], True)
    assert all(isinstance(handler.formatter, logs.PrivateFormatter) for handler in _own_handlers())


def _own_handlers():
    """Those of the site, without what pytest adds."""
    return [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]


@pytest.mark.django_db(transaction=True)
def test_logs_of_the_whole_way_name_nobody(tmp_path, settings, mailoutbox):
    letter = make_letter(slug="lift")
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    shared = {"DATA_DIR": str(tmp_path), "REDIS_URL": None, "LOG_LEVEL": "DEBUG"}

    with web(**shared) as site:
        page = site.get(sign_path(letter))
        mark = re.search(rb'csrfmiddlewaretoken" value="(\w+)', page.content)[1].decode()
        cookie = {"Cookie": page.cookies[0].split(";")[0]}

        def post(path, **data):
            return site.post(path, {"csrfmiddlewaretoken": mark, **data}, **cookie)

        refused = post(sign_path(letter), **filled(letter, email="suzie@example"))
        unmarked = site.post(sign_path(letter), filled(letter))
        waiting = post(sign_path(letter), **filled(letter)).headers["Location"]
        wrong = post(waiting, action="code", code="ABCD-2345")
        printed, _ = command("outbox_relay", "--once", **shared)
        (mail,) = mailbox.caught()
        confirm = link_in(type("Mail", (), {"body": mail.text}), "/confirm/")
        welcome = post(confirm, action="confirm").headers["Location"]
        own = welcome.partition("?")[0]
        statuses = [refused.status, unmarked.status, wrong.status, site.get(confirm).status, site.get(welcome).status]
        statuses += [site.get(f"{own}data.json").status, site.get("/letters/lift/signatories/?q=Suzie").status]
        statuses += [post(own, action="withdraw").status, site.get(f"/confirm/{confirm[9:-5]}AAAA/").status]
    relay, _ = command("outbox_relay", "--once", **shared)

    row = Signature.objects.get()
    assert statuses == [422, 403, 422, 200, 200, 200, 200, 303, 404]
    assert (row.state, "1 mails sent" in printed, "1 mails sent" in relay) == ("withdrawn", True, True)
    code = tokens.code_for(row.public_id)
    secrets = [confirm[9:-1], own[6:-1], waiting.split("/")[-2], code, f"{code[:4]}-{code[4:]}", mark]
    words = [*(SUZIE[name] for name in ("display_name", "email", "position", "affiliation", "comment")), "suzie"]
    written = (site.log + printed + relay).lower()
    assert [word for word in (*words, *secrets) if word.lower() in written] == []
    assert "unprocessable entity: /letters/lift/sign/" in written
