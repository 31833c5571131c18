"""Canonical JSON: one value has exactly one spelling in bytes, so that its hash means the value. Source: RFC 8785.

Numbers are whole and exact in every language's JSON; a fraction would be spelled by rules that nobody checks by eye.
"""

from collections.abc import Mapping
from json.encoder import encode_basestring as _quoted

EXACT_BELOW = 2**53  # what an IEEE double, and so every JSON reader, holds without rounding


def dumps(value: object) -> bytes:
    """The UTF-8 bytes of strings, whole numbers, booleans, None, and lists and string-keyed mappings of them.

    Raises:
        TypeError: a float, a key that is no string, or any other type.
        ValueError: a number of 2**53 or more either way, or a string with half of a surrogate pair.

    Source: RFC 8785 §3.2.2 (strings as ECMAScript spells them), §3.2.3 (keys in the order of their UTF-16 units).
    """
    return _text(value).encode()


def _text(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return _number(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_quoted(key)}:{_text(value[key])}" for key in _sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_text(item) for item in value) + "]"
    raise TypeError(f"Canonical JSON takes no {type(value).__name__}.")


def _number(value: int) -> str:
    if not -EXACT_BELOW < value < EXACT_BELOW:
        raise ValueError("Canonical JSON takes whole numbers between -(2**53) and 2**53 alone.")
    return str(int(value))


def _sorted(value: Mapping[object, object]) -> list[str]:
    keys = [key for key in value if isinstance(key, str)]
    if len(keys) != len(value):
        raise TypeError("Canonical JSON takes strings as keys alone.")
    # Units of two bytes compare as big-endian bytes do; half a surrogate pair is refused later, with the text.
    return sorted(keys, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
