"""What needs me now, first."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaign.desk import access
from letters.documents import standing, teaming
from letters.documents.models import LetterState
from letters.moderation import cases


@require_safe
@access.for_organisers
def home(request: HttpRequest) -> HttpResponseBase:
    rows = cases.overview(standing.letters_for(access.user_of(request)))
    offers = teaming.offers_for(access.user_of(request))
    context = {
        "offers": offers,
        "rows": rows,
        "waiting": sum(row.waiting for row in rows),
        "late": sum(row.late for row in rows),
        "drafts": sum(row.letter.state == LetterState.DRAFT for row in rows),
    }
    return render(request, "desk/home.html", context)
