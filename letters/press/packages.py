"""The delivery package: cover, text, list and how it was checked, as one ZIP file that is the same, byte for byte, each
time it is made from the same rows. archives.py has it made, keeps it for a short time and deletes it."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC
from html import escape
from typing import IO, Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from letters.core import places
from letters.core.errors import RuleError
from letters.documents import texts
from letters.moderation.models import Case
from letters.outreach import delivering
from letters.outreach.models import Package
from letters.press import anonymised, columns, exports, methodology, prints
from letters.press.archiving import Progress, one_moment
from letters.press.printing import papers
from letters.signatures import counting, sentences
from letters.signatures.anonymous_lines import AnonymousLineQuerySet
from letters.signatures.models import AnonymousLine, Role, SignatoryType, Signature, SignatureQuerySet

CHUNK = 2000


class PackageChanged(RuleError):
    code = "package-changed"
    default = gettext_lazy(
        "Since this package was made a signature was withdrawn or changed, or this site sets its files otherwise, so "
        "the same file cannot be made again. Its hash and numbers stay. Make a new package for the next delivery."
    )


@dataclass
class _Archive:
    """A ZIP file in the making, with the hash of each member."""

    file: IO[bytes]
    when: tuple[int, int, int, int, int, int]
    sums: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.zip = zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        info = zipfile.ZipInfo(name, self.when)
        info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
        digest = hashlib.sha256()
        with self.zip.open(info, "w", force_zip64=True) as member:
            for chunk in chunks:
                digest.update(chunk)
                member.write(chunk)
        self.sums[name] = digest.hexdigest()

    def close(self) -> None:
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.sums.items()))
        self.add("SHA256SUMS", [lines.encode()])
        self.zip.close()


@dataclass
class _Pace:
    """How many of the lines are written; each is written twice, into the table and into the list to print."""

    total: int
    tell: Progress
    written: int = 0

    def step(self, lines: int) -> None:
        self.written += lines
        self.tell(min(self.written // 2, self.total), self.total)


def write(planned: delivering.Plan, file: IO[bytes], *, progress: Progress = lambda *_: None) -> delivering.Made:
    """Write a new package into an empty file that can be read, too; returns its hash, its size and whom it names.

    Recounts the version, so that the sentence on the cover has the time of the list; then everything is read as of one
    moment. The file is left at its end.
    """
    tally = counting.recount(planned.version.pk, now=planned.as_of)
    with translation.override(planned.letter.interface_language), one_moment():
        persons, organizations = amounts(planned)
        title = texts.shown_of(planned.version).title
        sentence = sentences.count_of(tally, title).sentence
        if planned.base is not None:
            sentence = _supplement_sentence(planned, persons, organizations)
        _write(planned, file, sentence, persons, organizations, progress)
    return delivering.Made(_sha256(file), file.seek(0, io.SEEK_END), persons, organizations, sentence)


def rewrite(package: Package, file: IO[bytes], *, progress: Progress = lambda *_: None) -> None:
    """Write the file of a package once more into an empty file that can be read, too.

    Raises:
        PackageChanged: it is no longer the file whose hash was kept.
    """
    planned = delivering.plan_of(package)
    for is_printed in (True, False):  # packages of earlier releases had no PDF
        file.seek(0)
        file.truncate()
        with translation.override(planned.letter.interface_language), one_moment():
            _write(planned, file, package.sentence, package.persons, package.organizations, progress, is_printed)
        if _sha256(file) == package.sha256:
            return
    raise PackageChanged


def name_of(package: Package) -> str:
    """«lift-delivery-3-2026-11-24.zip»."""
    kind = f"supplement-{package.supplement}" if package.supplement else "delivery"
    return f"{package.letter.slug}-{kind}-{package.number}-{package.as_of:%Y-%m-%d}.zip"


def lines_of(planned: delivering.Plan) -> SignatureQuerySet:
    """Published lines of the version, confirmed until the plan's time; for a supplement those confirmed since the list
    before it, and those that were held then and released since."""
    rows = Signature.objects.public().for_version(planned.version).filter(confirmed_at__lte=planned.as_of)
    if planned.since is None:
        return rows
    released = Case.objects.filter(
        signature=OuterRef("pk"), is_holding=True, opened_at__lte=planned.since, closed_at__gt=planned.since
    )
    return rows.filter(Q(confirmed_at__gt=planned.since) | Exists(released))


def unnamed_lines_of(planned: delivering.Plan) -> AnonymousLineQuerySet:
    """Lines without a name that were printed until the plan's time; for a supplement those since the list before it."""
    rows = AnonymousLine.objects.printed().for_version(planned.version).filter(checked_at__lte=planned.as_of)
    return (rows if planned.since is None else rows.filter(checked_at__gt=planned.since)).in_order()


def amounts(planned: delivering.Plan) -> tuple[int, int]:
    """(persons, organisations) whom a package names."""
    rows = lines_of(planned)
    organizations = rows.filter(signatory_type=SignatoryType.ORGANIZATION).count()
    return rows.count() - organizations, organizations


