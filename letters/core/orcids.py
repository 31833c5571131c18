"""ORCID iDs: what is one, and one spelling for all ways to write it. Nothing here proves whose it is.

Source: ISO/IEC 7064 MOD 11-2 for the check digit.
"""

import re

_SHAPE = re.compile(r"(\d{4}-){3}\d{3}[\dX]")
_BEFORE = re.compile(r"(?i)^(https?://)?(www\.)?(sandbox\.)?orcid\.org/")


def is_orcid(text: object) -> bool:
    """True for sixteen digits in four groups whose last one is right."""
    if not isinstance(text, str) or not _SHAPE.fullmatch(text) or not text.isascii():
        return False
    total = 0
    for digit in text.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return text[-1] == ("X" if check == 10 else str(check))


def spelled(text: str) -> str:
    """``0000-0002-1825-0097`` for its address, for digits alone and for other hyphens; anything else as it came."""
    plain = _BEFORE.sub("", text.strip()).rstrip("/")
    digits = re.sub(r"[\s\-‐‑–]", "", plain).upper()
    if len(digits) != 16 or not digits.isascii():
        return plain
    return "-".join(digits[place : place + 4] for place in range(0, 16, 4))
