"""Reading a dump of the Research Organization Registry: records one at a time, and what one record says.

The file is never held whole. Source: ROR data structure 2.1 (https://ror.readme.io/docs/ror-data-structure), dumps at
https://doi.org/10.5281/zenodo.6347574, CC0.
"""

import codecs
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

from letters.core import hosts, typed
from letters.core.errors import RuleError
from letters.verification import lists
from letters.verification.models import DomainKind, OrganizationStatus, Source
from letters.verification.organizations import MAX_NAME, is_ror_id, objection_to

CHUNK_BYTES = 1 << 17
MAX_RECORD = 1 << 24
"""Characters; the longest record of release 2.8 has some thirty thousand."""
MAX_ALIASES = 80
_RELEASE = re.compile(r"v(\d+(?:\.\d+)+)-(\d{4}-\d{2}-\d{2})")
# A home page, or one for a language. Any deeper path is a page on the site of somebody else: a lab, a ministry.
_HOME = re.compile(
    r"/?(?:[a-z]{2}(?:[-_][a-z]{2,3})?|eng|english)?/?(?:(?:index|home|main|default)(?:\.[a-z]{2,5})?)?/?",
    re.IGNORECASE,
)
_WWW = re.compile(r"www\d*\.")


class DumpRefused(RuleError):
    """``message`` is a whole sentence about the file."""

    code = "ror-file"


class BadRecord(RuleError):
    code = "ror-record"


@dataclass(frozen=True)
class Release:
    """Version and day of a dump; ``version`` is empty where the file's name does not tell."""

    version: str
    on: date

    @property
    def note(self) -> str:
        return f"ROR release {self.version or 'of unknown version'} of {self.on}, CC0"


@dataclass(frozen=True)
class Record:
    """What one record says of an organisation. ``domains``: {(domain, source): kind}; ``skipped``: why others do not
    count, one reason each."""

    id: str
    name: str
    aliases: tuple[str, ...]
    country: str
    types: tuple[str, ...]
    wikidata: str
    status: str
    domains: dict[tuple[str, str], str]
    skipped: tuple[str, ...]


def release_of(path: Path) -> Release | None:
    """Version and day as the names of the dumps tell them (``v2.8-2026-06-02-ror-data.zip``), or None."""
    found = _RELEASE.search(path.name)
    try:
        return Release(found[1], date.fromisoformat(found[2])) if found else None
    except ValueError:
        return None


