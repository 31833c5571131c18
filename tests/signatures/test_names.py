import unicodedata
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from letters.core.typed import FORMULA_STARTS
from letters.documents.models import Letter
from letters.signatures import names
from letters.signatures.models import LIST_KEY_BYTES, Signature
from tests.factories import utc
from tests.properties import any_text, quick, thorough

HIDDEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp", "So", "Sm", "Sc"}

REFUSED = [
    ('=HYPERLINK("http://x","y")', "formula"),
    ("+1", "formula"),
    ("@SUM(1)", "formula"),
    ("\t=1", "formula"),
    ("-2+3|cmd", "formula"),
    ("  =cmd", "formula"),
    ("\u00a0=cmd", "formula"),
    ("\u3000-Alice", "formula"),
    ("\u2009=Alice", "formula"),
    ("＝Alice", "formula"),
    ("－Alice", "formula"),
    ("\0Alice", "formula"),
    ("\rAlice", "formula"),
    ("", "empty"),
    ("   ", "empty"),
    ("\u00a0", "empty"),
    ("...", "empty"),
    ("12345", "empty"),
    ("\u0301", "empty"),
    ("\u3164", "hidden"),
    ("\u2800", "hidden"),
    ("\u200b", "hidden"),
    ("\u00ad", "hidden"),
    ("Alice\u202eecilA", "hidden"),
    ("Alice \u2066", "hidden"),
    ("Al\u200dice", "hidden"),
    ("Alice\0", "hidden"),
    ("Alice \ud800", "hidden"),
    ("Z" + "\u0300\u0302\u0303\u0304" * 10, "marks"),
    ("A" * 121, "too-long"),
    ("A" * 10_000, "too-long"),
    ("Buy at www.example.com", "link"),
    ("https://example.com", "link"),
    ("Alice example.com", "link"),
    ("Alice evil.example/x", "link"),
    ("t.me/casino", "link"),
    ("bit.ly/2abc", "link"),
    ("Alice Evil.De/x", "link"),
    ("<b>Alice</b>", "symbol"),
    ("[Alice](x)", "symbol"),
    ("{{7*7}}", "symbol"),
    ("%s Alice", "symbol"),
    ("Alice 😀", "symbol"),
    ("Alice ✔", "symbol"),
    ("Alice ™", "symbol"),
    ("Alice|Bob", "symbol"),
    ("Alice_Bob", "symbol"),
    ("Alice: Bob", "symbol"),
    ("suzie@example.com", "link"),
    ("suzie@example", "symbol"),
]

HONEST = [
    "O'Brien-Ñúñez", "Ng", "X", "李", "von der Leyen, Ph.D.", "محمد علی", "علی‌رضا", "अनिल कुमार", "क्षितिज शर्मा",
    "김철수", "Иван Петров", "Αλέξανδρος", "שרה כהן", "佐々木 健", "ジョン・スミス", "Jean–Luc Picard", "D’Arcy",
    "Łukasz Żółć", "José María", "Anna (Annie) Smith", "Martin Luther King Jr.", "Dr. Dr. h. c. Weiß",
    "J. R. R. Tolkien", "Ş. Öztürk", "Nguyễn Thị Minh", "สมชาย ใจดี", "თამარ", "Արամ", "ᏣᎳᎩ",
    "Hawaiʻi Kealoha", "Henry VIII", "Anne 3",
    "Sinéad Ní Dhomhnaill", "Dr.Müller", "Dipl.-Ing. Huber", "Mag.a Maier", "R&D Smith", "М. О’Салливан",
]  # fmt: skip


@pytest.mark.parametrize(("name", "code"), REFUSED, ids=[f"{n}-{code}" for n, (_, code) in enumerate(REFUSED)])
def test_clean_refuses_a_name_with_the_reason(name, code):
    with pytest.raises(names.NameRefused) as refused:
        names.clean(name)

    assert refused.value.code == code
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("name", HONEST)
def test_clean_lets_an_honest_name_pass_as_it_is_written(name):
    assert names.clean(name) == unicodedata.normalize("NFC", name)
    assert not names.needs_review(name)


