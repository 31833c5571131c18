"""Which exact texts a letter has, each version and its editorial fixes, and which of them somebody sees or saw."""

import re
from collections.abc import Iterable

from letters.documents.models import Amendment, Letter, Version, Words

LABEL = r"[0-9]{1,5}(?:\.[0-9]{1,5})?"
"""How addresses name a text: «2» for version 2 as readers see it now, «2.0» before any fix, «2.1» with its first."""
_label = re.compile(LABEL, re.ASCII)


def label_of(text: Words) -> str:
    """«2.0», «2.1»: versions and their editorial fixes have one."""
    return str(text.label)  # type: ignore[attr-defined]


def shown_of(version: Version) -> Words:
    """The words of a version that readers see: with its newest editorial fix, if it has one.

    No query for the current version of a letter that was fetched with its amendment; at most one for an older one.
    """
    if version.letter.version_id == version.pk:
        return _linked(version.letter.amendment, version) or version
    found: Words | None = getattr(version, "_shown", None)
    if found is None:
        found = _linked(version.amendments.order_by("-number").first(), version) or version
        version._shown = found  # type: ignore[attr-defined] # fixes are made to current versions alone
    return found


def _linked(amendment: Amendment | None, version: Version) -> Amendment | None:
    if amendment is not None:
        amendment.version = version  # the very object, so that no page fetches it again
    return amendment


def all_of(version: Version) -> list[Words]:
    """The version as it was published, then each editorial fix in order."""
    amendments = list(version.amendments.order_by("number"))
    for amendment in amendments:
        _linked(amendment, version)
    return [version, *amendments]


def find(letter: Letter, label: str) -> tuple[Version, Words] | None:
    """The version and the exact text that a label names; None when there is none.

    ``letter`` was fetched with its version and amendment, which cost no query.
    """
    if not _label.fullmatch(label):
        return None
    number, _point, fix = label.partition(".")
    version = letter.version
    if version is None or version.number != int(number):
        version = Version.objects.filter(letter=letter, number=int(number)).first()
    if version is None:
        return None
    version.letter = letter
    if not fix:
        return version, shown_of(version)
    if int(fix) == 0:
        return version, version
    amendment = _linked(version.amendments.filter(number=int(fix)).first(), version)
    return (version, amendment) if amendment else None


def seen(version: Version, amendment: int) -> Words:
    """The words that somebody saw who signed: of the version, or of its editorial fix of this number.

    One query for a fix, unless the version's amendments are fetched already.
    """
    if amendment:
        for row in version.amendments.all():
            if row.number == amendment:
                return _linked(row, version) or row
    return version


def matching(version: Version, sha256: str) -> int | None:
    """The number of the editorial fix (0: the version itself) whose SHA-256 begins so; None when none does."""
    texts: Iterable[Words] = all_of(version)
    return next((place for place, text in enumerate(texts) if text.sha256.startswith(sha256)), None)


def fresh(letter: Letter) -> Letter:
    """The letter as it stands in the database now, with its texts."""
    found = Letter.objects.select_related("version", "amendment").get(pk=letter.pk)
    if hasattr(letter, "permissions"):
        found.permissions = letter.permissions  # type: ignore[attr-defined] # what the desk granted for this request
    return found
