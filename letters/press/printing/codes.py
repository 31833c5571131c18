"""QR codes of addresses. Source: ISO/IEC 18004; a quiet zone of four modules is part of it."""

from io import BytesIO

import segno

QUIET_ZONE = 4


def qr_svg(url: str) -> bytes:
    """A code of an address as a drawing without a size of its own."""
    out = BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", border=QUIET_ZONE, dark="#1d1a16", light="#ffffff", xmldecl=False, omitsize=True, nl=False
    )
    return out.getvalue()


def qr_png(url: str, *, pixels: int = 1000) -> bytes:
    """The same as a picture of at most so many pixels a side; modules are whole pixels."""
    code = segno.make(url, error="m", micro=False)
    modules = code.symbol_size(border=QUIET_ZONE)[0]
    out = BytesIO()
    code.save(out, kind="png", scale=max(1, pixels // modules), border=QUIET_ZONE, dark="#000000", light="#ffffff")
    return out.getvalue()
