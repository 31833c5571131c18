import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.core import addresses
from tests.properties import any_text, thorough


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("suzie@example.org", "suzie@example.org"),
        (" suzie@example.org ", "suzie@example.org"),
        ("Suzie.van+letters@Example.ORG", "Suzie.van+letters@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("x@bücher.example.de", "x@xn--bcher-kva.example.de"),
        ("x@xn--bcher-kva.example.de", "x@xn--bcher-kva.example.de"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_parse_takes_one_plain_address(typed, stored):
    assert addresses.parse(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "suzie",
        "suzie@",
        "@example.org",
        "suzie@example.org\r\nBcc: eve@example.org",
        "suzie@example.org\n",
        "suzie@example.org, eve@example.org",
        "suzie@example.org;eve@example.org",
        "suzie@eve@example.org",
        "Suzie <suzie@example.org>",
        "<suzie@example.org>",
        '"suzie"@example.org',
        '"su zie"@example.org',
        "suzie@localhost",
        "suzie@[127.0.0.1]",
        "suzie@[::1]",
        "suzie@127.0.0.1",
        "a" * 65 + "@example.org",
        "a@" + "b." * 130 + "org",
        "suzie@exa mple.org",
        "suzie@example..org",
        ".suzie@example.org",
        "suzie@-example.org",
        "suzie@example.org\0",
        "suzie\u200b@example.org",
        "suzie@example.org\u202e",
        "suzie(comment)@example.org",
        "mailto:suzie@example.org?",
        "jürgen@example.org",
        "\ud800@example.org",
        "suzie@\ud800.org",
    ],
)
def test_parse_refuses_anything_else(typed):
    with pytest.raises(addresses.AddressRefused) as refused:
        addresses.parse(typed)

    assert refused.value.message == "Enter one e-mail address, such as name@example.org."


@given(typed=any_text | st.builds("{}@{}".format, any_text, st.sampled_from(["x.de", "gmail.com", "ü.de"])))
@thorough
def test_parse_gives_ascii_that_parses_to_itself_or_refuses(typed):
    try:
        address = addresses.parse(typed)
    except addresses.AddressRefused:
        return

    assert addresses.parse(address) == address
    assert address.isascii()
    assert address.count("@") == 1
    assert not set(address) & set(' \r\n\t,;<>()"\\')


LOCALS = st.text("abAB.+-_'", min_size=1, max_size=8)
DOMAINS = st.sampled_from(
    ["gmail.com", "GoogleMail.com", "example.org", "me.com", "mac.com", "icloud.com", "pm.me", "protonmail.com", "x.de"]
)


@given(local=LOCALS, domain=DOMAINS)
@thorough
def test_canonical_is_idempotent(local, domain):
    once = addresses.canonical(f"{local}@{domain}")

    assert addresses.canonical(once) == once


def test_canonical_joins_twelve_spellings_of_one_mailbox():
    spellings = [
        "ab@gmail.com", "AB@gmail.com", "a.b@gmail.com", "a.b.@gmail.com", "ab+1@gmail.com", "ab+x+y@gmail.com",
        "ab@googlemail.com", "A.B@GOOGLEMAIL.com", "a.b+letters@googlemail.com", "aB@Gmail.Com", "a..b@gmail.com",
        " ab@gmail.com ",
    ]  # fmt: skip

    assert {addresses.canonical(spelling) for spelling in spellings} == {"ab@gmail.com"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A@x.de", "a@x.de", True),
        ("a+1@x.de", "a@x.de", True),
        ("a.b@x.de", "ab@x.de", False),
        ("a@pm.me", "a@protonmail.com", True),
        ("a@me.com", "a@icloud.com", True),
        ("a@gmail.com", "a@gmail.co", False),
        ("a@x.de", "b@x.de", False),
        ("a@x.de", "a@mail.x.de", False),
        ("+tag@x.de", "@x.de", False),
    ],
)
def test_canonical_joins_what_one_provider_delivers_to_one_mailbox(one, other, same):
    assert (addresses.canonical(one) == addresses.canonical(other)) is same


def test_canonical_is_the_same_for_both_forms_of_an_international_domain():
    forms = {
        addresses.canonical(addresses.parse(typed)) for typed in ("a@bücher.de", "a@xn--bcher-kva.de", "A@BÜCHER.de")
    }

    assert forms == {"a@xn--bcher-kva.de"}