def _supplement_sentence(planned: delivering.Plan, persons: int, organizations: int) -> str:
    people = ngettext("{count} person", "{count} people", persons).format(count=f"{persons:,}")
    groups = ngettext("{count} organisation", "{count} organisations", organizations)
    text = _("Supplement {number} to the list of {before}: {people} and {organizations} more, as of {now}.")
    before = sentences.moment(planned.base.as_of) if planned.base else ""
    return text.format(
        number=planned.supplement, before=before, people=people,
        organizations=groups.format(count=f"{organizations:,}"), now=sentences.moment(planned.as_of),
    )  # fmt: skip


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _write(
    planned: delivering.Plan,
    file: IO[bytes],
    sentence: str,
    persons: int,
    organizations: int,
    progress: Progress,
    is_printed: bool = True,
) -> None:
    at = planned.as_of.astimezone(UTC)
    archive = _Archive(file, (at.year, at.month, at.day, at.hour, at.minute, at.second // 2 * 2))
    text = texts.shown_of(planned.version)
    context: dict[str, Any] = {
        "letter": planned.letter,
        "text": text,
        "version": planned.version,
        "sentence": sentence,
        "supplement": planned.supplement,
        "as_of": sentences.moment(planned.as_of),
        "persons": persons,
        "organizations": organizations,
        "letter_url": settings.SITE_URL.rstrip("/") + planned.letter.get_absolute_url(),
        "methodology_url": settings.SITE_URL.rstrip("/") + reverse("public:methodology", args=[planned.letter.slug]),
        "methodology": methodology.methodology_of(planned.letter, planned.version),
    }
    if is_printed:
        context |= _printed(planned, sentence, persons + organizations)
    pace = _Pace(persons + organizations, progress)
    with closing(archive.zip):
        for name in ("cover.html", "count.txt", "methodology.txt", "contact.txt", "style.css"):
            archive.add(name, [get_template(f"files/package_{name}").render(context).strip().encode() + b"\n"])
        archive.add("letter.md", [text.text.encode()])
        if "pdf" in context:
            archive.add("letter-with-signatories.pdf", [context["pdf"]])
        archive.add("signatories.csv", _csv(planned, pace))
        archive.add("signatories.html", _html(planned, context, pace))
        archive.close()
    progress(pace.total, pace.total)


def _printed(planned: delivering.Plan, sentence: str, amount: int) -> dict[str, Any]:
    """{pdf: the letter with its list, on paper}, or {no_pdf: why there is none}."""
    text = texts.shown_of(planned.version)
    disclaimer = sentences.disclaimer_for(has_organizations=True)
    try:
        if amount > papers.PDF_MAX_NAMES:
            raise papers.TooManyNames
        rows = lines_of(planned).order_by("list_key", "id").iterator(CHUNK)
        printed = prints.list_of(
            planned.letter, text, rows, at=planned.as_of, sentence=sentence, disclaimer=disclaimer,
            unnamed=unnamed_lines_of(planned),
        )  # fmt: skip
        return {"pdf": papers.signed_pdf(printed).content}
    except RuleError as error:
        return {"no_pdf": error.message}


def _csv(planned: delivering.Plan, pace: _Pace) -> Iterator[bytes]:
    link = settings.SITE_URL.rstrip("/") + planned.letter.get_absolute_url() + "signatories/{id}/"
    context = columns.Context(planned.version.number, link, texts=exports.texts_of(planned.version))
    yield (",".join(columns.names_of_columns) + "\r\n").encode()
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    position = 0
    for position, row in enumerate(lines_of(planned).order_by("list_key", "id").iterator(CHUNK), 1):
        writer.writerow(columns.cells(row, replace(context, position=position)))
        if position % CHUNK == 0:
            pace.step(CHUNK)
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    unnamed = unnamed_lines_of(planned).select_related("signature")
    for place, line in enumerate(unnamed.iterator(CHUNK), position + 1):
        writer.writerow(anonymised.cells(line, replace(context, position=place)))
    yield buffer.getvalue().encode()


def _html(planned: delivering.Plan, context: dict[str, object], pace: _Pace) -> Iterator[bytes]:
    """The same list to print: those above it first, then organisations, then everybody in the declared order."""
    head, tail = get_template("files/package_signatories.html").render(context).split("<!-- list -->")
    yield head.encode()
    rows = lines_of(planned).order_by("list_key", "id")
    persons = rows.filter(signatory_type=SignatoryType.PERSON)
    blocks = (
        (_("Initiators"), persons.filter(role=Role.INITIATOR)),
        (_("Selected signatories"), persons.filter(role=Role.SELECTED)),
        (_("Organisations"), rows.filter(signatory_type=SignatoryType.ORGANIZATION)),
        (_("Signatories"), persons.filter(role=Role.SIGNATORY)),
    )
    for title, block in blocks:
        held: list[str] = []
        for row in block.values_list(*_PRINTED).iterator(CHUNK):
            held.append(_item(*row))
            if len(held) == 1:
                held.insert(0, f"<h2>{escape(title)}</h2>\n<ul>\n")
            if len(held) > CHUNK:
                yield "".join(held).encode()
                pace.step(len(held) - 1)
                held = [""]
        if held:
            yield ("".join(held) + "</ul>\n").encode()
    yield _unnamed_html(planned).encode()
    yield tail.encode()


def _unnamed_html(planned: delivering.Plan) -> str:
    items = "".join(f"<li>{escape(line.label)}</li>\n" for line in unnamed_lines_of(planned).iterator(CHUNK))
    return f"<h2>{escape(papers.labels()['anonymised'])}</h2>\n<ul>\n{items}</ul>\n" if items else ""


_PRINTED = ("display_name", "position", "affiliation", "affiliation_status", "country")


def _item(name: str, position: str, affiliation: str, status: str, country: str) -> str:
    """One line of the printed list; everything in it is escaped."""
    tie = f"{affiliation} ({status})" if affiliation and status not in ("", "current") else affiliation
    rest = "".join(f", {escape(part)}" for part in (position, tie, places.name_of(country)) if part)
    return f"<li><b>{escape(name)}</b>{rest}</li>\n"
