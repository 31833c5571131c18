"""From Markdown to what a browser may show, and to the one file that is hashed.

HTML in the source is escaped by the parser and whatever comes out passes an allow-list once more; images are dropped.
Footnotes carry ids that name their text, so that two texts on one page do not answer for each other.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from letters.documents.models import Amendment, Letter, Version, Words

TAGS = {
    "a", "abbr", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "sub",
    "section", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
FOOTNOTES = {
    ("sup", "class"): re.compile("footnote-ref"),
    ("hr", "class"): re.compile("footnotes-sep"),
    ("section", "class"): re.compile("footnotes"),
    ("ol", "class"): re.compile("footnotes-list"),
    ("li", "class"): re.compile("footnote-item"),
    ("li", "id"): re.compile("fn-[0-9a-f]{8}-[0-9]+"),
    ("a", "id"): re.compile("fnref-[0-9a-f]{8}-[0-9]+(:[0-9]+)?"),
    ("a", "class"): re.compile("footnote-backref"),
}
"""The only ids and classes that come out of a text, and what they can be."""
_ATTRIBUTES = {
    tag: set(nh3.ALLOWED_ATTRIBUTES.get(tag, ())) | {name for owner, name in FOOTNOTES if owner == tag}
    for tag in {*nh3.ALLOWED_ATTRIBUTES, *(owner for owner, _name in FOOTNOTES)}
}
INLINE_TAGS = {"a", "abbr", "code", "em", "strong", "sub", "sup"}
LINKS = {"http", "https", "mailto"}
MAX_NESTING = 20

_markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING, "typographer": False}).enable("table")
_markdown.use(footnote_plugin, inline=False)
_BARE_MARK = re.compile(r"\[\^[^\]\s]+\]")


def _caption(_renderer: object, tokens: Sequence[Token], at: int, _options: object, _env: object) -> str:
    """The number of the note alone, also where it is mentioned again: the parser would print ``[1:1]``."""
    return f"[{tokens[at].meta['id'] + 1}]"


_markdown.add_render_rule("footnote_caption", _caption)


def _safe(html: str, tags: set[str]) -> SafeString:
    cleaned = nh3.clean(
        html,
        tags=tags,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes=LINKS,
        link_rel="nofollow noopener",
    )
    return SafeString(cleaned)


def _kept(tag: str, name: str, value: str) -> str | None:
    """Ids and classes of footnotes alone; every other attribute is the allow-list's business."""
    if name not in ("id", "class"):
        return value
    shape = FOOTNOTES.get((tag, name))
    return value if shape is not None and shape.fullmatch(value) else None


def block(markdown: str) -> SafeString:
    """Sanitised HTML of a text; a level-one heading becomes level two, since the page has its own title."""
    html = _markdown.render(markdown, {"docId": _name_of(markdown)}).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return _safe(html, TAGS)


def _name_of(markdown: str) -> str:
    return hashlib.sha256(markdown.encode("utf-8", "replace")).hexdigest()[:8]


def inline(markdown: str) -> SafeString:
    """Sanitised HTML of one line."""
    return _safe(_markdown.renderInline(markdown), INLINE_TAGS)


def tokens(markdown: str) -> list[Token]:
    """What the parser reads in a text, for whoever sets it in another form than HTML; nothing in it is sanitised."""
    return _markdown.parse(markdown)


def line_tokens(markdown: str) -> list[Token]:
    """The same for one line: at most one token, whose children are inline."""
    return _markdown.parseInline(markdown)


def loose_notes(body: str, demands: Iterable[str] = ()) -> tuple[list[str], list[str]]:
    """(marks of footnotes that are printed as they were typed, notes that are printed nowhere), each once, as typed.

    A mark needs a note in the body; a note needs a mark there, and demands take none.
    """
    env: dict[str, Any] = {}
    inlines = [token for token in _markdown.parse(body, env) if token.type == "inline"]
    inlines += [token for demand in demands for token in _markdown.parseInline(demand)]
    texts = [piece.content for token in inlines for piece in token.children or () if piece.type == "text"]
    marks = [mark for text in texts for mark in _BARE_MARK.findall(text)]
    known: Mapping[str, int] = env.get("footnotes", {}).get("refs", {})
    lone = [f"[^{label.removeprefix(':')}]" for label, place in known.items() if place < 0]
    return list(dict.fromkeys(marks)), lone


def questions(faq: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """[{question, answer_html}] of what stands beside a letter."""
    return [{"question": entry["question"], "answer_html": block(entry["answer"])} for entry in faq]


@lru_cache(maxsize=64)
def _rendered(is_fix: bool, pk: int, sha256: str) -> tuple[SafeString, tuple[SafeString, ...]]:
    text: Words = Amendment.objects.get(pk=pk) if is_fix else Version.objects.get(pk=pk)
    return block(text.body), tuple(inline(demand) for demand in text.demands)


def body_html(text: Words) -> SafeString:
    """The body of an immutable version or editorial fix, rendered once per process."""
    return _rendered(isinstance(text, Amendment), text.pk, text.sha256)[0]


def demands_html(text: Words) -> tuple[SafeString, ...]:
    return _rendered(isinstance(text, Amendment), text.pk, text.sha256)[1]


def of_words(letter: Letter, words: Mapping[str, Any]) -> Version:
    """An unsaved version of these words, with its HTML, to be shown before there is one: a draft, a preview."""
    text = whole_text(words)
    version = Version(letter=letter, number=0, text=text, sha256=hashlib.sha256(text.encode()).hexdigest(), **words)
    version.body_html = block(version.body)  # type: ignore[attr-defined]
    version.demands_html = tuple(inline(demand) for demand in version.demands)  # type: ignore[attr-defined]
    return version


def whole_text(words: Mapping[str, Any]) -> str:
    """The letter as one Markdown file with LF line ends: the text whose SHA-256 signatories sign. Documented in
    docs/letter-text.md, so that anybody can make it again from the page."""
    parts = [
        f"# {words['title']}",
        words["subtitle"],
        _dateline(words["dateline_place"], words["dateline_on"]),
    ]
    parts += ["\n".join(f"- {_addressee(a)}" for a in words["addressees"])]
    parts += [words["salutation"], words["body"].strip()]
    parts += ["\n".join(f"{place}. {demand}" for place, demand in enumerate(words["demands"], 1))]
    parts += [words["closing"]]
    return "\n\n".join(part for part in parts if part) + "\n"


def _addressee(addressee: Mapping[str, str]) -> str:
    return ", ".join(addressee[key] for key in ("name", "office", "organization") if addressee.get(key))


def _dateline(place: str, on: date | None) -> str:
    return ", ".join(part for part in (place, on.isoformat() if on else "") if part)
