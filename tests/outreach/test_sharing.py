import re

import pytest
from django.urls import reverse

from letters.outreach import sharing
from tests.factories import make_letter
from tests.public.visitor import words_of


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("mastodon.social", "mastodon.social"),
        (" Mastodon.Social ", "mastodon.social"),
        ("@me@hachyderm.io", "hachyderm.io"),
        ("https://fosstodon.org/@me", "fosstodon.org"),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("a b.org", ""),
        ("evil.org/%2f@x", ""),
        ("https://[::1", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_a_server_is_found_in_what_people_type(typed, host):
    assert sharing.mastodon_host(typed) == host


@pytest.mark.django_db
def test_the_text_names_what_is_asked_of_whom(letter):
    text = sharing.colleagues_text(letter, letter.version, url="https://x.example/l/", name="Suzie")

    assert text == (
        "Dear colleague,\n\nI have signed an open letter: “Lift the restriction”.\n\nIt is addressed to Jo Doe, "
        "Minister, Ministry of Trade.\n\nIt asks:\n1. Lift the restriction.\n2. Publish the criteria.\n\nRead it, and "
        "sign it if you agree; it takes a minute:\nhttps://x.example/l/\n\nSuzie"
    )


@pytest.mark.django_db
def test_a_closed_letter_asks_nobody_to_sign():
    letter = make_letter(state="closed")

    assert "sign it" not in sharing.colleagues_text(letter, letter.version, url="https://x.example/l/")


@pytest.mark.django_db
def test_the_share_page_makes_a_link_and_asks_nobody(client, letter):
    url = reverse("public:share", args=[letter.slug])
    assert "This names no server." in words_of(client.get(url, {"server": "nonsense"}))
    page = client.get(url, {"server": "@me@mastodon.social"}).content.decode()

    assert 'href="https://mastodon.social/share?text=Lift%20the%20restriction%20http' in page
    assert re.findall(r'src="(?!/[^/])[^"]*', page) == []  # pictures and the frame are this site's own
