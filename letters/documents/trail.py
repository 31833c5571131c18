"""The latest steps of a letter for its team: what was done when, and by which account; read from the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts.models import User
from letters.documents.models import Letter, LetterState
from letters.ledger.audit import Action
from letters.ledger.models import AuditEvent

SHOWN = 20
_LABELS: dict[str, Promise] = {
    Action.LETTER_LOADED: gettext_lazy("Loaded from a file"),
    Action.LETTER_CREATED: gettext_lazy("Began the letter"),
    Action.ABOUT_CHANGED: gettext_lazy("Changed what stands beside the text"),
    Action.LETTER_LOCKED: gettext_lazy("Locked the text"),
    Action.LETTER_UNLOCKED: gettext_lazy("Unlocked the text"),
    Action.LETTER_SCHEDULED: gettext_lazy("Set a date"),
    Action.NAMES_HIDDEN: gettext_lazy("Hid all names"),
    Action.NAMES_SHOWN: gettext_lazy("Printed the names again"),
    Action.VERSION_ADDED: gettext_lazy("Made a version of the text"),
    Action.TEXT_AMENDED: gettext_lazy("Corrected a slip in the text"),
    Action.TRANSLATION_PUBLISHED: gettext_lazy("Published a translation"),
    Action.TRANSLATION_HIDDEN: gettext_lazy("Took a translation back"),
    Action.CLOSING_STATED: gettext_lazy("Changed the closing statement"),
    Action.RULES_CHANGED: gettext_lazy("Changed the rules of checking"),
    Action.LETTER_OFFERED: gettext_lazy("Offered the letter to a team"),
    Action.LETTER_GIVEN: gettext_lazy("Gave the letter to a team"),
}


@dataclass(frozen=True)
class Step:
    """One act on the letter itself; what was done to single signatures stands in their cases."""

    at: datetime
    label: str
    who: str


def steps_of(letter: Letter) -> list[Step]:
    """The newest twenty, newest first. Two queries, at any length of the trail."""
    rows = AuditEvent.objects.filter(object_label=letter._meta.label_lower, object_id=str(letter.pk))
    shown = rows.filter(action__in=[*_LABELS, Action.LETTER_MOVED]).order_by("-id")[:SHOWN]
    found = list(shown)
    addresses = _addresses(found)
    return [Step(row.at, _label(row), _who(row.actor, addresses)) for row in found]


def _addresses(rows: Iterable[AuditEvent]) -> dict[int, str]:
    ids = {row.actor.removeprefix("user:") for row in rows if row.actor.startswith("user:")}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "email"))


def last_to_change(letter: Letter, parts: Iterable[str], *, but: User) -> str:
    """Who last changed these parts beside the text, in words; empty when nobody did but ``but``. Two queries."""
    rows = AuditEvent.objects.filter(object_label=letter._meta.label_lower, object_id=str(letter.pk))
    changes = list(rows.filter(action__in=[Action.ABOUT_CHANGED, Action.LETTER_LOADED]).order_by("-id")[:SHOWN])
    found = [
        next((row for row in changes if row.action == Action.LETTER_LOADED or part in row.detail.split()), None)
        for part in parts
    ]
    others = [row for row in found if row and row.actor != f"user:{but.pk}"]
    addresses = _addresses(others)
    return ", ".join(dict.fromkeys(_who(row.actor, addresses) for row in others))


def _label(row: AuditEvent) -> str:
    if row.action == Action.LETTER_MOVED:
        return _("Moved to: {state}").format(state=LetterState(row.detail).label)
    return str(_LABELS[row.action])


def _who(actor: str, addresses: dict[int, str]) -> str:
    kind, _colon, number = actor.partition(":")
    if kind == "user":
        return addresses.get(int(number), _("a deleted account"))
    return {"clock": _("by itself"), "command": _("an operator"), "system": _("by itself")}.get(kind, _("an operator"))
