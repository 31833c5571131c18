import struct
from dataclasses import replace

import pytest

from letters.press.printing import codes, factsheet, pictures
from letters.press.printing.data import PrintedFacts
from tests.press.printing.samples import bare, letter, read, text, words_of


def size_of(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("title", ["Lift the restriction", "A very long title. " * 10 + "#set"])
def test_share_images_have_exactly_their_size(title):
    shown = letter(text=text(title=title))

    wide = pictures.share_image(shown, persons=139)

    assert size_of(wide) == (1200, 630)
    assert size_of(pictures.share_image(shown, persons=0, size="square")) == (1080, 1080)
    assert pictures.share_image(shown, persons=139) == wide
    assert pictures.share_image(shown, persons=140) != wide


def test_mark_is_the_one_of_the_pages():
    with open("static/favicon.svg", "rb") as file:
        assert pictures.mark_svg() == file.read()
    assert size_of(pictures.mark_png(pixels=512)) == (512, 512)


def test_codes_are_whole_modules_and_the_same_each_time():
    url = "https://letters.example.org/letters/lift/"

    png = codes.qr_png(url)

    assert size_of(png)[0] == size_of(png)[1] <= 1000
    assert codes.qr_svg(url).startswith(b"<svg")
    assert (codes.qr_png(url), codes.qr_svg(url)) == (png, codes.qr_svg(url))
    assert codes.qr_png(url + "x") != png


def test_fact_sheet_holds_the_number_and_what_it_is_made_of():
    facts = PrintedFacts(
        letter=letter(), count_sentence="As of 14:00 UTC, 139 people have signed.", summary="In short #so.",
        tables=[("Evidence", [("Affiliation confirmed", 61), ("E-mail confirmed", 1078)])],
        organisers=[("Brinelantern", "Drafted it")], timeline=[("16 November 2026", "Published")],
        faq=[{"question": "Who may sign?", "answer": "People who *defend*."}], contact="letter@example.org",
        methodology_url="https://letters.example.org/letters/lift/methodology/",
    )  # fmt: skip

    made = factsheet.fact_sheet_pdf(facts)

    found = words_of(made.content)
    for part in (facts.count_sentence, facts.summary, "Affiliation confirmed", "1,078", "Drafted it",
                 "16 November 2026", "Who may sign?", "People who defend.", "letter@example.org"):  # fmt: skip
        assert bare(part) in found
    assert bool(read(made.content).trailer["/Root"]["/MarkInfo"]["/Marked"])
    assert factsheet.fact_sheet_pdf(facts) == made
    assert factsheet.fact_sheet_pdf(replace(facts, tables=(), faq=(), timeline=(), organisers=())).notes == ()
