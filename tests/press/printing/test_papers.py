from dataclasses import replace

import pytest

from letters.press.printing import alone, fonts, papers, typesetting
from letters.press.printing.data import PrintedLine
from tests.press.printing.samples import bare, is_simple, letter, people, printed_list, read, text, words_of

HOSTILE = (
    "#set page(width: 1pt)", "$x^2$ _a_ *b* `c` @d <e> \\", "#read(\"/etc/passwd\")", "N" * 10_000,
    "\u202egnorw\u202c", "nul\x00and\x1b", "😀 ☃", "‹U+0041›", "//comment /* open", "] ) } [ ( {", "ad\ud800",
)  # fmt: skip


def test_letter_is_tagged_and_holds_every_part():
    made = papers.letter_pdf(letter(text_label="2.1", sha256="ab" * 32, remark="Courtesy translation"))

    root = read(made.content).trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"], made.notes) == (True, "en", ())
    found = words_of(made.content)
    for part in (
        "Lift the restriction", "The Hague, 16 November 2026", "Jo Doe", "Dear Minister,",
        "We find holes before others do.",
        "One piece of work", "Said in 2013.", "What we ask", "Publish the criteria.", "Yours sincerely", "Text 2.1",
        "Courtesy translation", "as of 14:00 UTC, 23 November 2026", "Page 1 of", "letters.example.org/letters/lift/",
    ):  # fmt: skip
        assert bare(part) in found


def test_list_names_everybody_in_order_on_numbered_pages():
    printed = printed_list(139)

    made = papers.signed_pdf(printed)

    found, pages = words_of(made.content), read(made.content).pages
    names = [bare(row.name) for row in printed.signatories if is_simple(row.name)]
    assert len(names) > 110
    places = [found.find(name) for name in names]
    assert -1 not in places
    assert places == sorted(places)
    assert all(bare(row.name) in found for row in (*printed.initiators, *printed.organizations))
    assert bare(printed.count_sentence) in found
    assert bare(printed.disclaimer) in found
    assert f"Page{len(pages)}of{len(pages)}" in found
    assert made.notes == ()


def test_lines_without_a_name_stand_behind_the_names_in_a_part_of_their_own():
    printed = printed_list(12, anonymised=[PrintedLine("Analyst, a bank"), PrintedLine("Professor, a university")])

    found = words_of(papers.signed_pdf(printed).content)

    places = [found.find(bare(words)) for words in (
        printed.signatories[-1].name, "Names withheld, known to", "Analyst, a bank", "Professor, a university",
    )]  # fmt: skip
    assert -1 not in places
    assert places == sorted(places)
    assert printed.size == printed_list(12).size + 2
    assert "Nameswithheld" not in words_of(papers.signed_pdf(printed_list(6)).content)


def test_what_people_type_is_printed_as_typed():
    rows = [PrintedLine(words, words[:200], words[:200]) for words in HOSTILE]
    hostile = "\n\n".join(words.replace("\\", "") for words in HOSTILE)

    made = papers.signed_pdf(
        printed_list(6, signatories=rows, letter=letter(text=text(title=HOSTILE[0], body=hostile)))
    )

    found = words_of(made.content)
    for words in (HOSTILE[0], HOSTILE[2], "$x^2$_a_*b*`c`@d<e>\\", "‹U+202E›gnorw", "nul‹U+0000›and‹U+001B›"):
        assert bare(words) in found
    assert found.count("N") >= 10_000
    assert len(read(made.content).pages) < 30
    assert "3 names hold letters" in made.notes[0]


def test_latin_form_stands_for_a_name_that_no_type_has():
    rows = [PrintedLine("བསྟན་འཛིན", name_latin="Tenzin Norbu"), PrintedLine("ཀ")]

    made = papers.signed_pdf(printed_list(6, signatories=rows))

    found = words_of(made.content)
    assert "TenzinNorbu" in found
    assert "‹U+0F40›" in found
    assert "0F56" not in found
    assert "2 names hold letters" in made.notes[0]


def test_every_script_of_the_sample_has_type():
    rows = people(139)

    assert [row.name for row in rows if typesetting.is_unset(row.name)] == []
    assert typesetting.is_unset("ཀ")


def test_letter_in_a_script_without_type_is_refused():
    with pytest.raises(typesetting.NoType):
        papers.letter_pdf(letter(text=text(body="བསྟན་འཛིན " * 20)))


def test_same_data_gives_the_same_bytes_and_other_data_others():
    printed = printed_list(30)

    first, second = papers.signed_pdf(printed), papers.signed_pdf(printed)

    assert first == second
    assert papers.signed_pdf(replace(printed, watermark="For Jo Doe")).content != first.content


def test_watermark_is_on_every_page():
    mark = "Adaeze Umunnakwe-Ferrer, The Daily Newspaper of the Northern Quays · 2026-11-28 14:00 UTC"

    made = papers.signed_pdf(printed_list(139, watermark=mark))

    assert all(mark in page.extract_text() for page in read(made.content).pages)  # in one line, however long


def test_more_than_twenty_thousand_names_are_refused_and_sent_to_the_csv():
    row = PrintedLine("Ada")

    with pytest.raises(papers.TooManyNames, match=r"signatories\.csv"):
        papers.signed_pdf(printed_list(6, signatories=[row] * papers.PDF_MAX_NAMES))


def test_right_to_left_letter_says_so_and_turns():
    arabic = text(title="ارفعوا القيد", body="نحن نجد الثغرات.", language="ar", direction="rtl")

    made = papers.letter_pdf(letter(text=arabic))

    assert read(made.content).trailer["/Root"]["/Lang"] == "ar"
    assert made.notes == ()
    assert typesetting.isolated("Ada", "rtl") == "\u2068Ada\u2069"
    assert typesetting.isolated("Ada", "ltr") == "Ada"
    assert typesetting.isolated("عمر", "ltr") == "\u2068عمر\u2069"


def test_large_jobs_run_alone_and_come_out_the_same(monkeypatch):
    printed = printed_list(60)
    here = papers.signed_pdf(printed)

    monkeypatch.setattr(typesetting, "ALONE_FROM_BYTES", 0)
    monkeypatch.setattr(alone, "compiled", None)  # this process cannot set anything

    assert papers.signed_pdf(printed) == here


def test_what_cannot_be_tagged_is_set_plain_and_says_so(monkeypatch):
    monkeypatch.setattr(typesetting, "_settable", lambda words: words)

    made = papers.letter_pdf(letter(text=text(title="ཀ " + "a" * 40)))

    assert read(made.content).trailer["/Root"].get("/MarkInfo", {}).get("/Marked") is not False
    assert made.notes
    assert "screen readers" in made.notes[0]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("de", ("de", None)),
        ("pt-br", ("pt", "BR")),
        ("zh-hant-hk", ("zh", "HK")),
        ("ckb", ("ckb", None)),
        ("x", ("en", None)),
    ],
)
def test_language_of_a_tag(tag, expected):
    assert fonts.language_of(tag) == expected


def test_letters_of_china_take_the_forms_of_the_texts_language():
    assert [fonts.families(tag)[-1][-2:] for tag in ("zh", "zh-hant", "zh-tw", "ko", "ja", "en")] == [
        "SC", "TC", "TC", "KR", "JP", "JP",
    ]  # fmt: skip
