import pytest

from letters.press.printing import advertising
from letters.press.printing.data import PrintedLine
from tests.press.printing.samples import bare, is_simple, letter, printed_list, read, text, words_of

LONG = "We lead security teams, answer incidents, review code and teach those who will do so after us. " * 8


@pytest.mark.parametrize(
    ("paper", "amount", "level"), [("broadsheet", 30, 1), ("tabloid", 300, 3), ("broadsheet", 3000, 3)]
)
def test_page_is_one_and_full_and_names_everybody(paper, amount, level):
    body = "\n\n".join([LONG] * (1 if amount > 1000 else 6))
    printed = printed_list(amount, letter=letter(text=text(body=body)))

    made, layout = advertising.newspaper(printed, paper)

    size = advertising.PAPERS[paper]
    boxes = [page.mediabox for page in read(made.content).pages]
    assert [(round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) for box in boxes] == [
        (size.width, size.height)
    ]
    assert layout.filled >= 0.9
    assert (layout.level, layout.size >= advertising.SMALLEST) == (level, True)
    found = words_of(made.content)
    everybody = (*printed.initiators, *printed.selected, *printed.organizations, *printed.signatories)
    assert [row.name for row in everybody if is_simple(row.name) and bare(row.name) not in found] == []
    for part in (printed.count_sentence, printed.disclaimer, "letters.example.org/letters/lift", "Brinelantern"):
        assert bare(part) in found
    assert "ADVERTISEMENT" in found


def test_text_gives_way_to_its_demands_before_names_become_illegible():
    printed = printed_list(6, letter=letter(text=text(body=LONG * 40)))

    made, layout = advertising.newspaper(printed, "tabloid")

    assert not layout.whole
    assert bare("Publish the criteria.") in words_of(made.content)
    assert bare("These are the letter's demands.") in words_of(made.content)


def test_lines_without_a_name_follow_the_names_on_the_same_full_page():
    lines = [PrintedLine(f"Analyst {number}, a bank") for number in range(40)]

    made, layout = advertising.newspaper(printed_list(60, anonymised=lines), "tabloid")

    found = words_of(made.content)
    assert [line.name for line in lines if bare(line.name) not in found] == []
    assert bare("NAMES WITHHELD, KNOWN TO AND CHECKED BY THE ORGANISERS") in found
    assert layout.filled >= 0.9


def test_names_beyond_what_is_legible_are_refused():
    many = [PrintedLine("Adaeze Umunnakwe-Ferrer of Northlight")] * 3000

    with pytest.raises(advertising.TooManyForPaper, match=r"signatories\.csv"):
        advertising.newspaper_pdf(printed_list(6, signatories=many), "tabloid")


def test_page_without_anybody_but_initiators_and_with_hostile_words_is_set():
    rows = [PrintedLine("#set page(width: 1pt)"), PrintedLine("N" * 10_000), PrintedLine("\u202egnorw $x$")]

    made, _layout = advertising.newspaper(printed_list(6, signatories=rows), "broadsheet")

    found = words_of(made.content)
    assert all(bare(part) in found for part in ("#set page(width: 1pt)", "‹U+202E›gnorw $x$"))
    assert found.count("N") >= 10_000
    assert len(advertising.newspaper_pdf(printed_list(4, signatories=(), selected=())).content) > 10_000


def test_same_list_gives_the_same_page():
    assert advertising.newspaper_pdf(printed_list(30)) == advertising.newspaper_pdf(printed_list(30))
