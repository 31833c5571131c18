"""What people type into the form: the clear sentence for what is refused, and honest odd names that pass."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter
from tests.public.visitor import deliver, filled, form_with, link_in, send, sign_path, words_of

pytestmark = pytest.mark.django_db

FORMULA = "A name cannot begin with = + - @ or a tab: spreadsheets would run it."
NAMELESS = "Enter your name as it should be printed."
LINK = "A name cannot hold a web address. Put it into the comment if it matters."
MARKS = "Use at most three accents or marks on one letter."
ADDRESS = "Enter one e-mail address, such as name@example.org."
ZALGO = "Z" + "\u0315\u0316\u0317\u0318" * 10


def hidden(code):
    return f"This text holds an invisible or control character (U+{code}). Delete it, or type the text anew."


def symbol(char):
    return f"A name cannot hold “{char}”. Use letters, spaces, hyphens and apostrophes."


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param('=HYPERLINK("http://x","y")', FORMULA, id="formula"),
        pytest.param("+1", FORMULA, id="plus"),
        pytest.param("@SUM(1)", FORMULA, id="at"),
        pytest.param("\t=1", FORMULA, id="tab"),
        pytest.param("-2+3|cmd", FORMULA, id="minus"),
        pytest.param("  =Ann", FORMULA, id="formula behind spaces"),
        pytest.param("\u00a0=Ann", FORMULA, id="formula behind a no-break space"),
        pytest.param("\u3000@Ann", FORMULA, id="formula behind a wide space"),
        pytest.param("＝Ann", FORMULA, id="full-width formula"),
        pytest.param("", "Enter your name as it should be printed.", id="empty"),
        pytest.param("   ", NAMELESS, id="spaces"),
        pytest.param("\u00a0", NAMELESS, id="no-break space"),
        pytest.param("42", NAMELESS, id="digits"),
        pytest.param("...", NAMELESS, id="dots"),
        pytest.param("\u3164", hidden("3164"), id="Hangul filler"),
        pytest.param("Ann \u2800", hidden("2800"), id="Braille blank"),
        pytest.param("\u200b", hidden("200B"), id="zero-width space"),
        pytest.param("\u00ad", hidden("00AD"), id="soft hyphen"),
        pytest.param("Ann\u200dLee", hidden("200D"), id="joiner between Latin letters"),
        pytest.param("Alice \u202e ecilA", hidden("202E"), id="right-to-left override"),
        pytest.param("Alice \u2066", hidden("2066"), id="unclosed isolate"),
        pytest.param("Ann\U000e0041", hidden("E0041"), id="tag"),
        pytest.param("Ann\ue000", hidden("E000"), id="private use"),
        pytest.param("Ann\x1b[31m", hidden("001B"), id="escape"),
        pytest.param(ZALGO, MARKS, id="Zalgo"),
        pytest.param("See http://evil.example now", LINK, id="address"),
        pytest.param("Ann www.evil", LINK, id="www"),
        pytest.param("Ann evil.com", LINK, id="domain"),
        pytest.param("[Ann](http://evil.example)", LINK, id="Markdown link"),
        pytest.param("[Ann](x)", symbol("["), id="Markdown"),
        pytest.param("<b>Ann</b>", symbol("<"), id="HTML"),
        pytest.param("{{7*7}} Ann", symbol("{"), id="template"),
        pytest.param("Ann %s", symbol("%"), id="format"),
        pytest.param("Ann 😀", symbol("😀"), id="emoji"),
        pytest.param("A" * 10_000, "Use at most 120 characters; this has 10000.", id="10,000 characters"),
    ],
)
def test_name_is_refused_with_its_sentence_and_comes_back(client, letter, name, sentence):
    response = send(client, letter, display_name=name)

    assert response.status_code == 422
    assert response.context["form"].errors == {"display_name": [sentence]}
    assert " ".join(sentence.split()) in words_of(response)
    assert form_with(response, "display_name").fields["display_name"] == name
    assert not Signature.objects.exists()


def test_name_with_nul_is_refused(client, letter):
    response = send(client, letter, display_name="Ann\0Lee")

    assert response.context["form"].errors == {"display_name": ["Null characters are not allowed."]}


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%C0%AF", "%F8%88%80%80%80", "%FF%FE"])
def test_name_that_is_no_utf8_is_refused_as_what_arrived(client, letter, raw):
    body = urlencode({name: value for name, value in filled(letter).items() if name != "display_name"})

    response = client.post(
        sign_path(letter), f"{body}&display_name=Ann{raw}", content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 422
    assert response.context["form"].errors["display_name"] == [symbol("\ufffd")]


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("O'Brien-Ñúñez", "O'Brien-Ñúñez"),
        ("Ng", "Ng"),
        ("X", "X"),
        ("李", "李"),
        ("von der Leyen, Ph.D.", "von der Leyen, Ph.D."),
        ("محمد بن يوسف", "محمد بن يوسف"),
        ("श्रीमती मीरा", "श्रीमती मीरा"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("Jose\u0301", "José"),
        ("Ｊａｎ", "Jan"),
        ("  Ann \u00a0 Lee ", "Ann Lee"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
    ],
)
def test_honest_odd_name_passes(client, letter, name, stored):
    response = send(client, letter, display_name=name)

    assert response.status_code == 303
    row = Signature.objects.get()
    assert (row.display_name, row.held_reason) == (stored, "")


@pytest.mark.parametrize("name", ["Аlan", "Jоhn Smith", "Αnna"])
def test_name_of_mixed_scripts_is_taken_and_held(client, letter, name):
    response = send(client, letter, display_name=name)

    assert response.status_code == 303
    row = Signature.objects.get()
    assert (row.display_name, row.held_reason) == (name, "mixed-script")


@pytest.mark.parametrize(
    "address",
    [
        "a@x.de\r\nBcc: b@y.de",
        "a@x.de\nb@y.de",
        "a@x.de,b@y.de",
        "a@x.de b@y.de",
        "a@x.de;b@y.de",
        "Bob <bob@x.de>",
        '"a b"@x.de',
        '"bob"@x.de',
        "x" * 65 + "@x.de",
        "a@" + "x" * 250 + ".de",
        "a@localhost",
        "a@[::1]",
        "a@[127.0.0.1]",
        "a@x..de",
        "a@-x.de",
        "@x.de",
        "a@",
        "a",
        "a@@x.de",
        "a\t@x.de",
        "a(comment)@x.de",
        "a@x.de%0d%0aBcc:b@y.de",
        "=a\\@x.de",
    ],
)
def test_address_is_refused_with_its_sentence_and_comes_back(client, letter, address):
    response = send(client, letter, email=address)

    assert response.status_code == 422
    assert response.context["form"].errors == {"email": [ADDRESS]}
    assert form_with(response, "email").fields["email"] == address
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A@x.de", "a@x.de"),
        ("a@X.de", "a@x.de"),
        ("a+1@x.de", "a@x.de"),
        ("a.b@gmail.com", "ab@googlemail.com"),
        ("a@protonmail.com", "a+letters@pm.me"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        (" a@x.de ", "a@x.de"),
    ],
)
def test_two_spellings_of_one_address_sign_once(client, letter, mailoutbox, first, second):
    send(client, letter, email=first)
    (asked,) = deliver(mailoutbox)
    client.post(link_in(asked, "/confirm/"))

    send(client, letter, email=second, display_name="Somebody Else")
    (told,) = deliver(mailoutbox)

    assert told.subject == f"You have already signed: {letter.title}"
    assert [row.display_name for row in Signature.objects.confirmed()] == ["Suzie van der Berg"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("position", "x" * 151, "Use at most 150 characters; this has 151."),
        ("affiliation", "x" * 151, "Use at most 150 characters; this has 151."),
        ("comment", "x" * 501, "Use at most 500 characters; this has 501."),
        ("comment", "Read \u202e this", hidden("202E")),
        ("position", "Prof\u200bessor", hidden("200B")),
        ("affiliation", ZALGO, MARKS),
        ("country", "XX", "Choose a country of the list."),
        ("affiliation_status", "boss", "Select a valid choice. boss is not one of the available choices."),
        ("consent_publish", "", "Without this consent your name cannot be printed, so you cannot sign."),
        ("email", "", "Enter your e-mail address."),
    ],
)
def test_other_field_is_refused_with_its_sentence(client, letter, field, value, sentence):
    response = send(client, letter, **{field: value})

    assert response.status_code == 422
    assert response.context["form"].errors == {field: [sentence]}
    assert sentence in words_of(response)
    assert not Signature.objects.exists()


def test_every_refused_field_says_so_at_once(client, letter):
    response = client.post(sign_path(letter), {"action": "sign"})

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"display_name", "email", "consent_publish"}
    assert "This form was not whole. What you typed is kept; press Sign again." in words_of(response)


def test_optional_fields_may_be_empty(client, letter):
    least = dict.fromkeys(("position", "affiliation", "affiliation_status", "country", "comment"), "")

    response = send(client, letter, **least, display_name="Ng")

    assert response.status_code == 303
    assert Signature.objects.get().display_name == "Ng"


def test_breaks_inside_a_comment_become_spaces(client, letter):
    send(client, letter, comment="One.\r\n\r\nTwo.\u2028Three.")

    assert Signature.objects.get().comment == "One. Two. Three."


def test_correction_is_held_to_the_same_rules(client, letter, mailoutbox):
    send(client, letter)
    client.post(link_in(deliver(mailoutbox)[0], "/confirm/"))
    path = reverse("public:mine", args=[managing.token_for(letter.signatures.get())])

    response = client.post(path, {"action": "correct", "display_name": "<b>Ann</b>", "sort_name": "=1 Ann"})

    assert response.status_code == 422
    assert response.context["form"].errors == {"display_name": [symbol("<")], "sort_name": [FORMULA]}
    assert form_with(response, "display_name").fields["display_name"] == "<b>Ann</b>"
    assert Signature.objects.get().display_name == "Suzie van der Berg"
