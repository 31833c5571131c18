"""The printed letter and the pictures of it as readers are given them now: made when first asked for, then kept in the
cache until something on them changes. What a snapshot keeps is made in letters.press.kit.printed."""

import hashlib
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils import formats, translation
from django.utils.translation import gettext as _

from letters.core.errors import RuleError
from letters.documents import languages, texts
from letters.documents.models import Letter, Translation, Words
from letters.press.printing import codes, papers, pictures, typesetting
from letters.press.printing.data import PrintedLetter, PrintedLine, PrintedList, PrintedText
from letters.signatures import names, sentences
from letters.signatures.models import AnonymousLine, SignatoryType, Signature

LETTER_KEPT = timedelta(days=1)
PICTURE_KEPT = timedelta(minutes=10)
"""So often, at most, a number on a picture follows the count."""
REFUSAL_KEPT = timedelta(minutes=10)
"""So soon a print that could not be made is tried again: a font may have come, or the machine has room."""


def letter_pdf(letter: Letter, text: Words, translated: Translation | None = None) -> bytes:
    """The text that readers see, or its translation, as PDF; the same bytes until a word of it changes.

    Raises:
        RuleError: it cannot be set in type (NoType, NotSet).
    """
    edited = "" if translated is None else f"{translated.language}-{translated.revision}"
    key = f"letter-{letter.pk}-{text.sha256}-{edited}-{translation.get_language()}"
    return _kept(key, LETTER_KEPT, lambda: papers.letter_pdf(_printed(letter, text, translated)).content)


def share_image(letter: Letter, text: Words, count: sentences.Count, *, size: str) -> bytes:
    """A picture for links (``pictures.SIZES``); its number is at most ten minutes behind the count.

    Raises:
        RuleError: it cannot be set in type (NoType, NotSet).
    """
    key = f"share-{letter.pk}-{text.sha256}-{size}-{translation.get_language()}"
    return _kept(key, PICTURE_KEPT, lambda: _picture(letter, text, count, size))


def _picture(letter: Letter, text: Words, count: sentences.Count, size: str) -> bytes:
    printed = of_words(
        text_of(text.words, language=letter.language, direction=letter.direction, on=text.dateline_on),
        url=url_of(letter), at=count.as_of, is_sample=letter.is_sample,
    )  # fmt: skip
    return pictures.share_image(printed, persons=count.persons, size=size)


def qr_code(letter: Letter, *, kind: str) -> bytes:
    """A code of the letter's address, as ``svg`` or ``png``."""
    return codes.qr_svg(url_of(letter)) if kind == "svg" else codes.qr_png(url_of(letter))


def url_of(letter: Letter) -> str:
    return settings.SITE_URL.rstrip("/") + letter.get_absolute_url()


def _printed(letter: Letter, text: Words, translated: Translation | None) -> PrintedLetter:
    shown, at, remark = text.words, text.created_at, ""
    language, direction = letter.language, letter.direction
    if translated is not None:
        shown = {name: getattr(translated, name) for name in shown if name != "dateline_on"}
        language, direction = translated.language, translated.direction
        at = max(at, translated.edited_at)
        kind, original = str(translated.get_status_display()), languages.own_name(letter.language)
        remark = remark_of(kind=kind, translator=translated.translator, original=original)
    words = text_of(shown, language=language, direction=direction, on=text.dateline_on)
    return of_words(
        words, url=url_of(letter), at=at, text_label=texts.label_of(text), sha256=text.sha256, remark=remark,
        is_sample=letter.is_sample,
    )  # fmt: skip


