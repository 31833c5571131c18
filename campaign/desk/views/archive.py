"""Archive: the closing statement, and a static copy of the letter made by a worker."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaign.desk import access, pages
from campaign.desk.press_forms import ClosingForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import closing
from letters.documents.models import Letter
from letters.press import archives, archiving
from letters.press.models import Archive, ArchiveKind

SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def archive(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, letter, ClosingForm(initial=ClosingForm.initial_of(letter)))
    if request.POST.get("action") == "close":
        return _state(request, letter)
    try:
        archives.ask(letter, by=access.user_of(request))
    except RuleError as error:
        form = ClosingForm(initial=ClosingForm.initial_of(letter))
        return _show(request, letter, form, notice=error.message, status=409)
    return HttpResponseRedirect(reverse("desk:archive", args=[letter.slug]), status=303)


def _state(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return _show(request, letter, form, status=422)
    data = form.cleaned_data
    try:
        changed = closing.state(letter, data["statement"], by=access.actor(request), before=data["before"])
    except RuleError as error:
        letter.refresh_from_db(fields=["closing_statement"])
        again = ClosingForm(data={"statement": data["statement"], "before": letter.closing_statement})
        return _show(request, letter, again, notice=error.message, status=409)
    messages.success(request, _("Saved.") if changed else _("Nothing was different."))
    return HttpResponseRedirect(reverse("desk:archive", args=[letter.slug]), status=303)


def _show(
    request: HttpRequest, letter: Letter, form: ClosingForm, *, notice: str = "", status: int = 200
) -> HttpResponse:
    rows = list(Archive.objects.filter(letter=letter, kind=ArchiveKind.ARCHIVE).order_by("-asked_at")[:SHOWN])
    running = next((row for row in rows if row.state in archives.IN_WORK), None)
    context = {
        "form": form,
        "notice": notice,
        "archives": rows,
        "running": running,
        "progress": archives.progress_of(running) if running else None,
        "kept_days": archives.KEPT.days,
        "is_conflict": status == 409 and form.is_bound,
    }
    return pages.show(request, "desk/archive.html", letter, "archive", context, status=status)


@require_safe
@access.with_letter(Permission.PUBLISH)
def archive_file(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    row = get_object_or_404(
        Archive.objects.select_related("letter"), letter=letter, kind=ArchiveKind.ARCHIVE, public_id=public_id
    )
    try:
        file = archives.open_file(row)
    except RuleError as error:
        form = ClosingForm(initial=ClosingForm.initial_of(letter))
        return _show(request, letter, form, notice=error.message, status=410)
    name = f"{archiving.folder_of(letter, row.started_at or row.asked_at)}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
