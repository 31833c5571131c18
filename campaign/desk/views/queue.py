"""The queue of one letter: what waits, by page and filter; the case that was chosen stands beside it."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from campaign.desk import access, pages
from campaign.desk.bulk_forms import release_url
from letters.accounts.permissions import Permission
from letters.documents.models import Letter
from letters.ledger import audit
from letters.moderation import claiming, queue
from letters.moderation.models import Case, Reason, Upload


@dataclass(frozen=True)
class Filter:
    """What the address of the page asks for."""

    reason: str
    age: str

    def link(self, **more: str) -> str:
        kept = {name: value for name, value in {"reason": self.reason, "age": self.age, **more}.items() if value}
        return "?" + urlencode(kept)


@require_safe
@access.with_letter(Permission.REVIEW)
def queue_page(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    wanted = Filter(request.GET.get("reason", ""), request.GET.get("age", ""))
    page = queue.page(letter, reason=wanted.reason, age=wanted.age, after=request.GET.get("after", ""))
    found, me = queue.counts(letter), access.user_of(request).pk
    context = {
        "rows": [
            (case, reverse("desk:case", args=[letter.slug, case.public_id]), case.claimed_by_other(me))
            for case in page.rows
        ],
        "counts": [(code, Reason(code).label, count) for code, count in found.items()],
        "total": sum(found.values()),
        "wave": found.get(Reason.SPIKE, 0),
        "release_url": release_url(letter),
        "decided": queue.just_decided(letter),
        "next": wanted.link(after=page.after) if page.after else "",
        "is_first": "after" not in request.GET,
        "reason": wanted.reason,
        "age": wanted.age,
    }
    audit.record(audit.Action.CASE_READ, letter, by=access.actor(request), detail=f"queue:{len(page.rows)}")
    return pages.show(request, "desk/queue.html", letter, "queue", context)


@require_POST
@access.with_letter(Permission.REVIEW)
def let_go(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    """Free a case for a colleague and go back to the queue."""
    case = get_object_or_404(Case, public_id=public_id, letter=letter)
    claiming.release(case.public_id, by=access.user_of(request))
    return HttpResponseRedirect(reverse("desk:queue", args=[letter.slug]), status=303)


@require_safe
@access.with_letter(Permission.REVIEW)
def upload(request: HttpRequest, letter: Letter, public_id: UUID, upload_id: UUID) -> HttpResponseBase:
    """A handed-in file, to be saved and never to be shown by the browser within this site."""
    found = Upload.objects.filter(public_id=upload_id, case__public_id=public_id, case__letter=letter).first()
    if found is None:
        raise Http404
    audit.record(audit.Action.UPLOAD_READ, found, by=access.actor(request))
    response = HttpResponse(found.content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="evidence-{found.public_id}.{found.kind}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response
