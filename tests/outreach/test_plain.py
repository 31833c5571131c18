import pytest

from letters.core.typed import TextRefused
from letters.outreach import plain, wording


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("It went **well**, *really*.", "It went well, really."),
        ("one\ntwo", "one two"),
        ("one\\\ntwo", "one\ntwo"),
        ("# Big\n\n### Small\n\nText", "BIG\n\nSmall\n\nText"),
        ("See [the notes](https://example.org/n).", "See the notes (https://example.org/n)."),
        ("<https://example.org>", "https://example.org"),
        ("[us](mailto:a@example.org)", "us (a@example.org)"),
        ("- one\n- two\n  - three", "- one\n- two\n  - three"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("> said\n> so\n>\n> twice", "> said so\n>\n> twice"),
        ("```\ncode  x\n```", "    code  x"),
        ("a\n\n---\n\nb", "a\n\n* * *\n\nb"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("![a picture](https://example.org/p.png)", "a picture"),
        ("<b>raw</b>", "<b>raw</b>"),
        (
            "Known[^1], well[^b] known[^1].\n\n[^b]: https://example.org/b\n\n[^1]: Report *of*\n    2025.",
            "Known[1], well[2] known[1].\n\n[1] Report of 2025.\n[2] https://example.org/b",
        ),
        ("", ""),
    ],
)
def test_markdown_as_a_person_would_type_it(markdown, text):
    assert plain.text_of(markdown) == text


def test_lines_keep_their_indents_and_lose_what_nobody_sees():
    assert wording.block("\r\n- one\r\n  - two  \r\nlove ❤️\r\n", most=100) == "- one\n  - two\nlove ❤"


@pytest.mark.parametrize(("text", "code"), [("a\u202eb", "hidden"), ("x" * 11, "too-long"), ("a\0b", "hidden")])
def test_hidden_characters_and_long_texts_are_refused(text, code):
    with pytest.raises(TextRefused) as refused:
        wording.block(text, most=10)

    assert refused.value.code == code
