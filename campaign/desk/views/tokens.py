"""Tokens: keys for the organisers' own programs. The page asks for a second factor, like the export itself."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from campaign.desk.machine_forms import TokenForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import contacts
from letters.syndication import granting
from letters.syndication.models import Token

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.EXPORT)
def tokens(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    user = access.user_of(request)
    lists = contacts.lists_for(user, letter)
    if request.method != "POST":
        return _show(request, letter, TokenForm(lists))
    if request.POST.get("action") == "revoke":
        return _revoke(request, letter)
    form = TokenForm(lists, request.POST)
    if not form.is_valid():
        return _show(request, letter, form, status=422)
    try:
        token, secret = granting.make(letter, form.wanted(), by=user)
    except RuleError as error:
        form.add_error(error.code if error.code in form.fields else None, error.message)
        return _show(request, letter, form, status=422)
    return _show(request, letter, TokenForm(lists), made=token, secret=secret)


def _revoke(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    try:
        public_id = UUID(request.POST.get("token", ""))
    except ValueError:
        public_id = UUID(int=0)
    granting.revoke(get_object_or_404(Token, letter=letter, public_id=public_id), by=access.user_of(request))
    messages.success(request, _("The token is revoked. It opens nothing any more."))
    return HttpResponseRedirect(reverse("desk:tokens", args=[letter.slug]), status=303)


def _show(
    request: HttpRequest,
    letter: Letter,
    form: TokenForm,
    *,
    made: Token | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = list(Token.objects.filter(letter=letter).select_related("made_by").order_by("-made_at")[:SHOWN])
    now = timezone.now()
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "living": [row for row in rows if row.revoked_at is None and row.expires_at > now],
        "ended": [row for row in rows if row.revoked_at is not None or row.expires_at <= now],
        "has_lists": len(form.fields["contact_list"].choices) > 1,  # type: ignore[attr-defined]
    }
    return pages.show(request, "desk/tokens.html", letter, "tokens", context, status=status)
