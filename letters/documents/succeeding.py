"""A new version of a published text: for whoever changes what it means. It begins with nobody's signature."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents import amending, measures, signals
from letters.documents.models import Letter, Succession, Version
from letters.ledger import audit

SHORTEST = timedelta(days=3)
LONGEST = timedelta(days=90)


class DeadlineRefused(RuleError):
    code = "deadline"
    default = _("Choose a deadline that is at least 3 and at most 90 days away: people need time to read and answer.")


@transaction.atomic
def succeed(
    letter: Letter, words: Mapping[str, Any], *, note: str, deadline: datetime, by: User, since: str = ""
) -> Succession:
    """Publish a new version and make it current at once; the one before keeps its address, its list and its count.

    Translations are taken over unpublished: they are of another text. ``since`` as for ``amending.amend``.

    Raises:
        NotPublished, NoNote, NoteTooLong, WordsRefused, NothingChanged, MovedOn: as ``amending.amend``.
        DeadlineRefused: less than three or more than ninety days away.
    """
    letter, before = amending.locked(letter)
    amending.refuse(letter, since)
    now = timezone.now()
    if not now + SHORTEST - timedelta(minutes=5) <= deadline <= now + LONGEST:
        raise DeadlineRefused
    note = amending.clean_note(note)
    fields, text = amending.prepared(words)
    measures.refuse_unseen({**fields, "note": note})
    if letter.shown is not None and letter.shown.text == text:
        raise amending.NothingChanged
    version = Version.objects.create(
        letter=letter, number=before.number + 1, text=text, sha256=amending.sha256_of(text), **fields
    )
    letter.version, letter.amendment = version, None
    letter.save(update_fields=["version", "amendment"])
    _take_over_translations(before, version)
    found = Succession.objects.create(
        version=version, before=before, note=note, deadline=deadline, made_by=by, made_at=now
    )
    detail = f"{version.number} {version.sha256[:16]}"
    audit.record(audit.Action.VERSION_ADDED, letter, by=f"user:{by.pk}", detail=detail)
    signals.version_added.send(Letter, letter=letter, version=version)
    return found


def _take_over_translations(before: Version, version: Version) -> None:
    """Copies for the new text, to be worked on; those of the old text stay with it as they were published."""
    for translation in before.translations.all():
        translation.pk, translation.version, translation.is_public = None, version, False
        translation._state.adding = True
        translation.save(force_insert=True)


def of_version(version: Version) -> Succession | None:
    """How a version came after another; None for the first one and for one that was loaded from a file."""
    return Succession.objects.filter(version=version).select_related("before", "version").first()


def notes_between(before: Version, succession: Succession) -> list[tuple[int, str]]:
    """[(number, what changed)] of every version after ``before`` up to that of the succession. No query where it is the
    next one."""
    if succession.before_id == before.pk:
        return [(succession.version.number, succession.note)]
    numbers = {"version__number__gt": before.number, "version__number__lte": succession.version.number}
    rows = Succession.objects.filter(version__letter=before.letter_id, **numbers).order_by("version__number")
    return list(rows.values_list("version__number", "note"))


def of_letter(letter: Letter) -> dict[int, Succession]:
    """{version id: how it came}, of all versions of a letter. One query."""
    rows = Succession.objects.filter(version__letter=letter).select_related("before", "version")
    return {row.version_id: row for row in rows}
