import io
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.urls import reverse
from pypdf import PdfReader

from letters.core.errors import RuleError
from letters.press import prints
from letters.press.printing import pictures, typesetting
from tests.factories import make_letter, make_signatures

pytestmark = pytest.mark.django_db


def address(letter, name="letter-pdf"):
    return reverse(f"public:{name}", args=[letter.slug])


def words_of(response):
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)


def test_letter_is_a_pdf_that_is_the_same_for_everybody_until_it_changes(client):
    letter = make_letter()

    response = client.get(address(letter))

    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf")
    assert f'filename="letter-{letter.slug}.pdf"' in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"].startswith("public")
    assert "Lift the restriction" in words_of(response)
    cache.clear()
    make_signatures(letter, 2)
    assert client.get(address(letter)).content == response.content
    assert client.get(address(letter), headers={"if-none-match": response.headers["ETag"]}).status_code == 304


def test_letter_before_its_launch_has_neither_pdf_nor_picture(client):
    letter = make_letter(state="embargoed")

    assert [client.get(address(letter, name)).status_code for name in ("letter-pdf", "share-image", "qr-svg")] == [
        404
    ] * 3


def test_pictures_have_their_size_and_follow_the_count(client, settings):
    letter = make_letter()

    before = client.get(address(letter, "share-image"))

    assert before.headers["Content-Type"] == "image/png"
    assert struct.unpack(">II", before.content[16:24]) == pictures.SIZES["wide"]
    square = client.get(address(letter, "share-square")).content
    assert struct.unpack(">II", square[16:24]) == pictures.SIZES["square"]
    make_signatures(letter, 2)
    assert client.get(address(letter, "share-image")).content == before.content  # for ten minutes
    cache.clear()
    assert client.get(address(letter, "share-image")).content != before.content


def test_page_names_its_picture_and_the_share_page_shows_the_code(client):
    letter = make_letter()

    page = client.get(letter.get_absolute_url()).content.decode()
    share = client.get(reverse("public:share", args=[letter.slug])).content.decode()

    assert f'<meta property="og:image" content="http://127.0.0.1:8000{address(letter, "share-image")}">' in page
    assert f'href="{address(letter)}"' in page
    assert f'src="{address(letter, "qr-svg")}"' in share
    assert client.get(address(letter, "qr-svg")).content.startswith(b"<svg")
    assert client.get(address(letter, "qr-png")).content.startswith(b"\x89PNG")


def test_what_was_refused_is_not_tried_for_every_reader():
    tried = []

    def make():
        tried.append(1)
        raise typesetting.NotSet

    for _reader in range(3):
        with pytest.raises(RuleError, match="could not be set in type") as refused:
            prints._kept("refused", prints.LETTER_KEPT, make)
        assert refused.value.code == "not-set"
    assert tried == [1]
    cache.clear()
    assert prints._kept("refused", prints.LETTER_KEPT, lambda: b"%PDF") == b"%PDF"


def test_many_who_ask_at_once_have_it_made_once(monkeypatch):
    """Typst works for seconds: without a turn every reader of a cold cache would start it."""
    all_here, looked, made = threading.Barrier(3), set(), []

    def get(key):
        found = cache.get(key)
        if threading.get_ident() not in looked:  # nobody goes on before all have seen that there is nothing
            looked.add(threading.get_ident())
            all_here.wait(timeout=5)
        return found

    def make():
        made.append(1)
        return b"%PDF"

    monkeypatch.setattr(prints, "cache", SimpleNamespace(get=get, set=cache.set))
    with ThreadPoolExecutor(3) as readers:
        found = list(readers.map(lambda _number: prints._kept("one", prints.LETTER_KEPT, make), range(3)))

    assert (found, len(made)) == ([b"%PDF"] * 3, 1)
