"""Sudden waves: more confirmations in an hour than a letter usually has. What comes beyond the threshold is held until
somebody looked; nothing is dropped."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from letters.core.limits import Limit, take
from letters.documents.models import Letter, LetterState
from letters.moderation import cases
from letters.moderation.models import Case, Pace, Reason
from letters.signatures.models import Signature

HOUR = timedelta(hours=1)
BASELINE_OVER = timedelta(days=7)
FACTOR = 5  # how many times the usual pace is a wave; e-petitions and trust brief no. 2
BATCH = 5000


def threshold_for(letter: Letter) -> int:
    """Confirmations an hour beyond which new ones are held: the letter's own number, else the last computed one."""
    if letter.spike_per_hour:
        return letter.spike_per_hour
    known = Pace.objects.filter(letter=letter).values_list("threshold", flat=True).first()
    return max(known or 0, settings.SPIKE_FLOOR)


def is_beyond(letter: Letter) -> bool:
    """Count one confirmation; True when it is beyond the threshold of this hour. One round trip, no count of rows."""
    return take(Limit("spike", str(letter.pk), threshold_for(letter), HOUR)) > 0


def watch(*, now: datetime | None = None) -> dict[str, int]:
    """Compute every open letter's threshold anew, and hold what came beyond it in the last sixty minutes.

    Safe to run twice. What somebody released is not held again. Returns how many letters and signatures.
    """
    now = now or timezone.now()
    held = 0
    letters = Letter.objects.filter(state=LetterState.OPEN)
    for letter in letters:
        Pace.objects.update_or_create(letter=letter, defaults={"threshold": computed(letter, now), "counted_at": now})
        held += _hold_beyond(letter, threshold_for(letter), now)
    return {"letters": len(letters), "held": held}


def computed(letter: Letter, now: datetime) -> int:
    """FACTOR times the usual number an hour over the last week, the last hour left out; at least the site's floor."""
    since = now - BASELINE_OVER
    rows = Signature.objects.filter(
        letter=letter, is_sample=False, confirmed_at__gt=since, confirmed_at__lte=now - HOUR
    )
    first = rows.order_by("confirmed_at").values_list("confirmed_at", flat=True).first()
    if first is None:
        return int(settings.SPIKE_FLOOR)
    hours = max(1.0, (now - HOUR - first) / HOUR)
    return max(int(settings.SPIKE_FLOOR), int(FACTOR * rows.count() / hours))


def _hold_beyond(letter: Letter, threshold: int, now: datetime) -> int:
    recent = Signature.objects.confirmed().filter(letter=letter, is_sample=False, confirmed_at__gt=now - HOUR)
    beyond = list(recent.order_by("confirmed_at", "id").values_list("pk", flat=True)[threshold : threshold + BATCH])
    known = set(Case.objects.filter(signature__in=beyond, reason=Reason.SPIKE).values_list("signature_id", flat=True))
    fresh = Signature.objects.filter(pk__in=[pk for pk in beyond if pk not in known]).order_by("pk")
    for signature in fresh:
        cases.open_case(signature, Reason.SPIKE, is_holding=True)
    return len(fresh)
