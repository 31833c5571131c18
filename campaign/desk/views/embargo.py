"""Journalists who read the letter before its launch: who asked, who was let in, who accepted, and what they opened."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from campaign.desk import access, limits, tabs
from campaign.journalist_forms import LetInForm
from letters.accounts.permissions import Permission
from letters.core.errors import LinkInvalid, RuleError
from letters.documents.models import Letter
from letters.press import embargoes, relaying
from letters.press.models import EmbargoAccess

VISITS = 30
STATES: dict[str, str | Promise] = {
    "asked": gettext_lazy("asked for access"),
    "refused": gettext_lazy("refused"),
    "invited": gettext_lazy("invited, terms not accepted yet"),
    "accepted": gettext_lazy("accepted the terms"),
    "revoked": gettext_lazy("taken back"),
    "expired": gettext_lazy("expired"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def embargo(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form, status, notice = LetInForm(), 200, ""
    if request.method == "POST":
        try:
            form, status = _act(request, letter)
            if status == 303:
                return HttpResponseRedirect(reverse("desk:embargo", args=[letter.slug]), status=303)
        except LinkInvalid as error:
            raise Http404 from error
        except RuleError as error:
            notice, status = error.message, 409
    context = {
        "letter": letter,
        "form": form,
        "notice": notice,
        "is_on": embargoes.is_on(letter),
        "hour": embargoes.hour_of(letter),
        "rows": [_row(row) for row in embargoes.list_of(letter)],
        "checked": embargoes.checked_lines(letter).count() if letter.version_id else 0,
        "questions": relaying.counts_of(letter),
        **tabs.context(letter, "embargo"),
    }
    return render(request, "desk/embargo.html", context, status=status)


def _act(request: HttpRequest, letter: Letter) -> tuple[LetInForm, int]:
    """The form and the status of the answer; 303 when it is done."""
    action, user = request.POST.get("action", ""), access.user_of(request)
    if action == "invite":
        form = LetInForm(request.POST)
        if not form.is_valid():
            return form, 422
        limits.letting_in(user)
        embargoes.invite(letter, form.who(), days=form.cleaned_data["days"], by=user)
        messages.success(request, _("{name} is let in; the mail is on its way.").format(name=form.who()["name"]))
        return form, 303
    try:
        public_id = UUID(request.POST.get("row", ""))
    except ValueError:
        raise RuleError(_("Choose one of the buttons on this page."), code="action") from None
    if action == "approve":
        limits.letting_in(user)
        embargoes.approve(letter, public_id, days=embargoes.DAYS, by=user)
        messages.success(request, _("The mail with the link is on its way."))
    elif action == "revoke":
        embargoes.revoke(letter, public_id, by=user)
        messages.success(request, _("The link opens nothing any more."))
    else:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
    return LetInForm(), 303


def _row(row: EmbargoAccess) -> dict[str, object]:
    state = row.state_at(timezone.now())
    visits = row.visits.order_by("-at")[:VISITS] if getattr(row, "last_at", None) else []
    return {"row": row, "who": row.content, "state": state, "label": STATES[state], "visits": visits}
