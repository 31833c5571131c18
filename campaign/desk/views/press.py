"""Press room: what newsrooms find, and the button that keeps the list as it is now."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import snapshots, thinning, turns
from letters.press.models import Snapshot

SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def press(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, letter)
    user, kept = access.user_of(request), request.POST.get("keep", "")
    try:
        if kept:
            thinning.keep(letter, kept[: len("2026-11-28T1400Z")], by=user)
        else:
            snapshots.ask(letter, by=user)
    except RuleError as error:
        return _show(request, letter, notice=error.message, status=409)
    return HttpResponseRedirect(reverse("desk:press", args=[letter.slug]), status=303)


def _show(request: HttpRequest, letter: Letter, *, notice: str = "", status: int = 200) -> HttpResponse:
    rows = list(Snapshot.objects.filter(letter=letter).order_by("-asked_at")[:SHOWN])
    running = next((row for row in rows if row.state in snapshots.IN_WORK), None)
    context = {
        "notice": notice,
        "snapshots": rows,
        "rule": thinning.rule(),
        "running": running,
        "progress": turns.progress_of(running) if running else None,
    }
    return pages.show(request, "desk/press.html", letter, "press", context, status=status)