def test_clean_makes_one_form_of_what_looks_the_same():
    assert names.clean("  Jose\u0301   Mari\u0301a ") == "José María"
    assert names.clean("Ａｌｉｃｅ") == "Alice"
    assert names.clean("A" * 120) == "A" * 120


@given(name=any_text | st.builds("{}{}".format, any_text, st.sampled_from(["Alice", "李", "علی"])))
@thorough
def test_clean_is_idempotent_and_gives_nothing_hidden(name):
    try:
        text = names.clean(name)
    except names.NameRefused:
        return

    assert names.clean(text) == text
    assert not {unicodedata.category(char) for char in text} & HIDDEN - {"Sm"}
    assert not text.startswith(FORMULA_STARTS)
    assert any(unicodedata.category(char)[0] == "L" for char in text)
    assert len(text) <= 120


@pytest.mark.parametrize(
    "name",
    ["\u0410lan Smith", "J\u043ehn Smith", "Smith-J\u043enes", "P\u03b1ul", "\u0555skar", "Ali\u0441e", "\u13aaL",
     "\ua4e1ee", "𝐀lan", "𝓔𝓵𝓸𝓷"],
)  # fmt: skip
def test_needs_review_of_a_word_that_mixes_scripts_or_dresses_up(name):
    assert names.needs_review(name)


@pytest.mark.parametrize("name", ["Иван Smith", "李 Lee", "김 Kim", "Ωmega".replace("Ω", "O"), "Ελένη Smith-Παππά"])
def test_needs_no_review_when_whole_words_are_in_other_scripts(name):
    assert not names.needs_review(name)


@pytest.mark.parametrize(
    ("name", "sorted_under"),
    [
        ("Anna van der Berg", "Berg, Anna van der"),
        ("Jan Van den Berg", "Van den Berg, Jan"),
        ("Ludwig van Beethoven", "Beethoven, Ludwig van"),
        ("Ursula von der Leyen, Ph.D.", "Leyen, Ursula von der Ph.D."),
        ("Charles de Gaulle", "Gaulle, Charles de"),
        ("Leonardo da Vinci", "Vinci, Leonardo da"),
        ("Khalid al-Khatib", "Khatib, Khalid al-"),
        ("Jeanne d’Arc", "Arc, Jeanne d’"),
        ("Martin Luther King Jr.", "King, Martin Luther Jr."),
        ("Alice Smith, MD", "Smith, Alice MD"),
        ("Gerard 't Hooft", "Hooft, Gerard 't"),
        ("Anna (Annie) Smith", "Smith, Anna"),
        ("Sinéad Ní Dhomhnaill", "Ní Dhomhnaill, Sinéad"),
        ("Alice Smith", "Smith, Alice"),
        ("Alice", "Alice"),
        ("X", "X"),
        ("李 小龍", "李 小龍"),
        ("김 철수", "김 철수"),
        ("Иван Петров", "Петров, Иван"),
        ("(Alice)", "(Alice)"),
        (", Jr", ", Jr"),
    ],
)
def test_sort_name_puts_the_family_name_first_and_particles_behind(name, sorted_under):
    assert names.sort_name_for(name) == sorted_under


@given(name=any_text)
@thorough
def test_sort_name_can_be_made_of_anything(name):
    assert len(names.sort_name_for(name[:120])) <= 120


IN_ORDER = ["Ångström", "Émile", "Eve", "Lee", "Łukasz", "Ola", "Öz", "van der Berg", "Zürich", "李"]


def test_collation_sorts_as_people_expect():
    assert sorted(set(IN_ORDER), key=names.collation_key) == IN_ORDER
    assert sorted(["côté", "cote", "côte", "coté"], key=names.collation_key) == ["cote", "coté", "côte", "côté"]
    assert names.collation_key("Berg") != names.collation_key("berg")


def row(name="Anna Berg", *, affiliation="", country="", at="2026-11-23 14:00", sort_name=""):
    return Signature(display_name=name, sort_name=sort_name, affiliation=affiliation, country=country,
                     confirmed_at=utc(at), letter=Letter())  # fmt: skip


