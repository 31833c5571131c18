"""«This line is wrong»: for everybody who is not the signatory, with a contact address that is confirmed by mail."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from campaign.public import access, headers, limits, rescue
from campaign.public.dispute_forms import DisputeForm
from campaign.public.lines import line_of
from campaign.public.views import signing as signing_views
from campaign.public.views.people import names_hidden
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.moderation import disputing
from letters.signatures.models import Signature


@require_http_methods(["GET", "HEAD", "POST"])
@access.in_letters_language
def dispute(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    if not letter.shows_names:
        return headers.as_private(names_hidden(request, letter, status=403))
    rows = Signature.objects.public().filter(letter=letter, public_id=public_id, is_sample=False)
    signature = rows.select_related("version", "letter").first()
    if signature is None:
        raise Http404
    form, is_sent, status = DisputeForm(), False, 200
    if request.method == "POST":
        if wait := limits.disputing(request, public_id):
            return rescue.slow_down(request, wait)
        form = DisputeForm(request.POST)
        status = 422
        if form.is_valid():
            disputing.ask(signature, **form.cleaned_data)
            is_sent, status = True, 200
    context = {"letter": letter, "line": line_of(signature), "form": form, "sent": is_sent}
    return headers.as_private(render(request, "public/dispute.html", context, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
def dispute_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the mail: looking changes nothing, the button confirms."""
    try:
        found = disputing.find(token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    letter = found.signature.letter
    with translation.override(letter.interface_language):
        if request.method == "POST":
            disputing.confirm(found.public_id)
            found.refresh_from_db()
        is_shown = found.signature.is_confirmed and found.signature.hidden_at is None and letter.shows_names
        context = {
            "letter": letter,
            "line": line_of(found.signature) if is_shown else None,
            "kind": found.get_kind_display(),
            "done": found.confirmed_at is not None,
        }
        return headers.as_private(render(request, "public/dispute_confirm.html", context))