def records(path: Path, told: Callable[[int], None] = lambda _bytes: None) -> Iterator[Any]:
    """Every element of the array in a dump, decoded one by one; ``told`` hears how many bytes were read.

    Takes the JSON file, or the ZIP from Zenodo with it inside.

    Raises:
        DumpRefused: the file cannot be read, is no JSON array, or ends in the middle of a record.
    """
    try:
        with _opened(path) as stream:
            yield from _elements(_texts(stream, told))
    except OSError as error:
        raise DumpRefused(f"cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, EOFError) as error:
        raise DumpRefused("is damaged: download it again.") from error


def _opened(path: Path) -> AbstractContextManager[IO[bytes]]:
    if not zipfile.is_zipfile(path):
        return path.open("rb")
    archive = zipfile.ZipFile(path)
    members = [info for info in archive.infolist() if info.filename.endswith(".json")]
    # Releases of 2024 and 2025 hold both schemas.
    chosen = [info for info in members if "schema_v2" in info.filename] or members
    if len(chosen) != 1:
        raise DumpRefused(f"is a ZIP with {len(chosen)} JSON files that could be the dump; unpack it and name the one.")
    return cast(AbstractContextManager[IO[bytes]], archive.open(chosen[0]))


def _texts(stream: IO[bytes], told: Callable[[int], None]) -> Iterator[str]:
    decoder, size = codecs.getincrementaldecoder("utf-8-sig")(), 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        told(size)
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _elements(texts: Iterator[str]) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    buffer, place, begun = next(texts, ""), 0, False
    while True:
        place = _skip_to_value(buffer, place, begun)
        if not begun and place < len(buffer):
            if buffer[place] != "[":
                raise DumpRefused("is not a ROR dump, which is a JSON array of records and begins with “[”.")
            begun, place = True, place + 1
            continue
        if buffer[place : place + 1] == "]":
            return
        try:
            value, place = decoder.raw_decode(buffer, place)
        except (ValueError, RecursionError):
            more = next(texts, None)
            if more is None or len(buffer) - place > MAX_RECORD:
                raise DumpRefused(_broken(buffer, place)) from None
            buffer, place = buffer[place:] + more, 0
            continue
        yield value


def _skip_to_value(buffer: str, place: int, begun: bool) -> int:
    found = re.compile(r"[\s,]*" if begun else r"\s*").match(buffer, place)
    return found.end() if found else place


def _broken(buffer: str, place: int) -> str:
    near = " ".join(buffer[place : place + 40].split())
    if not near:
        return "ends before the array of records does: download it again."
    return f"cannot be read as JSON from here on: “{near}…”. Download it again."


def read(value: Any) -> Record:
    """One record of schema 2, cut to what we store.

    Raises:
        BadRecord: no identifier, no name, or a part of the wrong shape; the message says which.
    """
    if not isinstance(value, dict):
        raise BadRecord("is not an object")
    if not is_ror_id(value.get("id")):
        raise BadRecord("has no ROR identifier with a right check sum in “id”")
    if "name" in value and "names" not in value:
        raise BadRecord("is of schema 1, which ended in 2025; use a dump of schema 2.1")
    status = value.get("status")
    if status not in OrganizationStatus.values:
        raise BadRecord(f"has the unknown status {status!r:.40}")
    name, aliases = _names(_list(value, "names"))
    types = tuple(text for text in _list(value, "types") if isinstance(text, str))
    domains, skipped = _domains(value, is_school="education" in types)
    return Record(
        id=value["id"],
        name=name,
        aliases=aliases,
        country=_country(_list(value, "locations")),
        types=types,
        wikidata=_wikidata(_list(value, "external_ids")),
        status=status,
        domains=domains,
        skipped=skipped,
    )


def _list(value: dict[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise BadRecord(f"has no list in “{key}”")
    return found


def _names(names: list[Any]) -> tuple[str, tuple[str, ...]]:
    """The display name and the others; one that holds hidden characters is left out."""
    shown, others = "", []
    for item in names:
        try:
            text, kinds = typed.clean(item["value"], most=MAX_NAME), item["types"]
        except (TypeError, KeyError, AttributeError):
            raise BadRecord("has a name without “value” and “types”") from None
        except typed.TextRefused:
            continue
        if "ror_display" in kinds and not shown:
            shown = text
        else:
            others.append(text)
    if not shown:
        raise BadRecord("has no usable name of type “ror_display”")
    return shown, tuple(dict.fromkeys(other for other in others if other and other != shown))[:MAX_ALIASES]


def _country(locations: list[Any]) -> str:
    try:
        code = locations[0]["geonames_details"]["country_code"]
    except (IndexError, KeyError, TypeError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z]{2}", code) else ""


def _wikidata(external: list[Any]) -> str:
    for item in external:
        if isinstance(item, dict) and item.get("type") == "wikidata":
            every = item.get("all")
            found = item.get("preferred") or (every[0] if isinstance(every, list) and every else "")
            return found if isinstance(found, str) and re.fullmatch(r"Q[0-9]{1,15}", found) else ""
    return ""


def _domains(value: dict[str, Any], *, is_school: bool) -> tuple[dict[tuple[str, str], str], tuple[str, ...]]:
    kind = str(DomainKind.MIXED if is_school else DomainKind.STAFF)
    found: dict[tuple[str, str], str] = {}
    skipped = []
    for text in _list(value, "domains"):
        domain, why = _usable(text, is_school=is_school)
        if why:
            skipped.append(why)
        else:
            found[domain, Source.ROR] = kind
    for link in _list(value, "links"):
        if not isinstance(link, dict) or link.get("type") != "website":
            continue
        host, why = _host(link.get("value"))
        host, why = (host, why) if why else _usable(host, is_school=is_school)
        if why:
            skipped.append(why)
        elif (host, Source.ROR) not in found:
            found[host, Source.ROR_WEBSITE] = kind
    return found, tuple(skipped)


def _host(url: Any) -> tuple[str, str]:
    """(host of a website without “www.”, or why it says nothing of a mail domain)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except (ValueError, AttributeError, TypeError):
        return "", "malformed"
    if not isinstance(host, str):
        return "", "malformed"
    if not _HOME.fullmatch(parts.path) or parts.query:
        return "", "page on another site"
    return _WWW.sub("", host, count=1) if _WWW.match(host) else host, ""


def _usable(text: Any, *, is_school: bool) -> tuple[str, str]:
    """(domain in A-labels, or why no row is made of it)."""
    try:
        domain = hosts.ascii_host(text)
    except (RuleError, AttributeError, TypeError):
        return "", "malformed"
    if lists.is_public_suffix(domain):
        return "", "public suffix"
    if lists.is_shared_suffix(domain) and not is_school:
        return "", "shared suffix"
    return domain, "free mail or hosting" if objection_to(domain) else ""
