"""Files in words: the letter, how to cite and check, the fact sheet, the quotes and the methodology."""

from collections.abc import Iterator
from datetime import date
from html import escape
from itertools import islice
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from letters.documents import rendering
from letters.press.kit import breakdowns, tables
from letters.press.kit.breakdowns import COUNTRY, ORGANIZATION, VERIFICATION
from letters.press.kit.source import Row, Source
from letters.verification import assurance

MOST_SHOWN = 10
"""Of the largest groups in the fact sheet."""
ADDRESSED = ("name", "office", "organization")


def methodology(source: Source) -> str:
    return str(source.head["methodology"])


def methodology_md(source: Source) -> Iterator[bytes]:
    yield methodology(source).encode()


def letter_md(source: Source) -> Iterator[bytes]:
    """The very bytes whose SHA-256 the page names."""
    yield source.head["texts"][0]["markdown"].encode()


def letter_html(source: Source) -> Iterator[bytes]:
    yield _page(source, source.head["texts"][0])


def translation_md(source: Source, text: dict[str, Any]) -> Iterator[bytes]:
    words = {**text, "dateline_on": date.fromisoformat(text["dateline_on"]) if text["dateline_on"] else None}
    yield rendering.whole_text(words).encode()


def translation_html(source: Source, text: dict[str, Any]) -> Iterator[bytes]:
    yield _page(source, text)


def _page(source: Source, text: dict[str, Any]) -> bytes:
    """The text as a page that opens from a disk, with nothing beside it."""
    context = {
        **_common(source),
        "text": text,
        "dateline_on": date.fromisoformat(text["dateline_on"]) if text["dateline_on"] else None,
        "body_html": rendering.block(text["body"]),
        "demands_html": [rendering.inline(demand) for demand in text["demands"] if demand],
    }
    return render_to_string("files/kit_letter.html", context).strip().encode() + b"\n"


def _common(source: Source) -> dict[str, Any]:
    return {"head": source.head, "letter": source.head["letter"], "count": source.count, "urls": source.head["urls"]}


def readme_txt(source: Source) -> Iterator[bytes]:
    """What this is, as of when, whom to ask, what may be done with it, how to cite it and how to check it."""
    context = {**_common(source), "files": sorted(source.sums), "has_ledger": "checkpoint" in source.sums}
    yield render_to_string("files/kit_readme.txt", context).strip().encode() + b"\n"


def fact_sheet_md(source: Source) -> Iterator[bytes]:
    letter = source.head["letter"]
    context = {
        **_common(source),
        "addressees": "; ".join(", ".join(filter(None, map(one.get, ADDRESSED))) for one in letter["addressees"]),
        "organisers": [(one["name"], about(one)) for one in letter["organisers"]],
        "verification": [
            (assurance.LABELS.get(group[0], group[0]), persons)
            for group, persons, _withheld in VERIFICATION.groups(source)
        ],
        "countries": [
            (group[1] or group[0], persons) for group, persons, _withheld in _largest(COUNTRY.groups(source))
        ],
        "organizations": [
            (group[0], group[1], persons) for group, persons, _withheld in _largest(ORGANIZATION.groups(source))
        ],
    }
    yield render_to_string("files/kit_fact_sheet.md", context).strip().encode() + b"\n"


def about(organiser: dict[str, str]) -> str:
    """What somebody behind the letter says of their part, who pays, and what they gain by it: whole sentences."""
    said = {name: organiser.get(name, "").strip() for name in ("role", "funding", "interests")}
    parts = (
        said["role"],
        said["funding"] and _("Funding: {text}").format(text=said["funding"]),
        said["interests"] and _("Interests: {text}").format(text=said["interests"]),
    )
    return " ".join(part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in parts if part)


def _largest(groups: list[tuple[tuple[str, ...], int, int]]) -> list[tuple[tuple[str, ...], int, int]]:
    """The largest that name something."""
    return [group for group in groups if group[1] and group[0][0] not in breakdowns.LAST][:MOST_SHOWN]


def quotes_md(source: Source) -> Iterator[bytes]:
    """The same quotes as quotes.csv, to read."""
    title = _("Quotes from “{title}” with permission").format(title=source.head["letter"]["title"])
    lines = [f"# {title}\n", _("As of {time}.").format(time=source.head["as_of_text"]) + "\n"]
    rows = tables.quoted(source)
    while part := list(islice(rows, 500)):
        lines += [_quote(row) for row in part]
        yield ("\n".join(lines) + "\n").encode()
        lines = []
    if lines:
        yield ("\n".join([*lines, _("Nobody has given a quote yet.")]) + "\n").encode()


def _quote(row: Row) -> str:
    values = row.values
    if values["quote_permission"] == "named":
        who = ", ".join(filter(None, (values["display_name"], values["position"], values["affiliation"])))
    else:
        who = ", ".join(filter(None, (_("a signatory who does not want to be named"), values["position"])))
    return f"> {_plain(values['comment'])}\n\n— {_plain(who)}\n"


def _plain(text: str) -> str:
    """Words that Markdown takes for nothing but words."""
    escaped = "".join(f"\\{char}" if char in r"\`*_[]#!|~" else char for char in text)
    return escape(escaped, quote=False)
