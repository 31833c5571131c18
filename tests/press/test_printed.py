"""The files of a snapshot that are set in type: who is in them, and who is not any more."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from letters.documents.models import Translation
from letters.press import redacting, snapshots
from letters.press.kit import making, printed, registry
from letters.press.kit.source import Source
from letters.press.printing import advertising, papers
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_signatures

pytestmark = pytest.mark.django_db

LISTS = ("letter-with-signatories.pdf", "newspaper-broadsheet.pdf", "newspaper-tabloid.pdf")


def kept(letter):
    row = snapshots.ask(letter)
    assert snapshots.make_waiting() == 1
    row.refresh_from_db()
    return row


def words_of(row, name):
    path = snapshots.folder_of(row) / making.SERVED / name
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(path.read_bytes())).pages)


def test_page_says_what_a_print_could_not_set_until_it_has_nobody_of_that_kind(client):
    letter = make_letter()
    make_signature(letter, display_name="Plain Paula")
    gone = make_signature(letter, display_name="\u0f40\u0f0b")
    Signature.objects.update(confirmed_at=timezone.now() - timedelta(minutes=5))
    row = kept(letter)

    noted = set(row.files.exclude(note="").values_list("name", flat=True))
    assert noted == set(LISTS)
    page = client.get(reverse("public:press", args=[letter.slug])).content.decode()
    assert page.count("1 name holds letters for which there is no type here.") == len(LISTS)

    managing.withdraw(gone.public_id)
    redacting.run()
    assert set(row.files.values_list("note", flat=True)) == {""}


def test_lists_name_everybody_and_whoever_left_is_in_none_of_them():
    letter = make_letter(organisers=[{"name": "Brinelantern", "role": "Drafted it", "funding": "", "interests": ""}])
    make_signatures(letter, 3)
    gone = make_signature(letter, display_name="Gone Geraldine", affiliation="Vanished Institute", country="NL")
    make_signature(letter, display_name="Open Society", signatory_type="organization")
    Signature.objects.update(confirmed_at=timezone.now() - timedelta(minutes=5))

    row = kept(letter)

    for name in LISTS:
        found = words_of(row, name)
        assert all(part in found for part in ("GoneGeraldine", "OpenSociety")), name
        assert "".join(row.count["sentence"].split()) in found
    assert "VanishedInstitute,Netherlands" in words_of(row, LISTS[0])
    assert all(part in words_of(row, "fact-sheet.pdf") for part in ("Brinelantern", "Draftedit."))

    managing.withdraw(gone.public_id)
    assert redacting.run() == 1

    for name in (*LISTS, "fact-sheet.pdf"):
        found = words_of(row, name)
        assert "Geraldine" not in found, name
        assert "Vanished" not in found, name
    assert all("OpenSociety" in words_of(row, name) for name in LISTS)


def test_translation_is_a_pdf_that_says_what_it_is():
    letter = make_letter()
    words = {name: value for name, value in letter.version.words.items() if name not in ("dateline_on", "title")}
    Translation.objects.create(
        letter=letter, version=letter.version, language="de", is_public=True, edited_at=timezone.now(),
        title="Hebt die Beschränkung auf", translator="Jo Doe", **words,
    )  # fmt: skip
    type(letter).objects.update(translations_revision=1)
    make_signature(letter)

    found = words_of(kept(letter), "letter-de.pdf")

    assert all(part in found for part in ("HebtdieBeschränkungauf", "byJoDoe.", "16November2026"))


def test_list_too_long_to_print_is_refused_before_it_is_read():
    def unread():
        raise AssertionError

    source = Source({"rows": 1_000_000}, unread)

    with pytest.raises(papers.TooManyNames):
        list(printed.signed_pdf(source))
    with pytest.raises(advertising.TooManyForPaper):
        list(printed.broadsheet_pdf(source))


def test_every_printed_file_is_in_the_table_of_downloads():
    names = {file.name for file in registry.FILES if file.group == "pictures"}

    assert names >= {*LISTS, "letter.pdf", "fact-sheet.pdf", "share-1200x630.png", "share-1080x1080.png", "qr.svg",
                     "qr.png", "logo.svg", "logo.png"}  # fmt: skip
