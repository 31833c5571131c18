"""Translations: texts beside the text, under one address and one count. What is signed is the text itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents import languages, measures, rendering
from letters.documents.models import Letter, Translation, TranslationStatus, Words
from letters.documents.publishing import normal
from letters.ledger import audit

PARTS = ("title", "subtitle", "dateline_place", "addressees", "salutation", "body", "demands", "closing")
TITLE_MAX, SUBTITLE_MAX, PLACE_MAX, LINE_MAX, TRANSLATOR_MAX = 200, 300, 100, 200, 200
MOST = 40
"""Translations of one text."""


class EditedMeanwhile(RuleError):
    code = "edited-meanwhile"
    default = _("Somebody else saved this translation meanwhile. Both are shown below; yours is not saved yet.")


_PART_NAMES = {
    "title": _("title"), "subtitle": _("subtitle"), "dateline_place": _("place"), "addressees": _("addressees"),
    "salutation": _("salutation"), "body": _("text"), "demands": _("demands"), "closing": _("closing"),
}  # fmt: skip


class NotWhole(RuleError):
    """``parts`` are names of what the text has and the translation has not; none before there is a text."""

    code = "not-whole"

    def __init__(self, parts: Sequence[str]) -> None:
        text = _("The text is still a draft. Lock or launch it first, then publish its translations.")
        if parts:
            text = _("These parts have no translation yet: {parts}. Fill them in, then publish.")
        super().__init__(str(text).format(parts=", ".join(str(_PART_NAMES[part]) for part in parts)))


class NotTranslatable(RuleError):
    code = "not-translatable"
    default = _("Choose another language than the letter's own, and one that is not there yet.")


@dataclass(frozen=True)
class Translated:
    """What was typed: the parts, and how far to rely on them."""

    words: Mapping[str, Any]
    status: str
    translator: str


@dataclass(frozen=True)
class Shown:
    """A translation as the public page prints it; the date is that of the text."""

    language: str
    direction: str
    title: str
    subtitle: str
    dateline_place: str
    dateline_on: date | None
    addressees: list[dict[str, str]]
    salutation: str
    closing: str
    body_html: SafeString
    demands_html: tuple[SafeString, ...]
    name: str
    is_reviewed: bool
    is_older: bool
    translator: str


def of_letter(letter: Letter) -> list[Translation]:
    """The translations of the current text, unpublished ones included, or those of the draft. One query."""
    return list(letter.translations.filter(version=letter.version))


def find(letter: Letter, language: str) -> Translation | None:
    return letter.translations.filter(version=letter.version, language=language.lower()).first()


def public_of(letter: Letter) -> list[Translation]:
    """What readers may choose from, by language. No query for a letter without translations."""
    if not letter.translations_revision or letter.version_id is None:
        return []
    return list(letter.translations.filter(version=letter.version, is_public=True))


def shown(translation: Translation, text: Words) -> Shown:
    """A translation of this text, its Markdown made into safe HTML."""
    kept = {name: getattr(translation, name) for name in PARTS if name not in ("body", "demands")}
    return Shown(
        language=translation.language,
        direction=translation.direction,
        dateline_on=text.dateline_on,
        body_html=rendering.block(translation.body),
        demands_html=tuple(rendering.inline(demand) for demand in translation.demands if demand),
        name=languages.own_name(translation.language),
        is_reviewed=translation.status == TranslationStatus.REVIEWED,
        is_older=is_older(translation, text),
        translator=translation.translator,
        **kept,
    )


def is_older(translation: Translation, text: Words | None) -> bool:
    """True when the text has changed since the translation was made or compared."""
    return text is not None and bool(translation.of_sha256) and translation.of_sha256 != text.sha256


@transaction.atomic
def add(letter: Letter, language: str, *, by: User) -> Translation:
    """Begin a translation, empty and unpublished.

    Raises:
        NotTranslatable: the letter's own language, or one that is there already.
        languages.LanguageRefused: not a language tag.
    """
    language = languages.clean(language)
    if language == letter.language.lower() or letter.translations.filter(version=letter.version).count() >= MOST:
        raise NotTranslatable
    row = Translation(
        letter=letter, version=letter.version, language=language, edited_by=by, edited_at=timezone.now(), revision=0
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise NotTranslatable from None
    audit.record(audit.Action.TRANSLATION_SAVED, letter, by=f"user:{by.pk}", detail=language)
    return row


@transaction.atomic
def save(row: Translation, translated: Translated, *, revision: int, of_sha256: str, by: User) -> Translation:
    """Store what was typed as the next revision; what readers see of a published one changes at once.

    ``of_sha256`` names the text that stood beside it: the translation is of that one from now on.

    Raises:
        EditedMeanwhile: another revision than the one that was edited is stored; nothing is overwritten.
        WordsRefused: a sign that nobody sees, or a title with a web address.
    """
    words = normal({**translated.words, "translator": translated.translator})  # browsers end lines with CR and LF
    measures.refuse_unseen(words)
    row = Translation.objects.select_for_update(of=("self",)).select_related("letter").get(pk=row.pk)
    if row.revision != revision:
        raise EditedMeanwhile
    for name in PARTS:
        setattr(row, name, words[name])
    row.status, row.translator = TranslationStatus(translated.status), words["translator"]
    row.of_sha256 = of_sha256
    row.revision, row.edited_by, row.edited_at = revision + 1, by, timezone.now()
    row.save()
    if row.is_public:
        _tell_readers(row.letter)
    detail = f"{row.language} {row.revision}"
    audit.record(audit.Action.TRANSLATION_SAVED, row.letter, by=f"user:{by.pk}", detail=detail)
    return row


def _tell_readers(letter: Letter) -> None:
    Letter.objects.filter(pk=letter.pk).update(translations_revision=F("translations_revision") + 1)


@transaction.atomic
def publish(row: Translation, *, by: User) -> Translation:
    """Let readers choose it. Idempotent. Raises NotWhole when a part of the text has no translation,
    or there is no text yet."""
    row = Translation.objects.select_for_update(of=("self",)).get(pk=row.pk)
    text = row.letter.shown
    if text is None or (parts := missing(row, text)):
        raise NotWhole([] if text is None else parts)
    return _set_public(row, True, audit.Action.TRANSLATION_PUBLISHED, by)


@transaction.atomic
def hide(row: Translation, *, by: User) -> Translation:
    """Take it back from readers; its address leads to the text again. Idempotent."""
    row = Translation.objects.select_for_update(of=("self",)).select_related("letter").get(pk=row.pk)
    return _set_public(row, False, audit.Action.TRANSLATION_HIDDEN, by)


def _set_public(row: Translation, is_public: bool, action: audit.Action, by: User) -> Translation:
    if row.is_public != is_public:
        row.is_public = is_public
        row.save(update_fields=["is_public"])
        _tell_readers(row.letter)
        audit.record(action, row.letter, by=f"user:{by.pk}", detail=row.language)
    return row


def missing(row: Translation, text: Words) -> list[str]:
    """Names of the parts that the text has and the translation has not."""
    single = [name for name in ("title", "subtitle", "dateline_place", "salutation", "body", "closing")
              if getattr(text, name).strip() and not getattr(row, name).strip()]  # fmt: skip
    lists = [name for name in ("addressees", "demands") if len(getattr(text, name)) != len(_filled(getattr(row, name)))]
    return single + lists


def _filled(pieces: list[Any]) -> list[Any]:
    return [piece for piece in pieces if (piece.strip() if isinstance(piece, str) else any(piece.values()))]
