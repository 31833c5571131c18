"""Small whole files of the three kinds, and what hostile people make of them."""

import struct
import zlib


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width=2, height=2, *, pixels=None, depth=8, colour=2, interlace=0, extra=b""):
    rows = pixels if pixels is not None else b"".join(b"\0" + b"\x7f" * 3 * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(*, width=8, height=8, extra=b"", behind=b""):
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\x01\x01\x00\x00\x3f\x00"
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0") + extra + segment(0xDB, b"\0" + b"\x10" * 64)
        + segment(0xC0, frame) + segment(0xDA, scan) + b"\x12\x34\xff\x00\x56" + b"\xff\xd9" + behind
    )  # fmt: skip


def pdf(inside=b"", *, before=b"", behind=b""):
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + inside + b" >>\nendobj\n"
    return before + body + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n" + behind


PDF, PNG, JPEG = pdf(), png(), jpeg()
