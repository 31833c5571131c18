"""Markdown as plain text for the text part of a mail: what a person would have typed, with every address readable."""

from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.footnote import footnote_plugin

from letters.documents.rendering import MAX_NESTING

_markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING, "typographer": False}).enable("table")
_markdown.use(footnote_plugin, inline=False)


def text_of(markdown: str) -> str:
    """The text with blank lines between blocks. Links stand behind their words, lists keep their signs and numbers,
    quotations their ``>``, footnotes stand at the end under the number of their mark; emphasis is left out."""
    return "\n\n".join(_blocks(SyntaxTreeNode(_markdown.parse(markdown)).children))


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> Iterator[str]:
    for node in nodes:
        if text := _block(node):
            yield text


def _block(node: SyntaxTreeNode) -> str:
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node)
    if node.type == "footnote_block":
        return _notes(node)
    if node.type == "blockquote":
        return _marked("> ", "> ", "\n\n".join(_blocks(node.children)))
    if node.type in ("fence", "code_block"):
        return _marked("    ", "    ", node.content.rstrip("\n"))
    if node.type == "hr":
        return "* * *"
    if node.type == "table":
        return "\n".join(_row(row) for part in node.children for row in part.children)
    return _line(node)


def _line(node: SyntaxTreeNode) -> str:
    if node.type == "heading":
        return _inline(node).upper() if node.tag in ("h1", "h2") else _inline(node)
    if node.type == "html_block":
        return node.content.strip()
    return _inline(node)


def _notes(node: SyntaxTreeNode) -> str:
    notes = ((_mark(note), "\n".join(_blocks(note.children))) for note in node.children)
    return "\n".join(_marked(f"{mark} ", "    ", text) for mark, text in notes)


def _list(node: SyntaxTreeNode) -> str:
    number = int(node.attrs.get("start", 1) or 1) if node.type == "ordered_list" else None
    items = []
    for place, item in enumerate(node.children):
        sign = "- " if number is None else f"{number + place}. "
        items.append(_marked(sign, " " * len(sign), "\n".join(_blocks(item.children))))
    return "\n".join(items)


def _row(row: SyntaxTreeNode) -> str:
    return " | ".join(_inline(cell) for cell in row.children)


def _marked(first: str, then: str, text: str) -> str:
    lines = text.split("\n")
    return "\n".join(((first if place == 0 else then) + line).rstrip() for place, line in enumerate(lines))


def _inline(node: SyntaxTreeNode) -> str:
    return "".join(_piece(child) for child in node.children).strip() if node.children else node.content.strip()


def _mark(node: SyntaxTreeNode) -> str:
    return f"[{node.meta['id'] + 1}]"


def _piece(node: SyntaxTreeNode) -> str:
    if node.type == "footnote_ref":
        return _mark(node)
    if node.type == "softbreak":
        return " "
    if node.type == "hardbreak":
        return "\n"
    inner = "".join(_piece(child) for child in node.children) if node.children else node.content
    if node.type != "link":
        return inner
    address = str(node.attrs.get("href", ""))
    bare = address.removeprefix("mailto:")
    return inner if not address or inner in (address, bare) else f"{inner} ({bare})"
