"""What became of a letter, as readers see it; and the end of updates, which needs no login."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from letters.outreach import timeline, unsubscribing, updates
from letters.outreach.models import Delivery
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_user
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db
MINISTER = "Jo Doe, Minister, Ministry of Trade"


@pytest.fixture
def letter(db):
    return make_letter(slug="lift")


@pytest.fixture
def alice(db):
    return make_user("alice")


def add(letter, alice, kind="media", **changes):
    entry = timeline.Entry(kind, timezone.now().date(), **{"title": "A paper wrote", **changes})
    return timeline.add(letter, entry, by=alice)


def page_of(client, letter):
    return client.get(reverse("public:timeline", args=[letter.slug]))


def test_statements_are_labelled_and_facts_are_not(client, letter, alice):
    label = "By the organisers. It is not part of the letter, and the signatories did not sign it."
    add(letter, alice, url="https://paper.example/1", source="The Paper")
    page = page_of(client, letter)
    assert label not in words_of(page)
    assert 'href="https://paper.example/1" rel="nofollow noopener noreferrer">The Paper</a>' in page.content.decode()

    add(letter, alice, "statement", text="We **go on**.")
    assert label in words_of(page_of(client, letter))
    assert b"<strong>go on</strong>" in page_of(client, letter).content


def test_the_letter_page_tells_nothing_before_something_happened(client, letter, alice):
    assert "What became of it" not in words_of(client.get(letter.get_absolute_url()))

    for number in range(7):
        add(letter, alice, title=f"Paper {number}")
    page = words_of(client.get(letter.get_absolute_url()))
    assert "What became of it" in page
    assert ("Paper 6" in page, "Paper 1" in page) == (True, False)
    assert "with 3 more entries" in page


def test_a_change_shows_at_once_and_silence_grows_by_the_day(client, letter, alice):
    with time_machine.travel("2026-11-24 12:00+00:00", tick=False) as clock:
        add(letter, alice)
        Delivery.objects.create(
            letter=letter, addressee=MINISTER, channel="post", delivered_on=timezone.now().date(), persons=0,
            organizations=0, version=letter.version, recorded_at=timezone.now(),
        )  # fmt: skip
        first = page_of(client, letter)
        assert "No response known as of 24 November 2026 (0 days since delivery)." in words_of(first)
        url = reverse("public:timeline", args=[letter.slug])
        assert client.get(url, headers={"if-none-match": first.headers["ETag"]}).status_code == 304
        add(letter, alice, title="Another paper")
        second = client.get(url, headers={"if-none-match": first.headers["ETag"]})
        assert (second.status_code, "Another paper" in words_of(second)) == (200, True)
        clock.shift(timedelta(days=1))
        third = client.get(url, headers={"if-none-match": second.headers["ETag"]})
        assert "(1 day since delivery)" in words_of(third)


def test_hostile_text_is_text(client, letter, alice):
    add(letter, alice, title="<script>alert(1)</script>", text="<img src=x onerror=alert(1)> [a](javascript:alert(1))")

    page = page_of(client, letter).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<img" not in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize("amount", [1, 3])
def test_the_page_costs_the_same_at_any_length(client, letter, alice, amount, django_assert_num_queries):
    from letters.signatures import counting  # noqa: PLC0415 - needs the apps

    counting.refresh()
    for _ in range(amount):
        add(letter, alice)

    with django_assert_num_queries(3):
        page_of(client, letter)


@pytest.mark.parametrize("state", ["draft", "private", "embargoed"])
def test_nobody_reads_the_timeline_of_a_letter_that_is_not_public(client, state):
    assert page_of(client, make_letter(state=state)).status_code == 404


# --- no more updates ---


@pytest.fixture
def line(letter):
    return make_signature(letter, consent_updates=True)


def off(line):
    return reverse("public:updates", args=[unsubscribing.token_for(line)])


def is_on(line):
    return Signature.objects.get(pk=line.pk).consent_updates


def test_a_mail_programs_one_click_works_without_login_cookie_or_form(line):
    from django.test import Client  # noqa: PLC0415 - a client that checks CSRF

    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        response = program.post(off(line), {"List-Unsubscribe": "One-Click"})
        assert (response.status_code, len(response.cookies)) == (200, 0)
    assert is_on(line) is False


def test_looking_changes_nothing(client, line):
    page = client.get(off(line))
    assert (page.status_code, "No more of these mails" in words_of(page), is_on(line)) == (200, True, True)
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize("then", [[], [{"action": "stop"}]])
def test_the_page_ends_updates_and_hands_out_no_key_to_the_signature(client, line, then):
    """A mail about updates is forwarded more easily than the link to one's own signature."""
    for action in then:
        client.post(off(line), action)
    page = client.get(off(line))

    links = re.findall(r'(?:href|action)="([^"]*)"', page.text)
    tokens_in = {part for link in links for part in link.split("/") if len(part) > 40}
    assert managing.token_for(line) not in page.text
    assert tokens_in <= {unsubscribing.token_for(line)}
    assert reverse("public:mine-link", args=[line.letter.slug]) in links


def test_the_button_ends_it_and_the_next_takes_it_back(client, line):
    page = client.post(off(line), {"action": "stop"}, follow=True)
    assert (page.redirect_chain[0][1], is_on(line)) == (303, False)
    assert "You get no more updates." in words_of(page)
    page = client.post(off(line), {"action": "renew"}, follow=True)
    assert ("You get updates again." in words_of(page), is_on(line)) == (True, True)


def test_a_program_cannot_renew(client, line):
    client.post(off(line), {"List-Unsubscribe": "One-Click", "action": "renew"})

    assert is_on(line) is False


def test_an_odd_post_changes_nothing(client, line):
    assert client.post(off(line), {"action": "dance"}).status_code == 410
    assert is_on(line) is True


@pytest.mark.parametrize("token", ["x", "A" * 66])
def test_a_broken_link_is_named(client, db, token):
    for answer in (client.get, client.post):
        assert answer(reverse("public:updates", args=[token])).status_code == 404


def test_the_link_of_an_erased_row_still_answers(client, line):
    url = off(line)
    line.delete()

    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "is gone, and its address with it" in words_of(client.get(url))


def test_the_link_of_a_test_mail_changes_nothing(client, db):
    url = reverse("public:updates", args=["test"])

    assert "This link came with a test mail." in words_of(client.get(url))
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_a_mail_that_waits_is_kept_back(client, letter, line, alice):
    from letters.outbox.models import Message  # noqa: PLC0415 - needs the apps

    updates.start(updates.write(letter, updates.Words("s", "b"), by=alice), revision=1, by=alice)
    client.post(off(line), {"List-Unsubscribe": "One-Click"})

    assert Message.objects.get(kind="update").state == "withheld"


def test_the_own_page_ends_updates_and_has_words_for_colleagues(client, line):
    mine = reverse("public:mine", args=[managing.token_for(line)])
    page = client.get(mine)
    assert "You get updates of the organisers by e-mail." in words_of(page)
    assert f'action="{off(line)}"' in page.content.decode()
    assert "I have signed an open letter: “Lift the restriction”." in words_of(page)

    client.post(off(line), {"action": "stop"})
    assert "You get updates of the organisers" not in words_of(client.get(mine))
