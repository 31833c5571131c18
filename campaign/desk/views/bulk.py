"""Decisions about many at once: conditions, preview, reason, progress, the way back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from campaign.desk.bulk_forms import ConditionsForm, WhyForm, in_words
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import standing
from letters.documents.models import Letter
from letters.moderation import bulking, reasons
from letters.moderation.models import BulkDecision, BulkState, BulkWhat
from letters.signatures import names

SHOWN = 50
COLLEAGUES = 5
"""How many of those who could agree are named."""
_UNDER_WAY = (BulkState.RUNNING, BulkState.UNDOING)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.DECIDE_IN_BULK)
def bulk(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form, status = ConditionsForm(initial=dict(request.GET.items())), 200
    if request.method == "POST":
        form, status = ConditionsForm(request.POST), 422
        if form.is_valid():
            what, by = form.cleaned_data["what"], access.user_of(request)
            try:
                return _to(letter, bulking.preview(letter, what, form.conditions(), by=by))
            except RuleError as error:
                form.add_error(None, error.message)
    rows = BulkDecision.objects.filter(letter=letter).exclude(state=BulkState.PREVIEWED).select_related("by")
    context = {"form": form, "rows": rows.order_by("-counted_at")[:SHOWN]}
    return pages.show(request, "desk/bulk.html", letter, "bulk", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.DECIDE_IN_BULK)
def bulk_run(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    found = BulkDecision.objects.select_related("letter", "by", "second_by", "undo_asked_by", "undone_by")
    row = found.filter(letter=letter, public_id=public_id).first()
    if row is None:
        raise Http404
    form = WhyForm(request.POST or None)
    if request.method != "POST":
        return _show(request, letter, row, form)
    if not form.is_valid():
        return _show(request, letter, row, form, status=422)
    try:
        _act(request, row, form)
    except RuleError as error:
        form.add_error(None, error.message)
        row.refresh_from_db()
        return _show(request, letter, row, form, status=409)
    return _to(letter, row)


def _act(request: HttpRequest, row: BulkDecision, form: WhyForm) -> None:
    by, action = access.user_of(request), request.POST.get("action", "")
    if action == "start":
        bulking.start(row.public_id, by=by, **form.cleaned_data)
    elif action == "agree":
        bulking.agree(row.public_id, by=by)
    elif action == "cancel":
        bulking.cancel(row.public_id, by=by)
        messages.success(request, _("Stopped. What was done stays done until you undo it."))
    elif action == "undo":
        bulking.undo(row.public_id, by=by)
    elif action == "keep":
        bulking.keep(row.public_id, by=by)
    else:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")


def _to(letter: Letter, row: BulkDecision) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:bulk-run", args=[letter.slug, row.public_id]), status=303)


def _show(request: HttpRequest, letter: Letter, row: BulkDecision, form: WhyForm, *, status: int = 200) -> HttpResponse:
    shown, problem = [], ""
    if row.state not in _UNDER_WAY:
        try:
            shown = bulking.sample(row)
        except RuleError as error:
            problem = error.message
    is_new = row.state == BulkState.PREVIEWED
    before = bulking.alone_before(row, access.user_of(request)) if is_new else 0
    context = {
        "bulk": row,
        "reason": reasons.REFUSALS.get(row.reason_code, ""),
        "form": form,
        "conditions": in_words(row.conditions),
        "sample": [(line, names.description_as_printed(line)) for line in shown],
        "problem": problem,
        "is_under_way": row.state in _UNDER_WAY,
        "needs_why": row.what != BulkWhat.ACCEPT,
        "needs_second": before + row.counted > bulking.ALONE_MOST,
        "alone_before": before,
        "second_until": bulking.second_until(row),
        "is_mine": row.by_id == request.user.pk,
        **_undoing(row, request.user.pk),
    }
    context["colleagues"] = _colleagues(request, letter) if _asks_second(context) else None
    return pages.show(request, "desk/bulk_run.html", letter, "bulk", context, status=status)


def _undoing(row: BulkDecision, me: int | None) -> dict[str, Any]:
    if not bulking.can_be_undone(row):
        return {"undo_until": None}
    return {
        "undo_until": bulking.undo_until(row),
        "undo_needs_second": bulking.undo_needs_second(row),
        "undo_is_mine": row.undo_asked_by_id == me,
    }


def _asks_second(context: dict[str, Any]) -> bool:
    """Whether the page must say who else could agree."""
    waits = context["bulk"].state == BulkState.SECOND and context["is_mine"]
    is_new = context["bulk"].state == BulkState.PREVIEWED and context["needs_second"]
    return waits or is_new or bool(context["undo_until"] and context["undo_needs_second"])


def _colleagues(request: HttpRequest, letter: Letter) -> list[str]:
    """The addresses of those who could be the second person."""
    people = standing.people_who_may(letter, Permission.DECIDE_IN_BULK).exclude(pk=access.user_of(request).pk)
    return list(people.values_list("email", flat=True)[:COLLEAGUES])
