import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.core import typed
from tests.properties import ALL_PLANES, any_text, quick, thorough

FORBIDDEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
# What is drawn as nothing: Default_Ignorable_Code_Point of the Unicode Character Database.
DEFAULT_IGNORABLE = [
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
]  # fmt: skip


@given(value=any_text)
@thorough
def test_clean_gives_text_that_is_safe_and_stays_as_it_is(value):
    try:
        text = typed.clean(value, most=100)
    except typed.TextRefused:
        return

    assert typed.clean(text, most=100) == text
    assert unicodedata.is_normalized("NFC", text)
    assert not {unicodedata.category(char) for char in text} & FORBIDDEN
    assert text == " ".join(text.split(" "))
    assert text.strip() == text


CONTROLS = st.sampled_from([chr(n) for n in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800, 0xDFFF, 0xE000)])


@given(char=CONTROLS | ALL_PLANES.filter(lambda char: unicodedata.category(char) in FORBIDDEN))
@quick
def test_clean_refuses_every_forbidden_character(char):
    if char.isspace():  # line ends and their like are white space: one blank
        assert typed.clean(f"a{char}b", most=9) == "a b"
        return

    with pytest.raises(typed.TextRefused) as refused:
        typed.clean(f"a{char}b", most=9)

    assert refused.value.code == "hidden"
    assert f"U+{ord(char):04X}" in refused.value.message


def test_clean_refuses_whatever_is_drawn_as_nothing():
    passed = []
    for first, last in DEFAULT_IGNORABLE:
        for number in range(first, last + 1):
            try:
                typed.clean(f"a{chr(number)}b", most=9)
            except typed.TextRefused:
                continue
            passed.append(f"U+{number:04X}")

    assert passed == []


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("  two \t\n words\u00a0\u3000here ", "two words here"),
        ("Jose\u0301", "José"),
        ("Ｐｒｏｆｅｓｓｏｒ", "Professor"),
        ("", ""),
        ("\u00a0\u2007\u3000", ""),
        ("نیم\u200cفاصله", "نیم\u200cفاصله"),
        ("क्\u200dष", "क्\u200dष"),
        ("@stake", "@stake"),
        ("Việt Nam", "Việt Nam"),
        ("שָׁלוֹם", unicodedata.normalize("NFC", "שָׁלוֹם")),
        ("བསྒྲུབས", "བསྒྲུབས"),
        ("ကျွန်ုပ်", "ကျွန်ုပ်"),
    ],
)
def test_clean_keeps_honest_text(value, stored):
    assert typed.clean(value, most=40) == stored


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("a" * 41, "too-long"),
        ("Alice \u202eecilA", "hidden"),
        ("Alice \u2066open", "hidden"),
        ("zero\u200bwidth", "hidden"),
        ("Al\u200dice", "hidden"),
        ("نیم\u200c", "hidden"),
        ("\u200cنیم", "hidden"),
        ("\u3164", "hidden"),
        ("\u2800", "hidden"),
        ("\u00ad", "hidden"),
        ("nul\0", "hidden"),
        ("\ud800", "hidden"),
        ("private \ue000", "hidden"),
        ("葛\U000e0100城", "hidden"),
        ("tag \U000e0041", "hidden"),
        ("Z\u0300\u0302\u0303\u0304", "marks"),
        ("Z" + "\u0489" * 4, "marks"),
        ("Z" + "\u0e49" * 7, "marks"),
        ("Z" + "\u064b" * 7, "marks"),
        ("Z" + "\ufe20" * 4, "marks"),
    ],
)
def test_clean_refuses_a_disguise_by_name(value, code):
    with pytest.raises(typed.TextRefused) as refused:
        typed.clean(value, most=40)

    assert refused.value.code == code


def test_clean_counts_as_people_count_after_composing():
    assert typed.clean("e\u0301" * 40, most=40) == "é" * 40

    with pytest.raises(typed.TextRefused, match="at most 40 characters; this has 41"):
        typed.clean("e\u0301" * 41, most=40)


@given(value=any_text)
@thorough
def test_fold_is_idempotent(value):
    once = typed.fold(value)

    assert typed.fold(once) == once


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("Łukasz Żółć", "lukasz zolc"),
        ("Ångström", "angstrom"),
        ("STRASSE", "straße"),
        ("O’Brien", "o'brien"),
        ("Jean–Luc", "jean-luc"),
        ("Æsir Œuvre", "aesir oeuvre"),
        ("ﬁnn", "finn"),
        ("Đorđe", "dorde"),
        ("İrem ışık", "irem isik"),
        ("  two   words ", "two words"),
        ("نیم\u200cفاصله", "نیمفاصله"),
        ("ᴭ", "ae"),
    ],
)
def test_fold_makes_what_is_written_findable(written, searched):
    assert typed.fold(written) == typed.fold(searched)


def test_fold_parts_what_differs():
    assert typed.fold("李") != typed.fold("王")
    assert typed.fold("Berg") != typed.fold("Burg")
