import html as html_module
import re

import pytest

from letters.documents import rendering
from tests.factories import make_letter

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![x](https://example.org/track.gif)",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java&#10;script:alert(1))", "[x](data:text/html,x)",
    "[x](vbscript:x)", "<svg onload=alert(1)>", "<a href='javascript:x'>x</a>", "<style>*{}</style>", "<iframe src=x>",
    "`<script>`", "[x](https://example.org \"onclick=x\")", "<p style='x'>", "&lt;script&gt;", "<!-- x -->",
    "[a]: javascript:x\n\n[a]", "<https://example.org/<script>>", "<div><form action=x><input></div>",
    "x[^1]\n\n[^1]: <b onclick=x id=main>[y](javascript:x)", "x[^\"onclick=x]\n\n[^\"onclick=x]: y",
]  # fmt: skip


@pytest.mark.parametrize("markdown", HOSTILE)
@pytest.mark.parametrize("render", [rendering.block, rendering.inline])
def test_rendered_text_holds_nothing_that_runs(render, markdown):
    html = render(markdown)

    tags = {tag.lower() for tag in re.findall(r"</?([a-zA-Z0-9]+)", html)}
    assert tags <= rendering.TAGS
    attributes = set(re.findall(r"<[^>]*?\s([a-z]+)=", html))
    assert attributes <= {"href", "rel", "title", "id", "class"}
    assert all(value.startswith(("fn-", "fnref-")) for value in re.findall(r'\sid="([^"]*)"', html))
    assert all(value.startswith("footnote") for value in re.findall(r'\sclass="([^"]*)"', html))
    for target in re.findall(r'href="([^"]*)"', html):
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", html_module.unescape(target).strip(), re.IGNORECASE)
        assert scheme is None or scheme[1].lower() in rendering.LINKS


def test_block_renders_markdown():
    html = rendering.block("# Why\n\nWe **find** [holes](https://example.org).\n\n- one\n\n> said")

    assert "<h2>Why</h2>" in html
    assert "<strong>find</strong>" in html
    assert '<a href="https://example.org" rel="nofollow noopener">holes</a>' in html
    assert "<li>one</li>" in html
    assert "<blockquote>" in html


def test_inline_renders_one_line_without_blocks():
    assert rendering.inline("Publish the *criteria*.") == "Publish the <em>criteria</em>."
    assert "<h" not in rendering.inline("# Not a heading")


def test_block_survives_ten_thousand_nested_quotes():
    assert rendering.block(">" * 10_000 + " x").count("<blockquote>") <= rendering.MAX_NESTING


@pytest.mark.django_db
def test_a_version_is_rendered_once(django_assert_num_queries):
    version = make_letter().version
    first = rendering.body_html(version)

    with django_assert_num_queries(0):
        assert rendering.body_html(version) is first
        assert rendering.demands_html(version) == ("Lift the restriction.", "Publish the <em>criteria</em>.")


NOTED = "Most holes[^1] are known, and most[^1] stay[^why].\n\n[^1]: Report of *2025*.\n[^why]: Nobody pays."


def test_footnotes_link_there_and_back():
    html = rendering.block(NOTED)

    targets = re.findall(r'href="#([^"]+)"', html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == 5  # three marks, two notes
    assert set(targets) == set(ids)
    assert len(set(ids)) == len(ids)
    assert "<p>Report of <em>2025</em>. <a" in html
    assert html.count('class="footnote-item"') == 2


def test_a_note_that_is_mentioned_again_has_one_number():
    assert re.findall(r">(\[[^<]*\])</a></sup>", rendering.block(NOTED)) == ["[1]", "[1]", "[2]"]


def test_marks_and_notes_that_lead_nowhere_are_found_as_they_were_typed():
    body = "See[^none], `[^code]`, [^1] and [^none].\n\n[^1]: Known.\n\n[^lone]: Nobody points here."

    assert rendering.loose_notes(body, ["Lift it.[^1]", "Publish."]) == (["[^none]", "[^1]"], ["[^lone]"])
    assert rendering.loose_notes(NOTED) == ([], [])


def test_footnotes_of_two_texts_on_one_page_do_not_answer_for_each_other():
    ids = [set(re.findall(r'\sid="([^"]+)"', rendering.block(text))) for text in (NOTED, NOTED + "\n\nMore.")]

    assert ids[0] & ids[1] == set()


def test_ids_and_classes_are_those_of_footnotes_alone():
    cleaned = rendering._safe('<p id="main" class="bar">x</p><li id="fn-0123abcd-1" class="bar">y</li>', rendering.TAGS)

    assert cleaned == '<p>x</p><li id="fn-0123abcd-1">y</li>'


def test_mark_without_a_note_stays_as_it_was_typed_and_a_lone_note_is_left_out():
    html = rendering.block("See[^none].\n\n[^lone]: Nobody points here.")

    assert "[^none]" in html
    assert "Nobody points here" not in html
    assert rendering.inline("Lift[^1] it.") == "Lift[^1] it."
