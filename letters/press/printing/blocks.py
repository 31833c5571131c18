"""From Markdown to plain blocks that a template sets: the tokens of the page's own parser, never strings of markup.

Inline: {t: text, s} · {t: em|strong, c} · {t: code, s} · {t: link, href, c} · {t: br} · {t: note, n, first}.
Blocks: {t: p|h, c, level} · {t: ul|ol, items, start} · {t: quote, c} · {t: code, s} · {t: hr} · {t: table, rows}.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from markdown_it.token import Token

from letters.documents import rendering

Node = dict[str, Any]


def of_text(markdown: str) -> tuple[list[Node], list[list[Node]]]:
    """(blocks of a text, blocks of each footnote in the order of its first mention). Headings begin at level two and
    skip none, as a tagged file needs it."""
    reader = _Reader(rendering.tokens(markdown))
    return reader.blocks(), reader.notes


def of_line(markdown: str) -> list[Node]:
    """One line: inline nodes alone."""
    tokens = rendering.line_tokens(markdown)
    return _Inline(tokens[0].children or []).nodes() if tokens else []


class _Reader:
    """Reads block tokens once, from the left to the right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._level = 1
        self.notes: list[list[Node]] = []

    def blocks(self, until: str = "") -> list[Node]:
        found: list[Node] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == until:
                break
            if (node := self._block(token)) is not None:
                found.append(node)
        return found

    def _block(self, token: Token) -> Node | None:
        simple = _SIMPLE.get(token.type)
        if simple is not None:
            return simple(token)
        reader = _NESTED.get(token.type)
        return None if reader is None else reader(self, token)

    def _inline_until(self, until: str) -> list[Node]:
        found: list[Node] = []
        while (token := self._tokens[self._at]).type != until:
            found += _Inline(token.children or []).nodes()
            self._at += 1
        self._at += 1
        return found

    def _paragraph(self, token: Token) -> Node:
        return {"t": "p", "c": self._inline_until("paragraph_close")}

    def _heading(self, token: Token) -> Node:
        self._level = min(max(2, int(token.tag[1:])), self._level + 1)
        return {"t": "h", "level": self._level, "c": self._inline_until("heading_close")}

    def _quote(self, token: Token) -> Node:
        return {"t": "quote", "c": self.blocks("blockquote_close")}

    def _list(self, token: Token) -> Node:
        kind = "ol" if token.type == "ordered_list_open" else "ul"
        items = []
        while self._tokens[self._at].type == "list_item_open":
            self._at += 1
            items.append(self.blocks("list_item_close"))
        self._at += 1
        return {"t": kind, "items": items, "start": int(token.attrs.get("start", 1))}

    def _table(self, token: Token) -> Node:
        rows: list[list[list[Node]]] = []
        while (part := self._tokens[self._at]).type != "table_close":
            self._at += 1
            if part.type == "tr_open":
                rows.append([])
            elif part.type in ("th_open", "td_open"):
                rows[-1].append(self._inline_until(part.type.replace("open", "close")))
        self._at += 1
        return {"t": "table", "rows": rows}

    def _notes(self, token: Token) -> None:
        while self._tokens[self._at].type != "footnote_block_close":
            self._at += 1
            if self._tokens[self._at - 1].type == "footnote_open":
                self.notes.append(self.blocks("footnote_close"))
        self._at += 1


def _code(token: Token) -> Node:
    return {"t": "code", "s": token.content.rstrip("\n")}


def _rule(token: Token) -> Node:
    return {"t": "hr"}


_SIMPLE: dict[str, Callable[[Token], Node]] = {"fence": _code, "code_block": _code, "hr": _rule}
_NESTED: dict[str, Callable[[_Reader, Token], Node | None]] = {
    "paragraph_open": _Reader._paragraph,
    "heading_open": _Reader._heading,
    "blockquote_open": _Reader._quote,
    "bullet_list_open": _Reader._list,
    "ordered_list_open": _Reader._list,
    "table_open": _Reader._table,
    "footnote_block_open": _Reader._notes,
}


class _Inline:
    """Reads the inline tokens of one block."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def nodes(self, until: str = "") -> list[Node]:
        found: list[Node] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == until:
                break
            found += self._node(token)
        return found

    def _node(self, token: Token) -> list[Node]:
        if token.type in ("em_open", "strong_open"):
            kind = token.type.removesuffix("_open")
            return [{"t": kind, "c": self.nodes(f"{kind}_close")}]
        if token.type == "link_open":
            return self._link(token)
        return _LEAVES.get(token.type, _words)(token)

    def _link(self, token: Token) -> list[Node]:
        href = str(token.attrs.get("href", ""))
        inside = self.nodes("link_close")
        if not inside or urlsplit(href).scheme.lower() not in rendering.LINKS:
            return inside
        return [{"t": "link", "href": href, "c": inside}]


def _words(token: Token) -> list[Node]:
    """Text, and of anything unknown (a picture's description) what it says."""
    return [{"t": "text", "s": token.content}] if token.content else []


def _note(token: Token) -> list[Node]:
    return [{"t": "note", "n": int(token.meta["id"]) + 1, "first": int(token.meta["subId"]) == 0}]


def _nothing(token: Token) -> list[Node]:
    return []


_LEAVES: dict[str, Callable[[Token], list[Node]]] = {
    "softbreak": lambda token: [{"t": "text", "s": " "}],
    "hardbreak": lambda token: [{"t": "br"}],
    "code_inline": lambda token: [_code(token)],
    "footnote_ref": _note,
    "footnote_anchor": _nothing,
}
