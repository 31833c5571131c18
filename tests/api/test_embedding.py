"""Frames, pictures and oEmbed: what other sites show of a letter."""

import re
from html import unescape
from xml.etree import ElementTree

import pytest

from letters.documents import launching
from letters.signatures import counting
from tests.factories import make_letter, make_signature, make_signatures, make_user

pytestmark = pytest.mark.django_db
LETTER = "https://letters.example.org/letters/lift/"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://letters.example.org"


@pytest.fixture
def letter():
    letter = make_letter(slug="lift", title='Lift <the> "restriction" & more')
    make_signatures(letter, 2)
    counting.refresh()
    return letter


def test_frame_shows_the_count_and_opens_the_form_outside_of_itself(client, letter):
    client.force_login(make_user())
    answer = client.get("/embed/lift/")
    page = answer.content.decode()

    assert re.search(r"<b>2</b> people have signed", page)
    assert re.findall(r'<a [^>]*href="([^"]+)" target="_blank" rel="noopener"', page) == [
        LETTER, f"{LETTER}sign/", LETTER,
    ]  # fmt: skip
    assert ("<form" in page, "<img" in page, answer.cookies) == (False, False, {})
    assert answer.headers["Cache-Control"].startswith("public, max-age=60")


def test_frame_counts_organisations_beside_people(client, letter):
    make_signature(letter, signatory_type="organization")
    counting.refresh()

    page = client.get("/embed/lift/").content.decode()

    assert "<b>2</b> people and 1 organisation have signed" in page


def test_frame_of_a_closed_letter_offers_nothing_to_sign(client):
    make_letter(slug="lift", state="closed")

    assert "/sign/" not in client.get("/embed/lift/").content.decode()


@pytest.mark.parametrize("state", ["draft", "private", "embargoed"])
def test_unpublished_letter_has_no_frame_no_picture_and_no_embed(client, state):
    make_letter(slug="lift", state=state)
    statuses = [client.get(path).status_code for path in ("/embed/lift/", "/embed/lift.svg")]
    answer = client.get("/oembed", {"url": LETTER})

    assert statuses == [404, 404]
    assert answer.status_code == (401 if state == "embargoed" else 404)
    assert "Lift" not in answer.content.decode()


def test_picture_is_whole_svg_without_script_style_or_anything_to_fetch(client, letter):
    answer = client.get("/embed/lift.svg?theme=dark")
    tree = ElementTree.fromstring(answer.content)  # noqa: S314 - our own

    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert tree.find(f"{SVG}title").text == letter.title
    assert "2 people" in tree.find(f"{SVG}desc").text
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= {
        "svg",
        "title",
        "desc",
        "rect",
        "g",
        "text",
        "tspan",
    }
    assert not [
        name for element in tree.iter() for name in element.attrib if name in ("style", "href") or name[:2] == "on"
    ]
    assert "#1b1915" in answer.content.decode()


def test_frame_and_picture_name_nobody(client, letter):
    make_signature(letter, display_name="Cora Canary")
    counting.refresh()
    launching.hide_names(letter, by="test")

    for path in ("/embed/lift/", "/embed/lift.svg"):
        answer = client.get(path)
        assert (answer.status_code, b"Canary" in answer.content) == (200, False)


def test_reader_who_holds_it_gets_nothing_again(client, letter):
    for path in ("/embed/lift/", "/embed/lift.svg"):
        tag = client.get(path).headers["ETag"]
        answer = client.get(path, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.headers.get("X-Frame-Options")) in ((304, None), (304, "DENY"))
        assert client.get(f"{path}?theme=dark", headers={"If-None-Match": tag}).status_code == 200


# --- oEmbed ---


def test_pasted_address_becomes_a_frame(client, letter):
    page = client.get("/letters/lift/").content.decode()
    links = [unescape(url) for url in re.findall(r'type="(?:application/json|text/xml)\+oembed" href="([^"]+)"', page)]
    json, xml = (client.get(url.removeprefix("https://letters.example.org")) for url in links)
    body = json.json()
    tree = ElementTree.fromstring(xml.content)  # noqa: S314 - our own

    assert {element.tag: element.text for element in tree} == {name: str(value) for name, value in body.items()}
    assert (body["version"], body["type"], body["title"]) == ("1.0", "rich", letter.title)
    title = "Lift &lt;the&gt; &quot;restriction&quot; &amp; more"
    assert body["html"].startswith(
        f'<blockquote><a href="{LETTER}">{title}</a></blockquote><iframe src="https://letters'
    )
    assert (body["width"], body["height"]) == (480, 260)
    assert (json.headers["Content-Type"], xml.headers["Content-Type"]) == (
        "application/json",
        "text/xml; charset=utf-8",
    )
    assert json.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"url": LETTER, "format": "yaml"}, 501),
        ({"url": LETTER, "maxwidth": "x"}, 422),
        ({"url": LETTER, "maxwidth": "20"}, 404),
        ({"url": "https://letters.example.org/letters/nobody/"}, 404),
        ({"url": "https://letters.example.org/"}, 404),
        ({"url": "https://evil.example/letters/lift/"}, 404),
        ({"url": "https://letters.example.org@evil.example/letters/lift/"}, 404),
        ({"url": "http://[::1/letters/lift/"}, 404),
        ({}, 422),
    ],
)
@pytest.mark.usefixtures("letter")
def test_question_that_cannot_be_answered_is_refused(client, asked, status):
    assert client.get("/oembed", asked).status_code == status


def test_pasted_html_keeps_the_shape_that_wordpress_asks_of_sites_it_does_not_know(client, letter):
    """WordPress 6.1 keeps these tags and attributes alone, and takes the quotation as what to show instead of the frame
    only if its tag is bare; only then the script is loaded that follows the frame's links."""
    html = client.get("/oembed", {"url": LETTER}).json()["html"]

    kept = re.fullmatch(r"(<blockquote>.*?</blockquote>)(<iframe [^>]*></iframe>)", html)
    assert re.fullmatch(r'<blockquote><a href="[^"]+">[^<>]+</a></blockquote>', kept[1])
    attributes = set(re.findall(r' (\w+)="', kept[2]))
    known = {"src", "width", "height", "frameborder", "marginwidth", "marginheight", "scrolling", "title"}
    assert attributes - known == {"loading"}, "it is dropped there, and nothing depends on it"
    assert 'width="100%"' in kept[2], "no style is kept, and a column is narrower than 480 pixels on a telephone"


def test_frame_is_no_larger_than_asked_and_unknown_wishes_are_passed_over(client, letter):
    body = client.get("/oembed", {"url": LETTER, "maxwidth": "300", "maxheight": "150", "dnt": "1"}).json()

    assert (body["width"], body["height"]) == (300, 150)
    assert 'width="100%" height="150"' in body["html"]


def test_code_to_copy_is_shown_as_code(client, letter):
    page = client.get("/letters/lift/share/").content.decode()
    (code,) = re.findall(r'<textarea id="embed-frame"[^>]*>(.*?)</textarea>', page)

    assert unescape(code).startswith('<iframe src="https://letters.example.org/embed/lift/" title="Lift &lt;the&gt;')
