"""The invitations of one letter: who was asked, what came of it; invite, remind, take back."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from campaign.desk.invite_forms import InviteForm, InviteManyForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.signatures import inviting
from letters.signatures.models import Invitation

PER_PAGE = 100


@dataclass
class Shown:
    """What the page shows: its two forms, and what became of a pasted list."""

    one: InviteForm
    many: InviteManyForm
    rows: list[inviting.Row]
    notice: str = ""
    status: int = 200


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.MAIL)
def invitations(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    shown = Shown(InviteForm(prefix="one"), InviteManyForm(prefix="many"), [])
    if request.method != "POST":
        return _show(request, letter, shown)
    action = request.POST.get("action", "")
    try:
        if action == "one":
            return _invite_one(request, letter, shown)
        if action in ("preview", "many"):
            return _invite_many(request, letter, shown, is_preview=action == "preview")
        _change(request, letter, action)
    except RuleError as error:
        shown.notice, shown.status = error.message, 409
        return _show(request, letter, shown)
    return _back(letter)


def _invite_one(request: HttpRequest, letter: Letter, shown: Shown) -> HttpResponse:
    shown.one = form = InviteForm(request.POST, prefix="one")
    if not form.is_valid():
        shown.status = 422
        return _show(request, letter, shown)
    typed = form.cleaned_data
    row = inviting.invite(
        letter, typed["name"], typed["email"], source=typed["source"], role=typed["role"], by=access.user_of(request)
    )
    messages.success(request, _("{name} is invited; the mail is on its way.").format(name=row.name))
    return _back(letter)


def _invite_many(request: HttpRequest, letter: Letter, shown: Shown, *, is_preview: bool) -> HttpResponse:
    shown.many = form = InviteManyForm(request.POST, prefix="many")
    if not form.is_valid():
        shown.status = 422
        return _show(request, letter, shown)
    shown.rows = inviting.read_list(letter, form.cleaned_data["people"])
    if is_preview:
        return _show(request, letter, shown)
    sent, left = _send(request, letter, form, shown.rows)
    text = ngettext("{count} invitation is on its way.", "{count} invitations are on their way.", sent)
    messages.success(request, text.format(count=sent))
    if not left:
        return _back(letter)
    kept = {**dict(form.data.items()), "many-people": "\n".join(row.text for row in left)}
    shown.many, shown.rows, shown.status = InviteManyForm(kept, prefix="many"), left, 409
    return _show(request, letter, shown)


def _send(
    request: HttpRequest, letter: Letter, form: InviteManyForm, rows: list[inviting.Row]
) -> tuple[int, list[inviting.Row]]:
    """(how many were invited, the lines that were not, with their errors)."""
    source, role, by = form.cleaned_data["source"], form.cleaned_data["role"], access.user_of(request)
    left = []
    for row in rows:
        if row.error:
            left.append(row)
            continue
        try:
            inviting.invite(letter, row.name, row.email, source=source, role=role, by=by)
        except (inviting.AlreadyInvited, inviting.HasSigned, inviting.MailBlocked) as error:
            left.append(inviting.Row(row.number, row.text, error=error.message))
    return len(rows) - len(left), left


def _change(request: HttpRequest, letter: Letter, action: str) -> None:
    row = _invitation(letter, request.POST.get("invitation", ""))
    if action == "remind":
        inviting.remind(row, by=access.actor(request))
        messages.success(request, _("The reminder to {name} is on its way.").format(name=row.name))
    elif action == "revoke":
        inviting.revoke(row, by=access.actor(request))
        messages.success(
            request, _("The invitation of {name} is taken back, and the address is deleted.").format(name=row.name)
        )
    else:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")


def _invitation(letter: Letter, public_id: str) -> Invitation:
    try:
        return Invitation.objects.get(letter=letter, public_id=UUID(public_id))
    except (ValueError, Invitation.DoesNotExist) as error:
        raise Http404 from error


def _back(letter: Letter) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:invitations", args=[letter.slug]), status=303)


def _show(request: HttpRequest, letter: Letter, shown: Shown) -> HttpResponse:
    rows = Invitation.objects.filter(letter=letter).order_by("-sent_at", "-id")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "is_offered": inviting.is_offered(letter),
        "one": shown.one,
        "many": shown.many,
        "lines": shown.rows,
        "ready": sum(1 for row in shown.rows if not row.error),
        "notice": shown.notice,
        "page": page,
        "counts": inviting.counts(letter),
        "remind_days": inviting.remind_days(),
    }
    return pages.show(request, "desk/invitations.html", letter, "invitations", context, status=shown.status)
