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
UNCONFIRMED_MOST = 30
"""Per cent of sign-ups that nobody confirmed, beyond which a wave counts as one of machines."""
SUSPECT_FLOOR = 50
"""Confirmations an hour that no letter is held for even then; without that sign the site's own floor holds."""
TIME_TO_CONFIRM = timedelta(minutes=10)
"""Who signed up just now has had no time to confirm."""


def threshold_for(letter: Letter) -> int:
    """Confirmations an hour beyond which new ones are held: the letter's own number, else the last computed one."""
    if letter.spike_per_hour:
        return letter.spike_per_hour
    known = Pace.objects.filter(letter=letter).values_list("threshold", flat=True).first()
    return known or int(settings.SPIKE_FLOOR)


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
        share = unconfirmed_percent(letter, now)
        threshold = computed(letter, now, floor=SUSPECT_FLOOR if share > UNCONFIRMED_MOST else None)
        Pace.objects.update_or_create(
            letter=letter, defaults={"threshold": threshold, "unconfirmed_percent": share, "counted_at": now}
        )
        held += _hold_beyond(letter, threshold_for(letter), now)
    return {"letters": len(letters), "held": held}


def unconfirmed_percent(letter: Letter, now: datetime) -> int:
    """How many of a hundred who signed up within the last hour have not confirmed, those of the last TIME_TO_CONFIRM
    left out; 0 when too few signed up to tell."""
    since, until = now - HOUR - TIME_TO_CONFIRM, now - TIME_TO_CONFIRM
    waiting = Signature.objects.pending().filter(letter=letter, signed_at__gt=since, signed_at__lte=until).count()
    done = Signature.objects.filter(  # nobody confirms before they sign: the second time is what the index finds
        letter=letter, is_sample=False, signed_at__gt=since, signed_at__lte=until, confirmed_at__gt=since
    ).count()
    return 100 * waiting // (waiting + done) if waiting + done >= SUSPECT_FLOOR else 0


def computed(letter: Letter, now: datetime, *, floor: int | None = None) -> int:
    """FACTOR times the usual number an hour over the last week, the last hour left out; at least ``floor``, else the
    site's own."""
    least = min(int(settings.SPIKE_FLOOR), floor or int(settings.SPIKE_FLOOR))
    since = now - BASELINE_OVER
    rows = Signature.objects.filter(
        letter=letter, is_sample=False, confirmed_at__gt=since, confirmed_at__lte=now - HOUR
    )
    first = rows.order_by("confirmed_at").values_list("confirmed_at", flat=True).first()
    if first is None:
        return least
    hours = max(1.0, (now - HOUR - first) / HOUR)
    return max(least, int(FACTOR * rows.count() / hours))


def _hold_beyond(letter: Letter, threshold: int, now: datetime) -> int:
    recent = Signature.objects.confirmed().filter(letter=letter, is_sample=False, confirmed_at__gt=now - HOUR)
    beyond = list(recent.order_by("confirmed_at", "id").values_list("pk", flat=True)[threshold : threshold + BATCH])
    known = set(Case.objects.filter(signature__in=beyond, reason=Reason.SPIKE).values_list("signature_id", flat=True))
    fresh = Signature.objects.filter(pk__in=[pk for pk in beyond if pk not in known]).order_by("pk")
    for signature in fresh:
        cases.open_case(signature, Reason.SPIKE, is_holding=True)
    return len(fresh)
