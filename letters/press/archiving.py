"""A static copy of a letter: pages, list, texts, files and hashes that open from a disk, with no script and no network.

What the public page shows at that time is in it, nothing else: no address, no hidden, held or withdrawn line.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from letters.documents import differing, languages, rendering, texts, translating
from letters.documents.models import Letter, Version, Words
from letters.outreach import telling
from letters.press import anonymised, exports, integrity, logged, methodology, proven, sequencing
from letters.press.sinks import Sink
from letters.signatures import counting, listing, names, sentences
from letters.signatures.models import AnonymousLine, Signature
from letters.verification import assurance

LINES_PER_PAGE = 1000
STYLE = "css/site.css"
_REFERENCE = re.compile(r"""(?:@import\s+|url\()["']?([^"')]+)["']?""")

Progress = Callable[[int, int], object]
"""Called with (signatures written, signatures in all)."""


@dataclass(frozen=True)
class Line:
    """What is printed of one signatory; ``sentence`` is the evidence."""

    anchor: str
    name: str
    description: str
    comment: str
    sentence: str


@dataclass
class Copy:
    """One archive in the making; ``persons`` are those whom its list names so far, ``has_proof`` whether the public log
    is in it."""

    letter: Letter
    version: Version
    count: sentences.Count
    as_of: datetime
    sink: Sink
    persons: int = 0
    has_proof: bool = False

    def page(self, path: str, template: str, **context: Any) -> None:
        common = {
            "letter": self.letter, "version": self.version, "count": self.count, "as_of": self.as_of, "here": path,
            "first_published": settings.SITE_URL.rstrip("/") + self.letter.get_absolute_url(),
            "has_names": self.letter.shows_names, "has_organizations": self.has_organizations,
            "has_unnamed": self.has_unnamed, "has_proof": self.has_proof,
            "has_timeline": self.letter.timeline_revision > 1,
        }  # fmt: skip
        html = render_to_string(f"archive/{template}.html", {**common, **context})
        self.sink.add(path, [html.encode()])

    @property
    def has_organizations(self) -> bool:
        return self.letter.shows_names and self.count.organizations > 0

    @property
    def has_unnamed(self) -> bool:
        """Whether somebody stands in it by position and affiliation, without a name."""
        return self.letter.shows_names and self.count.anonymised > 0


def write(letter: Letter, sink: Sink, *, now: datetime | None = None, progress: Progress = lambda *_: None) -> Copy:
    """Write the whole archive of a public letter into a sink and close it.

    Counts the letter anew; then everything is read as of one moment (on PostgreSQL in one snapshot). Takes as much
    memory for a million signatures as for a thousand.

    Raises:
        ValueError: the letter has no text.
    """
    try:
        return _written(texts.fresh(letter), sink, now or timezone.now(), progress)
    except BaseException:
        sink.abandon()
        raise


def _written(letter: Letter, sink: Sink, as_of: datetime, progress: Progress) -> Copy:
    if letter.version is None:
        raise ValueError(f"The letter {letter.slug} has no text that could be archived.")
    letter.version.letter = letter
    tally = counting.recount(letter.version.pk, now=as_of)
    with translation.override(letter.interface_language), _proven_moment(letter, letter.version) as proof:
        shown = texts.shown_of(letter.version)
        copy = Copy(letter, letter.version, sentences.count_of(tally, shown.title), as_of, sink)
        if proof is not None:
            proven.write(letter, letter.version, copy.count, proof, sink)
            copy.has_proof = True
        _pages(copy, shown)
        _list(copy, progress)
        _files(copy)
    for path in _styles():
        sink.add(f"assets/{path}", [Path(str(finders.find(path))).read_bytes()])
    sink.add("README.txt", [_readme(copy).encode()])
    sink.close()
    return copy


def folder_of(letter: Letter, now: datetime) -> str:
    """«lift-the-restriction-archive-2026-11-24»: what everything lies in."""
    return f"{letter.slug}-archive-{now:%Y-%m-%d}"


@contextmanager
def _proven_moment(letter: Letter, version: Version) -> Iterator[logged.Proof | None]:
    """``one_moment`` in which the log of the letter says what the list says, and the proof of that; None where names
    are hidden, there is no log, or it did not follow."""
    with ExitStack() as moment:
        yield _settled(letter, version, moment) if letter.shows_names else moment.enter_context(one_moment())


def _settled(letter: Letter, version: Version, moment: ExitStack) -> logged.Proof | None:
    for tries_left in range(logged.TRIES - 1, -1, -1):
        sequencing.run(wait=True)
        moment.enter_context(one_moment())
        try:
            return logged.proof_of(letter, version)
        except logged.NotSettled:
            if tries_left:
                moment.close()
    return None


@contextmanager
def one_moment() -> Iterator[None]:
    """Read everything in the block as of one moment, so that list, count and files agree. Nothing is written in it."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's own would keep everybody else from writing
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")


def _with_html(text: Words) -> Words:
    text.body_html = rendering.body_html(text)  # type: ignore[attr-defined]
    text.demands_html = rendering.demands_html(text)  # type: ignore[attr-defined]
    return text


def _pages(copy: Copy, shown: Words) -> None:
    letter, version = copy.letter, copy.version
    initiators, selected = listing.prominent(version) if letter.shows_names else ([], [])
    statement = rendering.block(letter.closing_statement) if letter.closing_statement else ""
    every, translations = _texts(letter), [translating.shown(row, shown) for row in translating.public_of(letter)]
    copy.page(
        "index.html", "letter", text=_with_html(shown), texts=every, closing_html=statement,
        initiators=lines_of(initiators), selected=lines_of(selected), translations=translations,
        faq=rendering.questions(letter.faq),
    )  # fmt: skip
    for translated in translations:
        own_name = languages.own_name(letter.language)
        copy.page(f"translation-{translated.language}.html", "translation", text=translated, own_name=own_name)
    pairs = [(texts.label_of(before), texts.label_of(after)) for before, after in pairwise(every)]
    for text in every:
        changes = [pair for pair in pairs if texts.label_of(text) in pair]
        copy.page(f"version-{texts.label_of(text)}.html", "version", text=_with_html(text), changes=changes)
    for old, new in pairwise(every):
        before, after = texts.label_of(old), texts.label_of(new)
        difference = differing.between(old.words, new.words)
        page = f"changes-{before}-{after}.html"
        copy.page(page, "changes", difference=difference, before=before, after=after)
    if letter.timeline_revision > 1:
        copy.page("timeline.html", "timeline", timeline=telling.timeline_of(letter))
    found = methodology.methodology_of(letter, version)
    copy.page(
        "methodology.html",
        "methodology",
        found=found,
        sentences=methodology.sentences(),
        report=integrity.report_of(letter),
    )


def _texts(letter: Letter) -> list[Words]:
    """Every text that readers were shown, the oldest first."""
    found: list[Words] = []
    for version in letter.versions.order_by("number"):
        version.letter = letter
        found += texts.all_of(version)
    return found


def line_of(row: Signature) -> Line:
    sentence = assurance.sentence_for(is_sample=row.is_sample, confirmed_at=row.confirmed_at, proofs=row.proofs)
    description = names.description_as_printed(row)
    return Line(f"s-{row.public_id}", row.display_name, description, row.shown_comment, sentence)


def unnamed_line_of(line: AnonymousLine) -> Line:
    sentence = assurance.withheld(line.checked_at, is_deleted=line.name_deleted_at is not None)
    return Line(f"s-{line.public_id}", line.label, "", "", sentence)


def lines_of(rows: Iterable[Signature]) -> list[Line]:
    return [line_of(row) for row in rows]


def _list(copy: Copy, progress: Progress) -> None:
    """The list in its declared order, a thousand lines a page; organisations have a page of their own."""
    if not copy.letter.shows_names:
        return
    total = copy.count.persons
    last = max(1, -(-total // LINES_PER_PAGE))
    rows = exports.rows_in_order(copy.version)
    people = (row for row in rows if row.signatory_type == "person")
    number = 0
    while (part := list(islice(people, LINES_PER_PAGE))) or not number:
        number += 1
        copy.persons += len(part)
        copy.page(f"signatories-{number}.html", "signatories", lines=lines_of(part), number=number, last=last)
        progress(copy.persons, total)
    if copy.has_organizations:
        found = listing.organizations(copy.version, most=100_000)
        copy.page("organisations.html", "organizations", lines=lines_of(found))
    if copy.has_unnamed:
        unnamed = [unnamed_line_of(line) for line in anonymised.rows_in_order(copy.version)]
        copy.page("names-withheld.html", "unnamed", lines=unnamed)


def _files(copy: Copy) -> None:
    sink = copy.sink
    for text in _texts(copy.letter):
        sink.add(f"letter-{texts.label_of(text)}.md", [text.text.encode()])
    if copy.letter.shows_names:
        sink.add("signatories.csv", exports.signatories_csv(copy.version, permalink=""))
        sink.add("signatories.json", exports.signatories_json(copy.version, copy.count, permalink=""))
    sink.add("count.json", [json.dumps(_counted(copy), ensure_ascii=False, indent=1).encode()])


def _counted(copy: Copy) -> dict[str, Any]:
    parts = (
        "persons", "organizations", "email", "account", "affiliation", "by_basis", "invited", "reviewed", "older",
        "withheld", "anonymised", "held", "withdrawn", "removed", "sentence",
    )  # fmt: skip
    return {
        "letter": copy.letter.slug,
        "letter_version": copy.version.number,
        "as_of": copy.as_of.isoformat(),
        **{part: getattr(copy.count, part) for part in parts},
    }


def _styles() -> list[str]:
    """The style sheet of the site and everything that it asks for."""
    found: list[str] = []
    waiting = [STYLE]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        if path.endswith(".css"):
            source = Path(str(finders.find(path))).read_text(encoding="utf-8")
            folder = Path(path).parent
            for reference in _REFERENCE.findall(source):
                if not reference.startswith("data:"):
                    waiting.append(_joined(folder, reference))
    return sorted(found)


def _joined(folder: Path, reference: str) -> str:
    parts: list[str] = list(folder.parts)
    for part in reference.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _readme(copy: Copy) -> str:
    return render_to_string("archive/README.txt", {"copy": copy, "letter": copy.letter, "files": copy.sink.sizes})
