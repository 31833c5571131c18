"""What a signatory is told: where the line stands, which check it waits for, how long that usually takes."""

import math
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.documents.models import Letter
from letters.moderation import asking, reasons
from letters.moderation.models import Case, Reason
from letters.signatures import managing
from letters.signatures.models import Signature

LOOKED_AT = timedelta(days=30)
MOST_LOOKED_AT = 1000
_FIELDS = ("display_name", "position", "affiliation", "affiliation_status")


@dataclass(frozen=True)
class Standing:
    """One signature's open questions in words; ``change`` is the new text that waits, by field."""

    waits_for: list[str]
    delay: str
    change: dict[str, str]
    refusal: Case | None
    refusal_text: str


def standing_of(signature: Signature) -> Standing:
    """Everything about the queue that the signatory's own page shows. At most five queries."""
    waiting = Case.objects.waiting().filter(signature=signature).exclude(reason=Reason.PLACEMENT)
    found = list(waiting.order_by("opened_at", "id").values_list("reason", flat=True))
    refusal = asking.refusal_of(signature)
    return Standing(
        waits_for=[str(reasons.WAITS_FOR[Reason(reason)]) for reason in found],
        delay=usual_delay(signature.letter) if found else "",
        change=managing.waiting_change(signature),
        refusal=refusal,
        refusal_text=str(reasons.REFUSALS[refusal.reason_code]) if refusal else "",
    )


def changed_line(signature: Signature, change: dict[str, str]) -> Signature:
    """The signature with the new text in it, unsaved, to be shown beside the old one."""
    shown = Signature(country=signature.country, **{name: getattr(signature, name) for name in _FIELDS})
    for name, value in change.items():
        setattr(shown, name, value)
    return shown


def usual_delay(letter: Letter) -> str:
    """«Usually within 6 hours.»: the median of what people decided under this letter in the last thirty days."""
    since = timezone.now() - LOOKED_AT
    decided = Case.objects.decided().filter(letter=letter, closed_at__gt=since).order_by("-closed_at")
    rows = decided.values_list("opened_at", "closed_at")[:MOST_LOOKED_AT]
    spans = [(closed - opened) / timedelta(hours=1) for opened, closed in rows if closed]
    if not spans:
        return _("How long this takes: no figure yet.")
    hours = max(1, math.ceil(median(spans)))
    return ngettext("Usually within {hours} hour.", "Usually within {hours} hours.", hours).format(hours=hours)
