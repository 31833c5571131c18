"""A journalist asks a signatory who agreed to be asked: the form, the link that confirms it, and the signatory's way to
end all questions."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaign.public import access, headers, limits, rescue
from campaign.public.lines import line_of, lines_of
from campaign.public.press_forms import QuestionForm
from campaign.public.views import signing as signing_views
from campaign.public.views.people import names_hidden
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import relaying
from letters.signatures import listing
from letters.signatures.models import Signature

ONE_CLICK = "One-Click"


@require_safe
@access.in_letters_language
def press_people(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """Everybody who agreed to be asked, in the order of the list."""
    asked = {name: request.GET.get(name, "")[:400] for name in ("after", "before")}
    version = access.version_for(letter, None)
    count = access.count_for(version)
    etag = headers.etag_of("press-people", access.mark_of(letter), version.sha256, count.revision, *asked.values())
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    if not letter.shows_names:
        return headers.as_public(names_hidden(request, letter), etag)
    page = listing.page(version, which=relaying.TALKS, after=asked["after"], before=asked["before"])
    context = {
        "letter": letter,
        "lines": lines_of(page.rows),
        "first_url": request.path,
        "previous_url": f"?before={page.before}" if page.before else "",
        "next_url": f"?after={page.after}" if page.after else "",
        "is_first": page.is_first,
    }
    response = headers.with_names(render(request, "public/press_people.html", context), letter)
    return headers.as_public(response, etag)


@require_http_methods(["GET", "HEAD", "POST"])
@access.in_letters_language
def ask(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    if not letter.shows_names:
        return headers.as_private(names_hidden(request, letter, status=403))
    rows = Signature.objects.public().filter(relaying.TALKS, letter=letter, public_id=public_id)
    signature = rows.select_related("version", "letter").first()
    if signature is None:
        raise Http404
    form, is_sent, status = QuestionForm(), False, 200
    if request.method == "POST":
        if wait := limits.asking(request, public_id):
            return rescue.slow_down(request, wait)
        form, status = QuestionForm(request.POST), 422
        if form.is_valid():
            try:
                relaying.ask(signature, form.asked())
                is_sent, status = True, 200
            except RuleError as error:
                form.add_error("text", error.message)
    context = {"letter": letter, "line": line_of(signature), "form": form, "sent": is_sent}
    response = headers.with_names(render(request, "public/ask.html", context, status=status), letter)
    return headers.as_private(response)


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the journalist's mail: looking changes nothing, the button sends the question."""
    try:
        found = relaying.find(token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    with translation.override(found.letter.interface_language):
        notice, status = "", 200
        if request.method == "POST":
            try:
                relaying.confirm(found.public_id)
                found.refresh_from_db()
            except RuleError as error:
                notice, status = error.message, 409
        shown = found.signature if found.signature and found.letter.shows_names else None
        context = {
            "letter": found.letter,
            "line": line_of(shown) if shown and shown.is_public else None,
            "content": found.content,
            "done": found.passed_at is not None,
            "notice": notice,
        }
        return headers.as_private(render(request, "public/question.html", context, status=status))


@csrf_exempt  # a mail program has no form of ours; the token in the address is the right to do this one thing
@require_http_methods(["GET", "HEAD", "POST"])
def questions_stop(request: HttpRequest, token: str) -> HttpResponse:
    try:
        signature = relaying.find_line(token)
        if request.method == "POST":
            return _stop(request, signature, token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    is_standing = signature is not None and signature.is_confirmed
    with translation.override(signature.letter.interface_language if signature else None):
        context = {
            "letter": signature.letter if signature else None,
            "is_on": bool(is_standing and signature and signature.consent_press),
            "can_renew": is_standing,
        }
        return headers.as_private(render(request, "public/questions_stop.html", context))


def _stop(request: HttpRequest, signature: Signature | None, token: str) -> HttpResponse:
    """A mail program is answered at once: some do not follow a redirection of what they posted."""
    action = request.POST.get("action", "")
    is_program = request.POST.get("List-Unsubscribe") == ONE_CLICK
    if not is_program and action not in ("stop", "renew"):
        raise RuleError(_("Open this page again from the mail, and press one of its buttons."), code="action")
    if signature is not None:
        relaying.set_asked(signature.public_id, wanted=action == "renew" and not is_program)
    if is_program:
        done = _("You get no more questions from journalists.")
        return headers.as_private(HttpResponse(done, content_type="text/plain; charset=utf-8"))
    return headers.as_private(HttpResponseRedirect(reverse("public:questions-stop", args=[token]), status=303))
