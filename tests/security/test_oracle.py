"""Nobody learns from us who signed: one answer and one amount of work for every address."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from letters.outbox import sending, suppressing
from letters.outbox.models import SuppressionReason
from letters.signatures import managing
from tests.factories import make_letter, sign_and_confirm, sign_up
from tests.public.visitor import deliver, filled, sign_path

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLASSES = ("new", "pending", "confirmed", "hidden", "withdrawn", "erased", "blocked", "capped")
ADDRESS = "suzie@example.com"


@pytest.fixture
def letter():
    return make_letter(slug="lift")


def make_known(letter, known):
    """Bring the address into one of the states that an answer must not tell."""
    if known == "pending":
        sign_up(letter, email=ADDRESS)
    elif known in ("confirmed", "hidden", "withdrawn", "erased"):
        row = sign_and_confirm(letter, email=ADDRESS)
        if known == "hidden":
            managing.hide(row.public_id, hidden=True)
        elif known != "confirmed":
            getattr(managing, {"withdrawn": "withdraw", "erased": "erase"}[known])(row.public_id)
    elif known == "blocked":
        suppressing.suppress(ADDRESS, SuppressionReason.NOT_ME)
    elif known == "capped":
        for number in range(4):
            sign_up(letter, email=ADDRESS, comment=f"Attempt {number}")
    sending.deliver_due()


def shape(response):
    """An answer without what is random in it: the form's mark and the attempt's id."""
    body = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", response.content)
    headers = {
        name: re.sub(r"/sign/[\w-]{66}/$", "/sign/…/", value)
        for name, value in response.headers.items()
        if name != "Content-Length" or not response.content
    }
    return response.status_code, headers, body


def statements(queries):
    """What was asked of the database, without the values."""
    return [re.sub(r"'[^']*'|\d+", "?", query["sql"])[:60] for query in queries]


def answers_of(client, letter, known):
    """Everything that a stranger who types an address can see, and what it costs us."""
    make_known(letter, known)
    data = filled(letter, email=ADDRESS)
    with CaptureQueriesContext(connection) as queries:
        sent = client.post(sign_path(letter), data)
        waiting = client.get(sent["Location"])
    sending.deliver_due()
    seen = [sent, waiting]
    seen += [client.post(sign_path(letter), data)]  # the same form, after the worker has decided
    seen += [client.post(sign_path(letter), {**data, "display_name": "Somebody Else"})]
    seen += [client.get(sent["Location"]), client.post(sent["Location"], {"action": "resend"})]
    seen += [client.post(sent["Location"], {"action": "code", "code": "ABCD-2345"})]
    return [shape(response) for response in seen], statements(queries.captured_queries)


@pytest.mark.parametrize("known", CLASSES[1:])
def test_signing_answers_alike_whatever_is_known_of_the_address(client, letter, known):
    other = make_letter(slug="lift-2")
    expected, cost = answers_of(client, other, "new")

    answers, paid = answers_of(client, letter, known)

    assert [status for status, _, _ in answers] == [303, 200, 303, 303, 200, 200, 422]
    assert repr(answers).replace("lift-2", "lift") == repr(expected).replace("lift-2", "lift")
    assert paid == cost


def test_same_form_leads_to_the_same_tab_after_the_worker_has_decided(client, letter):
    for known in CLASSES:
        letter = make_letter(slug=f"lift-{known}")
        make_known(letter, known)
        data = filled(letter, email=ADDRESS)
        first = client.post(sign_path(letter), data)

        sending.deliver_due()
        second = client.post(sign_path(letter), data)

        assert (known, second.status_code, second["Location"]) == (known, 303, first["Location"])


@pytest.mark.parametrize("known", CLASSES[1:])
def test_lost_link_answers_alike_whatever_is_known_of_the_address(client, letter, known):
    def ask(under):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(reverse("public:mine-link", args=[under.slug]), {"email": ADDRESS})
        return repr(shape(answer)).replace(under.slug, "lift"), statements(queries.captured_queries)

    other = make_letter(slug="lift-2")
    make_known(letter, known)
    expected = [ask(other), ask(other)]

    assert [ask(letter), ask(letter)] == expected
    assert expected[0][0].startswith("(200,")


def test_owner_alone_is_told(client, letter, mailoutbox):
    sign_and_confirm(letter, email=ADDRESS)

    client.post(sign_path(letter), filled(letter, email=ADDRESS))

    (mail,) = deliver(mailoutbox)
    assert (mail.to, mail.subject) == ([ADDRESS], f"You have already signed: {letter.title}")
