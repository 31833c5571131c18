"""Countries by their ISO 3166-1 codes, looked up once per language."""

from functools import lru_cache

from django.utils.translation import get_language
from django_countries import countries


def names() -> dict[str, str]:
    """{alpha-2 code: name in the active language}, in the order of the names."""
    return _names(get_language() or "en")


@lru_cache(maxsize=32)
def _names(language: str) -> dict[str, str]:
    return {code: str(name) for code, name in countries}


def name_of(code: str) -> str:
    """The name in the active language; empty for an unknown code."""
    return names().get(code, "")


@lru_cache(maxsize=1)
def alpha3() -> dict[str, str]:
    """{alpha-2 code: alpha-3 code}."""
    return {code: countries.alpha3(code) for code in countries.countries}
