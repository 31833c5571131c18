"""Hostile files: what a signatory hands in is a plain PDF, PNG or JPEG from the first byte to the last, or refused."""

import contextlib
import io
import struct
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.core.errors import RuleError
from letters.verification.providers.review import sniffing
from tests.moderation.files import JPEG, PDF, PNG, chunk, jpeg, pdf, png, segment


def zipped(name="[Content_Types].xml", content=b"<Types/>"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        archive.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0 macro")
    return file.getvalue()


def padded(size):
    return PDF.replace(b"xref\n0 1", b"%" + b" " * (size - len(PDF) - 2) + b"\nxref\n0 1")


HTML = b"<!DOCTYPE html><script>alert(document.cookie)</script>"
HOSTILE = {
    "empty": b"",
    "text": b"hello",
    "html": HTML,
    "html-with-a-name-of-png": b"\n" + HTML,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "gif": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "office-with-macros": zipped(),
    "old-office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
    "program": b"MZ\x90\x00" + b"\0" * 64,
    "pdf-not-at-the-beginning": pdf(before=b"\n"),
    "pdf-after-html": pdf(before=HTML),
    "pdf-after-a-picture": PNG + PDF,
    "pdf-with-html-inside": pdf(HTML),
    "pdf-with-html-behind": pdf(behind=HTML),
    "pdf-with-an-archive-behind": pdf(behind=zipped()),
    "pdf-with-an-archive-before-its-end": PDF.replace(b"startxref", zipped() + b"\nstartxref"),
    "pdf-with-javascript": pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
    "pdf-with-disguised-javascript": pdf(b"/OpenAction << /S /J#61vaScript /#4aS (app.alert(1)) >>"),
    "pdf-that-starts-programs": pdf(b"/AA << /O << /S /Launch /F (cmd.exe) >> >>"),
    "pdf-with-a-file-inside": pdf(b"/Names << /EmbeddedFiles 3 0 R >>"),
    "pdf-with-a-form": pdf(b"/AcroForm << /XFA 3 0 R >>"),
    "pdf-with-a-password": pdf(b"/Encrypt 4 0 R"),
    "pdf-cut-off": PDF[: len(PDF) // 2],
    "pdf-of-nothing": b"%PDF-1.7\n%%EOF",
    "png-of-magic-alone": PNG[:8],
    "png-cut-off": PNG[:-6],
    "png-with-html-behind": PNG + HTML,
    "png-with-html-in-a-comment": png(extra=chunk(b"tEXt", b"Comment\0" + HTML)),
    "png-with-an-archive-behind": PNG + zipped(),
    "png-with-anything-behind": PNG + b"x",
    "png-with-a-wrong-sum": PNG[:20] + bytes([PNG[20] ^ 1]) + PNG[21:],
    "png-with-too-many-pixels": png(60_000, 60_000, pixels=b"\0"),
    "png-bomb": png(2, 2, pixels=b"\0" * 40_000_000),
    "png-with-too-few-pixels": png(2, 2, pixels=b"\0"),
    "png-of-an-unknown-kind": png(colour=5),
    "png-without-a-header": PNG[:8] + chunk(b"IDAT", b"x") + chunk(b"IEND", b""),
    "png-with-a-length-beyond-its-end": PNG[:8] + struct.pack(">I", 2**31) + PNG[12:],
    "jpeg-of-magic-alone": b"\xff\xd8\xff",
    "jpeg-cut-off": JPEG[:-2],
    "jpeg-with-html-behind": jpeg(behind=HTML),
    "jpeg-with-anything-behind": jpeg(behind=b"x"),
    "jpeg-with-html-in-a-comment": jpeg(extra=segment(0xFE, HTML)),
    "jpeg-with-php-in-its-exif": jpeg(extra=segment(0xE1, b"Exif\0\0<?php system($_GET[0]); ?>")),
    "jpeg-with-too-many-pixels": jpeg(width=65_000, height=65_000),
    "jpeg-without-a-picture": b"\xff\xd8" + segment(0xE0, b"JFIF\0") + b"\xff\xd9",
    "jpeg-with-a-length-beyond-its-end": b"\xff\xd8\xff\xe0\xff\xff" + b"\0" * 20,
    "one-byte-too-large": padded(sniffing.MOST_BYTES + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_a_sentence_and_soon(name):
    begun = time.process_time()

    with pytest.raises(RuleError) as refused:
        sniffing.look_at(HOSTILE[name])

    assert refused.value.code == "file"
    assert refused.value.message.endswith(".")
    assert time.process_time() - begun < 2


GPS = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0"
HONEST = {
    "pdf": (PDF, "pdf"),
    "pdf-2": (PDF.replace(b"%PDF-1.7", b"%PDF-2.0"), "pdf"),
    "pdf-with-spaces-behind": (PDF + b"\r\n  ", "pdf"),
    "png": (PNG, "png"),
    "png-interlaced": (
        png(2, 2, interlace=1, pixels=b"\0\x7f\x7f\x7f" + b"\0\x7f\x7f\x7f" + b"\0" + b"\x7f" * 6),
        "png",
    ),
    "png-of-one-bit": (png(9, 2, depth=1, colour=0, pixels=b"\0\xff\x80" * 2), "png"),
    "png-with-a-comment": (png(extra=chunk(b"tEXt", b"Software\0Camera")), "png"),
    "jpeg": (JPEG, "jpeg"),
    "jpeg-with-exif": (jpeg(extra=segment(0xE1, GPS)), "jpeg"),
    "as-large-as-may-be": (padded(sniffing.MOST_BYTES), "pdf"),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_file_passes(name):
    content, kind = HONEST[name]

    assert sniffing.look_at(content) == sniffing.File(kind, content)


@given(st.binary(max_size=400), st.sampled_from([b"", PDF[:9], PNG[:8], b"\xff\xd8\xff\xe0", PNG[:40], JPEG[:30]]))
def test_any_bytes_are_taken_or_refused_and_never_break(content, head):
    with contextlib.suppress(RuleError):
        assert sniffing.look_at(head + content).content == head + content
