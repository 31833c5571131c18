"""Export: addresses of those who agreed to it, by list and purpose; every export stands in the log."""

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaign.desk import access, limits, pages
from campaign.desk.press_forms import ExportForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import contacts


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.EXPORT)
def export(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    user = access.user_of(request)
    lists = contacts.lists_for(user, letter)
    form, status = ExportForm(lists, initial={"which": lists[0].key if len(lists) == 1 else ""}), 200
    if request.method == "POST":
        form = ExportForm(lists, request.POST)
        status = 422
        if form.is_valid():
            try:
                return _file(request, letter, form)
            except RuleError as error:
                form.add_error("reason" if error.code == "reason" else None, error.message)
                status = 409 if error.code == "too-many" else 422
    context = {"form": form, "lists": lists, "log": contacts.log(letter, lists), "most": limits.EXPORTS_AN_HOUR}
    return pages.show(request, "desk/export.html", letter, "export", context, status=status)


def _file(request: HttpRequest, letter: Letter, form: ExportForm) -> HttpResponseBase:
    user, data = access.user_of(request), form.cleaned_data
    limits.exporting(user)
    body = contacts.export(
        letter, data["which"], by=user, purpose=data["purpose"], reason=data["reason"], bom=data["bom"]
    )
    response = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    name = f"addresses-{letter.slug}-{timezone.now():%Y-%m-%d-%H%M}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