def in_order(ordering, rows):
    return [r.display_name for r in sorted(rows, key=lambda r: names.list_key(r, ordering))]


def test_list_key_alphabetical_goes_by_sort_name():
    rows = [row("Zoë Adams"), row("Adam van der Berg"), row("Bea Ångström"), row("Carl Zorn", sort_name="Aaa")]

    assert in_order("alphabetical", rows) == ["Carl Zorn", "Zoë Adams", "Bea Ångström", "Adam van der Berg"]


def test_list_key_signing_order_goes_by_time_to_the_microsecond():
    rows = [row("Third", at="2026-11-23 14:00:01"), row("First", at="2026-11-23 13:59:59.999999"),
            row("Second", at="2026-11-23 14:00:00")]  # fmt: skip

    assert in_order("signing_order", rows) == ["First", "Second", "Third"]


def test_list_key_by_organization_keeps_groups_together_and_puts_none_last():
    long = "University of California, Los Angeles, Department of "
    rows = [
        row("Free Lance"),
        row("Zed Bank", affiliation="Harbour"),
        row("Abe Bank", affiliation="Harbour Bank"),
        row("Abe Zed", affiliation="Harbour"),
        row("Cy Physics", affiliation=f"{long}Physics"),
        row("Al Chemistry", affiliation=f"{long}Chemistry"),
        row("Bo Physics", affiliation=f"{long}Physics"),
        row("Di Chemistry", affiliation=f"{long}Chemistry"),
        row("Ann Upper", affiliation="HARBOUR"),
    ]

    order = in_order("by_organization", rows)

    assert order[-1] == "Free Lance"
    assert order[:4] == ["Zed Bank", "Ann Upper", "Abe Zed", "Abe Bank"]
    groups = [name.split()[1] for name in order[4:-1]]
    assert sum(a != b for a, b in pairwise(groups)) == 1


def test_list_key_by_country_goes_by_the_countrys_name_and_is_the_same_in_every_language():
    rows = [row("Zed Z", country="AT"), row("Abe A", country="AT"), row("Gert G", country="DE"), row("Cy C"),
            row("Sven S", country="CH")]  # fmt: skip

    assert in_order("by_country", rows) == ["Abe A", "Zed Z", "Gert G", "Sven S", "Cy C"]
    with translation.override("de"):  # Deutschland, Österreich, Schweiz
        assert in_order("by_country", rows) == ["Abe A", "Zed Z", "Gert G", "Sven S", "Cy C"]


@given(name=st.text("aZ李Ωß' -", min_size=1, max_size=120), affiliation=st.text("aZ李 ", max_size=150))
@quick
@pytest.mark.parametrize("ordering", ["alphabetical", "signing_order", "by_organization", "by_country"])
def test_list_key_fits_its_column(ordering, name, affiliation):
    assert 0 < len(names.list_key(row(name, affiliation=affiliation, country="NL"), ordering)) <= LIST_KEY_BYTES


@pytest.mark.parametrize(
    ("affiliation", "status", "printed"),
    [
        ("University X", "emeritus", "University X (emeritus)"),
        ("University X", "former", "University X (former)"),
        ("University X", "retired", "University X (retired)"),
        ("University X", "student", "University X (student)"),
        ("University X", "current", "University X"),
        ("University X", "independent", "University X"),
        ("University X", "", "University X"),
        ("", "former", ""),
    ],
)
def test_affiliation_says_what_the_tie_is_unless_it_is_plain(affiliation, status, printed):
    assert names.affiliation_as_printed(affiliation, status) == printed


def test_description_prints_what_was_given_and_nothing_else():
    full = Signature(position="Professor", affiliation="University X", affiliation_status="emeritus", country="NL")

    assert names.description_as_printed(full) == "Professor, University X (emeritus), Netherlands"
    assert names.description_as_printed(Signature(country="NL")) == "Netherlands"
    assert names.description_as_printed(Signature()) == ""


def test_search_text_is_folded_name_and_affiliation():
    assert names.search_text_for(Signature(display_name="Łukasz Ó", affiliation="Café")) == "lukasz o cafe"
