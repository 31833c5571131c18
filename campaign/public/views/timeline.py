"""What became of a letter: what happened, who answered, and who did not."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaign.public import access, headers
from letters.documents.models import Letter
from letters.outreach import milestones, telling


@require_safe
@access.in_letters_language
def timeline(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    version = access.version_for(letter, None)
    count = access.count_for(version)
    etag = headers.etag_of("timeline", access.mark_of(letter), version.sha256, count.revision)
    if (answer := headers.unchanged(request, etag) or headers.kept(etag)) is not None:
        return answer
    context = {
        "letter": letter,
        "count": count,
        "timeline": telling.timeline_of(letter),
        "next_milestone": milestones.next_after(count.persons - count.samples) if letter.is_open else None,
    }
    return headers.keep(render(request, "public/timeline.html", context), etag)
