"""The queue of one letter and its cases: read, compare, decide."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaign.desk import access
from campaign.desk.forms import DecideForm
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit
from letters.moderation import deciding, queue, reasons
from letters.moderation.models import Case, Reason, Upload
from letters.signatures import managing, names

_DONE = {
    "accept": gettext_lazy("Accepted."),
    "refuse": gettext_lazy("Refused. The signatory gets a mail in a quarter of an hour, unless you undo it."),
    "hold": gettext_lazy("Held. The line is printed nowhere while this case is open."),
    "undo": gettext_lazy("Taken back. The case is open again."),
}


@require_safe
@access.with_letter
def queue_page(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    reason, age = request.GET.get("reason", ""), request.GET.get("age", "")
    page = queue.page(letter, reason=reason, age=age, after=request.GET.get("after", ""))
    found = queue.counts(letter)
    kept = {name: value for name, value in {"reason": reason, "age": age}.items() if value}
    context = {
        "letter": letter,
        "tab": "queue",
        "rows": page.rows,
        "counts": [(code, Reason(code).label, count) for code, count in found.items()],
        "total": sum(found.values()),
        "wave": found.get(Reason.SPIKE, 0),
        "decided": queue.just_decided(letter),
        "next": "?" + urlencode({**kept, "after": page.after}) if page.after else "",
        "is_first": "after" not in request.GET,
        "reason": reason,
        "age": age,
    }
    audit.record(audit.Action.CASE_READ, letter, by=access.actor(request), detail=f"queue:{len(page.rows)}")
    return render(request, "desk/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter
def case_page(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    case = queue.find(letter, public_id)
    if case is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, letter, case)
    audit.record(audit.Action.CASE_READ, case, by=access.actor(request))
    return _show(request, letter, case, DecideForm(initial={"evidence_url": case.source_url}))


def _decide(request: HttpRequest, letter: Letter, case: Case) -> HttpResponse:
    form, action = DecideForm(request.POST), request.POST.get("action", "")
    if not form.is_valid():
        return _show(request, letter, case, form, status=422)
    try:
        case = _act(request, case, form, action)
    except RuleError as error:
        form.add_error(None, error.message)
        return _show(request, letter, case, form, status=409)
    text = str(_DONE[action])
    if action == "accept" and case.waits_for_second:
        text = _("Accepted by you. A second reviewer must agree before it takes effect.")
    messages.success(request, text)
    if case.is_open:
        return HttpResponseRedirect(reverse("desk:case", args=[letter.slug, case.public_id]), status=303)
    return HttpResponseRedirect(reverse("desk:queue", args=[letter.slug]), status=303)


def _act(request: HttpRequest, case: Case, form: DecideForm, action: str) -> Case:
    by, note = access.user_of(request), form.cleaned_data["note"]
    if action == "accept":
        return deciding.accept(case.public_id, by=by, checked=form.checked(), note=note)
    if action == "refuse":
        return deciding.refuse(case.public_id, by=by, reason_code=form.cleaned_data["reason_code"], note=note)
    if action == "hold":
        return deciding.hold(case.public_id, by=by)
    if action == "undo":
        return deciding.undo(case.public_id, by=by)
    raise RuleError(_("Choose one of the buttons on this page."), code="action")


def _show(request: HttpRequest, letter: Letter, case: Case, form: DecideForm, *, status: int = 200) -> HttpResponse:
    previous, following = queue.neighbours(case)
    context: dict[str, Any] = {
        "letter": letter,
        "tab": "queue",
        "case": case,
        "signature": case.signature,
        "description": names.description_as_printed(case.signature),
        "form": form,
        "evidence": queue.evidence_of(case.signature),
        "likenesses": [(row, names.description_as_printed(row)) for row in queue.likenesses(case)],
        "others": queue.other_cases(case),
        "change": _change(case),
        "question": reasons.question_of(case.reason, case.detail),
        "previous": previous,
        "following": following,
        "refusal": reasons.REFUSALS.get(case.reason_code, ""),
        "needs_checklist": case.reason in (Reason.REVIEW, Reason.POLICY, Reason.CORRECTION, Reason.WATCHED),
    }
    return render(request, "desk/case.html", context, status=status)


_LABELS = {
    "display_name": gettext_lazy("Name"),
    "sort_name": gettext_lazy("Sorted under"),
    "position": gettext_lazy("Position"),
    "affiliation": gettext_lazy("Affiliation"),
    "affiliation_status": gettext_lazy("Tie to it"),
}


def _change(case: Case) -> list[tuple[str, str, str]]:
    """(label, as printed, as asked for) of every part that shall change."""
    waiting = managing.waiting_change(case.signature)
    return [(str(_LABELS.get(name, name)), getattr(case.signature, name), value) for name, value in waiting.items()]


@require_POST
@access.with_letter
def release(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """Print all of a wave at once; the page said how many."""
    number = request.POST.get("count", "")
    try:
        done = deciding.release_wave(letter.pk, by=access.user_of(request), expected=int(number or -1))
    except (RuleError, ValueError) as error:
        messages.error(request, getattr(error, "message", "") or _("Press the button on the page of the queue."))
    else:
        messages.success(request, _("Released: {count}.").format(count=done))
    return HttpResponseRedirect(reverse("desk:queue", args=[letter.slug]), status=303)


@require_safe
@access.with_letter
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
