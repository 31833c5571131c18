"""A letter before its launch, for a journalist whom the organisers let in. Looking changes nothing; what is opened or
taken is pressed for, and logged. The link's token stays on the page of the terms; the room's address has none."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.journalist_forms import JournalistForm
from campaign.public import access as doors
from campaign.public import headers, limits, rescue
from campaign.public.lines import Line, lines_of
from campaign.public.views import signing as signing_views
from letters.core.errors import LinkInvalid, RuleError
from letters.documents.models import Letter
from letters.press import embargo_papers, embargoes
from letters.press.models import EmbargoAccess
from letters.signatures.models import SignatoryType, Signature

SESSION = "embargo"
SHOWN = 500


@require_http_methods(["GET", "HEAD", "POST"])
def embargo(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the mails: the button that confirms a request; the terms, and the one that agrees to them or
    opens the room again."""
    try:
        access = embargoes.find(token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    with translation.override(access.letter.interface_language):
        if request.method != "POST":
            return _terms(request, access)
        try:
            return _enter(request, access)
        except RuleError as error:
            return _terms(request, access, notice=error.message, status=409)


def _terms(request: HttpRequest, access: EmbargoAccess, *, notice: str = "", status: int = 200) -> HttpResponse:
    terms = embargoes.terms_of(access.letter)
    context = {
        "letter": access.letter,
        "standing": embargoes.standing(access),
        "who": access.content,
        "terms": terms,
        "terms_sha256": embargoes.sha256_of(terms),
        "hour": embargoes.hour_of(access.letter),
        "until": access.ends_early_at,
        "press_url": _press_url(access.letter),
        "notice": notice,
    }
    return headers.as_private(render(request, "public/embargo.html", context, status=status))


def _press_url(letter: Letter) -> str:
    """Where an access leads after the launch."""
    try:
        return reverse("public:press", args=[letter.slug])
    except NoReverseMatch:
        return letter.get_absolute_url()


def _enter(request: HttpRequest, access: EmbargoAccess) -> HttpResponse:
    if embargoes.standing(access) in ("unconfirmed", "asked"):
        embargoes.confirm(access.public_id)
        here = reverse("public:embargo", args=[embargoes.token_for(access)])
        return headers.as_private(HttpResponseRedirect(here, status=303))
    if request.POST.get("agree") == "on":
        embargoes.accept(access.public_id, terms_sha256=request.POST.get("terms", ""))
        access = embargoes.by_id(access.public_id)
    elif embargoes.standing(access) == "terms":
        raise RuleError(_("Tick that you agree to the terms; without that nothing is shown."), code="terms")
    embargoes.enter(access, "pages")
    held = dict(request.session.get(SESSION, {}))
    request.session[SESSION] = {**held, access.letter.slug: access.public_id.hex}
    return _to_room(access.letter)


def _to_room(letter: Letter) -> HttpResponse:
    return headers.as_private(HttpResponseRedirect(reverse("public:embargo-room", args=[letter.slug]), status=303))


def _held(session: SessionBase, letter: Letter) -> EmbargoAccess | None:
    """The open access of this browser to this letter."""
    known = session.get(SESSION, {}).get(letter.slug)
    try:
        access = embargoes.by_id(UUID(hex=known)) if known else None
    except LinkInvalid:
        return None
    return access if access and access.letter_id == letter.pk and embargoes.standing(access) == "open" else None


@require_http_methods(["GET", "HEAD", "POST"])
def embargo_room(request: HttpRequest, slug: str) -> HttpResponse:
    """What is shown under embargo; to everybody else, how to ask for it."""
    letter = Letter.objects.select_related("version", "amendment").filter(slug=slug).first()
    if letter is None or not (letter.is_public or embargoes.is_on(letter)):
        raise Http404
    with translation.override(letter.interface_language):
        access = _held(request.session, letter)
        if request.method == "POST" and not letter.is_public:
            return _act(request, letter, access)
        return _room(request, access) if access else _ask(request, letter, JournalistForm())


def _act(request: HttpRequest, letter: Letter, access: EmbargoAccess | None) -> HttpResponse:
    if access is None:
        return _asked(request, letter)
    try:
        if request.POST.get("action") != "pdf":
            raise RuleError(_("Choose one of the buttons on this page."), code="action")
        embargoes.enter(access, "pdf")
        content = embargo_papers.signed_pdf(access, now=timezone.now())
    except RuleError as error:
        return _room(request, access, notice=error.message, status=409)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="embargo-{letter.slug}.pdf"'
    return headers.as_private(response)


def _room(request: HttpRequest, access: EmbargoAccess, *, notice: str = "", status: int = 200) -> HttpResponse:
    letter = access.letter
    rows = list(embargoes.checked_lines(letter)[:SHOWN])
    context = {
        "letter": letter,
        "text": doors.folded(letter, letter.shown),
        "hour": embargoes.hour_of(letter),
        "sentence": embargo_papers.sentence_of(letter),
        "mark": embargoes.watermark_of(access, timezone.now()),
        "lines": _lines(row for row in rows if row.signatory_type == SignatoryType.PERSON),
        "organizations": _lines(row for row in rows if row.signatory_type == SignatoryType.ORGANIZATION),
        "notice": notice,
    }
    return headers.as_private(render(request, "public/embargo_room.html", context, status=status))


def _lines(rows: Iterable[Signature]) -> list[Line]:
    """Without the address of their own pages, which nobody finds before the launch."""
    return [replace(line, public_id=None) for line in lines_of(rows)]


def _asked(request: HttpRequest, letter: Letter) -> HttpResponse:
    form = JournalistForm(request.POST)
    if not form.is_valid():
        return _ask(request, letter, form, status=422)
    if wait := limits.asking_early(request):
        return rescue.slow_down(request, wait)
    try:
        embargoes.ask(letter, form.cleaned_data)
    except RuleError as error:
        form.add_error(None, error.message)
        return _ask(request, letter, form, status=409)
    return _ask(request, letter, form, is_sent=True)


def _ask(
    request: HttpRequest, letter: Letter, form: JournalistForm, *, is_sent: bool = False, status: int = 200
) -> HttpResponse:
    """Says nothing of a letter that is not public but its hour."""
    context = {
        "form": form,
        "sent": is_sent,
        "hour": embargoes.hour_of(letter),
        "letter": letter if letter.is_public else None,
        "press_url": _press_url(letter) if letter.is_public else "",
    }
    return headers.as_private(render(request, "public/embargo_ask.html", context, status=status))