def list_of(
    letter: Letter,
    text: Words,
    rows: Iterable[Signature],
    *,
    at: datetime,
    sentence: str,
    disclaimer: str,
    unnamed: Iterable[AnonymousLine] = (),
) -> PrintedList:
    """These rows, in their order, under the words of the letter; ``unnamed`` in a part of their own."""
    words = text_of(text.words, language=letter.language, direction=letter.direction, on=text.dateline_on)
    found: dict[str, list[PrintedLine]] = {part: [] for part in (*PARTS.values(), "organizations")}
    for row in rows:
        is_person = row.signatory_type == SignatoryType.PERSON
        found[PARTS[row.role] if is_person else "organizations"].append(line_of(row))
    return PrintedList(
        letter=of_words(
            words,
            url=url_of(letter),
            at=at,
            text_label=texts.label_of(text),
            sha256=text.sha256,
            is_sample=letter.is_sample,
        ),
        count_sentence=sentence,
        disclaimer=disclaimer,
        order=order_of(letter.order_label),
        initiators=found["initiators"],
        selected=found["selected"],
        organizations=found["organizations"],
        signatories=found["signatories"],
        anonymised=[PrintedLine(line.label) for line in unnamed],
        organisers=[one["name"] for one in letter.organisers],
        contact=letter.contact,
    )


PARTS: Mapping[str, str] = {"initiator": "initiators", "selected": "selected", "signatory": "signatories"}
"""Where a person of each role stands in a printed list."""


def line_of(row: Signature) -> PrintedLine:
    tie = names.affiliation_as_printed(row.affiliation, row.affiliation_status)
    return PrintedLine(row.display_name, row.position, tie, row.country_name, row.name_latin)


def order_of(label: str) -> str:
    return _("Order of the list: {order}").format(order=label)


def of_words(words: PrintedText, *, url: str, at: datetime, site_name: str = "", **more: Any) -> PrintedLetter:
    """A letter to be set, dated ``at``."""
    name = site_name or settings.SITE_NAME
    return PrintedLetter(text=words, url=url, as_of=at, as_of_text=sentences.moment(at), site_name=name, **more)


def text_of(words: Mapping[str, Any], *, language: str, direction: str, on: date | None) -> PrintedText:
    """The parts of a text, or of its translation, to be set; the day is written out in its language."""
    return PrintedText(
        title=words["title"],
        subtitle=words["subtitle"],
        body=words["body"],
        language=language,
        direction=direction,
        dateline=", ".join(part for part in (words["dateline_place"], _day(on, language)) if part),
        addressees=[[one.get(key, "") for key in ("name", "office", "organization")] for one in words["addressees"]],
        salutation=words["salutation"],
        demands=[demand for demand in words["demands"] if demand],
        closing=words["closing"],
    )


def _day(on: date | None, language: str) -> str:
    if on is None:
        return ""
    with translation.override(language if translation.check_for_language(language) else "en"):
        return formats.date_format(on, "j F Y")


def remark_of(*, kind: str, translator: str, original: str) -> str:
    """What a translation says of itself; ``kind`` is how far to rely on it, in words."""
    by = _("{kind}, by {translator}.").format(kind=kind, translator=translator) if translator else f"{kind}."
    return by + " " + _("What people sign is the text itself, in {language}.").format(language=original)


def _kept(key: str, how_long: timedelta, make: Callable[[], bytes]) -> bytes:
    """What the cache has under this key and this release's templates; made and kept where it has nothing. Of many who
    ask for one thing at one moment, one makes it, and the others wait for that."""
    whole = f"print-{_release()}-{key}"
    found = _known(whole)
    if found is not None:
        return found
    with _turns[zlib.crc32(whole.encode()) % len(_turns)]:
        found = _known(whole)
        if found is None:
            try:
                found = make()
            except RuleError as error:
                cache.set(whole, _Refused(error.code, error.message), REFUSAL_KEPT.total_seconds())
                raise
            cache.set(whole, found, how_long.total_seconds())
    return found


def _known(whole: str) -> bytes | None:
    """What the cache has; None where it has nothing. Raises again what was refused."""
    found: bytes | _Refused | None = cache.get(whole)
    if isinstance(found, _Refused):
        raise RuleError(found.message, code=found.code)
    return found


@dataclass(frozen=True)
class _Refused:
    """That this cannot be set in type: trying takes seconds, so it is not tried for every reader."""

    code: str
    message: str


_turns = tuple(threading.Lock() for _ in range(16))


@lru_cache(maxsize=1)
def _release() -> str:
    """Changes with the templates, so that a new release does not show what an old one made."""
    files = sorted(path for path in typesetting.TEMPLATES.iterdir())
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:12]
