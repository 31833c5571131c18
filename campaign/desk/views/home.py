"""What needs me now, first."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaign.desk import access
from letters.accounts.permissions import Permission
from letters.documents import standing, teaming
from letters.documents.models import LetterState
from letters.moderation import bulking, cases


@require_safe
@access.for_organisers
def home(request: HttpRequest) -> HttpResponseBase:
    user = access.user_of(request)
    rows = cases.overview(standing.letters_for(user))
    waiting = bulking.waiting_for_second(standing.letters_for(user, Permission.DECIDE_IN_BULK))
    context = {
        "offers": teaming.offers_for(user),
        "decisions": bulking.but_of(user, waiting).select_related("letter__version", "by", "undo_asked_by"),
        "rows": rows,
        "waiting": sum(row.waiting for row in rows),
        "late": sum(row.late for row in rows),
        "drafts": sum(row.letter.state == LetterState.DRAFT for row in rows),
    }
    return render(request, "desk/home.html", context)
