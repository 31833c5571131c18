"""Lists of people to invite: upload, say which column is what, look at every row, send; nobody signs by it."""

import csv
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaign.desk import access, pages
from campaign.desk.import_forms import ColumnsForm, UploadForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.moderation import importing
from letters.moderation.models import ImportState, ListImport
from letters.moderation.tables import Table
from letters.press.columns import guarded
from letters.signatures import inviting

SHOWN = 100
SAMPLE = 30  # characters
PAST = 20


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.MAIL)
def upload(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form, status = UploadForm(), 200
    if request.method == "POST":
        form, status = UploadForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                return _to(letter, importing.upload(letter, form.cleaned_data["file"], by=access.user_of(request)))
            except RuleError as error:
                form.add_error("file", error.message)
    rows = ListImport.objects.filter(letter=letter).select_related("by").order_by("-uploaded_at")[:PAST]
    context = {"form": form, "rows": rows, "is_offered": inviting.is_offered(letter)}
    return pages.show(request, "desk/invitations_import.html", letter, "invitations", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.MAIL)
def run(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    row = _found(letter, public_id)
    header = _named(importing.table_of(row))
    form = ColumnsForm(header, initial=_initial(row))
    if request.method != "POST":
        return _show(request, letter, row, form)
    form, action = ColumnsForm(header, request.POST), request.POST.get("action", "")
    if action == "stop":
        importing.stop(row.public_id, by=access.user_of(request))
        messages.success(request, _("Stopped. The rows are deleted; those who were invited are invited."))
        return _to(letter, row)
    if not form.is_valid():
        return _show(request, letter, row, form, status=422)
    if action != "send":
        return _show(request, letter, row, form)
    try:
        _start(request, row, form)
    except RuleError as error:
        form.add_error("source_text" if error.code == "source" else None, error.message)
        return _show(request, letter, row, form, status=409)
    return _to(letter, row)


def _start(request: HttpRequest, row: ListImport, form: ColumnsForm) -> None:
    data = form.cleaned_data
    importing.start(
        row.public_id, columns=form.columns(), source=data["source_text"], role=data["role"], by=access.user_of(request)
    )


def _named(table: Table) -> list[str]:
    """The titles of the columns; the first words in it for one without a title."""
    found = (next((cells[at] for cells in table.rows if cells[at]), "") for at in range(len(table.header)))
    return [title or (f"({words[:SAMPLE]})" if words else "") for title, words in zip(table.header, found, strict=True)]


def _initial(row: ListImport) -> dict[str, Any]:
    return {part: str(at) for part, at in row.columns.items()}


def _found(letter: Letter, public_id: UUID) -> ListImport:
    row = ListImport.objects.select_related("letter", "by").filter(letter=letter, public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def _to(letter: Letter, row: ListImport) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:invitations-import-run", args=[letter.slug, row.public_id]), status=303)


def _show(
    request: HttpRequest, letter: Letter, row: ListImport, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    table = importing.table_of(row)
    columns = form.columns() if form.is_bound and form.is_valid() else row.columns
    read = importing.rows_of(letter, table, columns) if row.state == ImportState.READ else []
    ready = sum(1 for line in read if not line.error)
    context = {
        "list": row,
        "note": table.note,
        "is_mapped": "email" in columns and bool({"name", "given", "family"} & set(columns)),
        "form": form,
        "lines": sorted(read, key=lambda line: (not line.error, line.number))[:SHOWN],
        "ready": ready,
        "wrong": len(read) - ready,
        "most_shown": SHOWN,
        "is_under_way": row.state == ImportState.RUNNING,
        "looked_at": row.sent_count + row.left_count,
        "has_left": bool(row.left_sealed),
    }
    return pages.show(request, "desk/invitations_import_run.html", letter, "invitations", context, status=status)


@require_safe
@access.with_letter(Permission.MAIL)
def left(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    """The rows that were not invited, with why, as a table to mend and upload again."""
    row = _found(letter, public_id)
    found = importing.left_of(row)
    if not found:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="not-invited-{letter.slug}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(importing.header_of_left(row))
    writer.writerows([guarded(cell) for cell in cells] for cells in found)
    return response
