"""One letter at a glance: where it stands, what waits, what comes next."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from campaign.desk import access, attention, pages
from letters.documents import standing, succeeding, trail
from letters.documents.models import Letter
from letters.moderation import cases
from letters.signatures import counting, inviting, renewing, sentences


@require_safe
@access.with_letter()
def letter(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    waiting = cases.overview(Letter.objects.filter(pk=letter.pk))[0]
    tally = counting.tally_for(letter.version) if letter.version else None
    context = {
        "needs": attention.needs(letter, waiting),
        "waiting": waiting,
        "tally": tally,
        "count": sentences.count_of(tally, letter.title) if tally else None,
        "invitations": inviting.counts(letter),
        "owner": standing.owner_of(letter),
        "steps": trail.steps_of(letter),
        "renewal": _renewal(letter),
    }
    return pages.show(request, "desk/letter.html", letter, "letter", context)


def _renewal(letter: Letter) -> renewing.Progress | None:
    """What became of the question to sign the present version; None for a first version."""
    if letter.version is None or letter.version.number == 1:
        return None
    succession = succeeding.of_version(letter.version)
    return renewing.progress(succession) if succession else None
