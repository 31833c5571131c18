"""What a handed-in file really is: its bytes are read to the end, its name and its claimed type are not looked at.

PDF, PNG and JPEG alone, and each only when it is one from the first byte to the last: nothing before, nothing behind,
no second format inside. Nothing is rendered here or anywhere on the site.
Source: ISO 32000-2 §7.5 (PDF), ISO/IEC 15948 (PNG), ITU-T T.81 annex B (JPEG); OWASP file upload cheat sheet.
"""

import re
import struct
import zlib
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from letters.verification.providers.base import NotProven

MOST_BYTES = 5_000_000
MOST_PIXELS = 50_000_000
MOST_SIDE = 20_000
_PDF_TAIL = 1024
_INFLATE_STEP = 1 << 16

# What a browser, an unpacker or an office program would run although the file begins like a picture.
_FOREIGN = re.compile(rb"<!doctype|<html|<head[\s>]|<body|<script|<svg|<iframe|<\?php|javascript:", re.IGNORECASE)
_ZIP = (b"PK\x05\x06", b"PK\x03\x04")
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|AA|SubmitForm|ImportData|GoToR|GoToE)\b")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True)
class File:
    """A file that was looked at; ``kind`` is pdf, png or jpeg."""

    kind: str
    content: bytes = field(repr=False)


def look_at(content: bytes) -> File:
    """The file, when it is wholly one of the three kinds.

    Raises:
        NotProven: too large, empty, of another kind, broken, or something else is hidden in it; the message says what
            to do.
    """
    if not content:
        raise _refused(_("This file is empty. Choose another one."))
    if len(content) > MOST_BYTES:
        raise _refused(_("This file has more than 5 MB. Choose a smaller one, such as a single page."))
    for magic, kind, check in _KINDS:
        if content.startswith(magic):
            if _FOREIGN.search(content) or any(mark in content for mark in _ZIP):
                raise _refused(_("Something else is hidden in this file. Save it anew as a plain PDF, PNG or JPEG."))
            check(content)
            return File(kind, content)
    raise _refused(_("Only PDF, PNG and JPEG files can be taken. Save it as one of these and choose it again."))


def _refused(message: str) -> NotProven:
    return NotProven(message, code="file")


def _broken() -> NotProven:
    return _refused(_("This file is broken or holds more than it says. Save it anew as a plain PDF, PNG or JPEG."))


def _pdf(content: bytes) -> None:
    if not re.match(rb"%PDF-[12]\.\d[\r\n ]", content):
        raise _broken()
    body, mark, behind = content.rpartition(b"%%EOF")
    if not mark or behind.strip(b"\r\n \t\0") or b"startxref" not in body[-_PDF_TAIL:]:
        raise _broken()
    names = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)
    if _ACTIVE.search(names):
        raise _refused(_("This PDF runs code or carries other files. Print it to a new PDF and choose that one."))
    if re.search(rb"/Encrypt\b", names):
        raise _refused(_("This PDF is locked with a password. Save it without one and choose it again."))


def _png(content: bytes) -> None:
    place, packed, seen = len(_PNG_MAGIC), [], []
    while place < len(content):
        if place + 12 > len(content):
            raise _broken()
        (length,) = struct.unpack_from(">I", content, place)
        name, end = content[place + 4 : place + 8], place + 12 + length
        if end > len(content) or not name.isalpha():
            raise _broken()
        body = content[place + 8 : end - 4]
        if zlib.crc32(name + body) != struct.unpack_from(">I", content, end - 4)[0]:
            raise _broken()
        seen.append(name)
        if name == b"IDAT":
            packed.append(body)
        place = end
        if name == b"IEND":
            break
    if place != len(content) or not seen or seen[0] != b"IHDR" or seen[-1] != b"IEND" or not packed:
        raise _broken()
    _inflate(b"".join(packed), _pixels_bytes(content[16:29]))


def _pixels_bytes(header: bytes) -> int:
    """How many bytes the picture has by its own header, filter bytes included."""
    width, height, depth, colour, method, filtering, interlace = struct.unpack(">IIBBBBB", header)
    _refuse_huge(width, height)
    if depth not in _DEPTHS.get(colour, ()) or method or filtering or interlace > 1:
        raise _broken()
    bits = depth * _CHANNELS[colour]
    if not interlace:
        return int(height * (1 + (width * bits + 7) // 8))
    total = 0
    for left, top, across, down in _ADAM7:
        columns, rows = -(-max(width - left, 0) // across), -(-max(height - top, 0) // down)
        total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return total


def _refuse_huge(width: int, height: int) -> None:
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE) or width * height > MOST_PIXELS:
        raise _refused(_("This picture has too many pixels. Choose one of at most 50 megapixels."))


def _inflate(packed: bytes, expected: int) -> None:
    """Unpack step by step, never more than the header promises: a bomb is refused before it goes off."""
    stream, found, rest = zlib.decompressobj(), 0, packed
    try:
        while rest and not stream.eof:
            found += len(stream.decompress(rest, _INFLATE_STEP))
            rest = stream.unconsumed_tail
            if found > expected:
                raise _broken()
    except zlib.error as error:
        raise _broken() from error
    if found != expected or not stream.eof or stream.unused_data:
        raise _broken()


def _jpeg(content: bytes) -> None:
    place, has_frame, has_scan = 2, False, False
    while True:
        marker, place = _marker(content, place)
        if marker == 0xD9:  # end of image
            break
        if place + 2 > len(content):
            raise _broken()
        (length,) = struct.unpack_from(">H", content, place)
        if length < 2 or place + length > len(content):
            raise _broken()
        if marker in (0xC0, 0xC1, 0xC2):
            _refuse_huge(*_frame(content[place + 2 : place + length]))
            has_frame = True
        place += length
        if marker == 0xDA:
            has_scan = True
            place = _after_scan(content, place)
    if place != len(content) or not has_frame or not has_scan:
        raise _broken()


def _marker(content: bytes, place: int) -> tuple[int, int]:
    """(marker, where its segment begins); fill bytes are skipped."""
    if content[place : place + 1] != b"\xff":
        raise _broken()
    while content[place : place + 1] == b"\xff":
        place += 1
    if place >= len(content) or content[place] in (0x00, 0xD8, *range(0xD0, 0xD8)):
        raise _broken()
    return content[place], place + 1


def _frame(segment: bytes) -> tuple[int, int]:
    if len(segment) < 6 or len(segment) != 6 + 3 * segment[5] or segment[5] not in (1, 3, 4):
        raise _broken()
    height, width = struct.unpack_from(">HH", segment, 1)
    return width, height


_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def _after_scan(content: bytes, place: int) -> int:
    found = _SCAN_END.search(content, place)
    if found is None:
        raise _broken()
    return found.start()


_KINDS = ((b"%PDF-", "pdf", _pdf), (_PNG_MAGIC, "png", _png), (b"\xff\xd8\xff", "jpeg", _jpeg))
