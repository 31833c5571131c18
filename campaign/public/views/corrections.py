"""What was printed and is otherwise now: the page, the feed, and the mails for those who asked."""

import re
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaign.public import access, headers, limits, rescue
from campaign.public.forms import FollowForm
from campaign.public.views import signing as signing_views
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import correction_words, corrections, following
from letters.press.models import Correction, CorrectionReader

PAGE = 100
ONE_CLICK = "One-Click"
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class _Feed(Atom1Feed):
    """Without an entry Django says «updated now», which is another document each second."""

    begun_at: datetime

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else self.begun_at


@require_safe
@access.in_letters_language
def page(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdecimal() and len(before) < 16):
        raise Http404
    count = access.count_for(access.version_for(letter, None))
    etag = headers.etag_of("corrections", access.mark_of(letter), count.revision, corrections.mark_of(letter), before)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    rows = corrections.for_letter(letter)
    found = list((corrections.before(rows, int(before)) if before else rows)[: PAGE + 1])
    context = {
        "letter": letter,
        "entries": [_entry(row, letter) for row in found[:PAGE]],
        "next_url": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "first_url": reverse("public:corrections", args=[letter.slug]),
        "is_first": not before,
        "can_follow": following.is_possible(letter),
    }
    response = headers.with_names(render(request, "public/corrections.html", context), letter)
    return headers.as_public(response, etag)


def _entry(row: Correction, letter: Letter) -> dict[str, object]:
    """The name is the line's own, now: whoever withdraws is named here no longer."""
    line = corrections.standing_line(row) if letter.shows_names else None
    return {"row": row, "kind": row.get_kind_display(), "note": correction_words.note_of(row), "line": line}


@require_safe
@access.in_letters_language
def atom(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """Atom (RFC 4287). An entry leads to its line and never names it: what a feed reader has, it keeps."""
    etag = headers.etag_of("corrections.atom", access.mark_of(letter), corrections.mark_of(letter), get_language())
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    site = settings.SITE_URL.rstrip("/")
    page_url = site + reverse("public:corrections", args=[letter.slug])
    feed = _Feed(
        title=_plain(_("Corrections: {title}").format(title=letter.title)),
        link=page_url,
        description="",
        subtitle=_("What was printed and is otherwise now. Nobody is named here."),
        feed_url=site + reverse("public:corrections-atom", args=[letter.slug]),
        language=get_language() or "en",
        author_name=settings.SITE_NAME,
        feed_guid=page_url,
    )
    feed.begun_at = letter.published_at or letter.created_at
    for row in corrections.for_letter(letter)[:PAGE]:
        feed.add_item(
            title=str(row.get_kind_display()),
            link=f"{page_url}#correction-{row.public_id}",
            description=_plain(correction_words.note_of(row)),
            unique_id=f"urn:uuid:{row.public_id}",
            pubdate=row.changed_at,
            updateddate=row.changed_at,
            categories=[row.kind],
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return headers.as_public(response, etag)


def _plain(text: str) -> str:
    """Without what no XML document may hold. Source: XML 1.0 §2.2."""
    return _NOT_XML.sub("", text)


@require_http_methods(["GET", "HEAD", "POST"])
@access.in_letters_language
def mail(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form, is_sent, status, error = FollowForm(), False, 200, ""
    if request.method == "POST":
        if wait := limits.link(request):
            return rescue.slow_down(request, wait)
        form, status = FollowForm(request.POST), 422
        if form.is_valid():
            try:
                following.ask(letter, form.cleaned_data["email"], language=get_language() or "en")
                is_sent, status = True, 200
            except RuleError as refused:
                error, status = refused.message, 409
    context = {"letter": letter, "form": form, "sent": is_sent, "error": error}
    return headers.as_private(render(request, "public/corrections_mail.html", context, status=status))


@csrf_exempt  # a mail program has no form of ours; the token in the address is the right to do this one thing
@require_http_methods(["GET", "HEAD", "POST"])
def reader(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = following.find(token)
        if request.method == "POST":
            return _act(request, found, token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    if found is None:
        return headers.as_private(render(request, "public/corrections_reader.html", {"is_gone": True}))
    with translation.override(found.language):
        context = {"letter": found.letter, "is_on": found.confirmed_at is not None, "done": "done" in request.GET}
        return headers.as_private(render(request, "public/corrections_reader.html", context))


def _act(request: HttpRequest, found: CorrectionReader | None, token: str) -> HttpResponse:
    """A mail program is answered at once: some do not follow a redirection of what they posted."""
    if request.POST.get("List-Unsubscribe") == ONE_CLICK:
        if found is not None:
            following.stop(found.public_id)
        done = _("You get no more corrections by mail.")
        return headers.as_private(HttpResponse(done, content_type="text/plain; charset=utf-8"))
    action = request.POST.get("action", "")
    if action not in ("confirm", "stop"):
        raise RuleError(_("Open this page again from the mail, and press one of its buttons."), code="action")
    if found is not None:
        (following.confirm if action == "confirm" else following.stop)(found.public_id)
    address = reverse("public:corrections-reader", args=[token])
    return headers.as_private(HttpResponseRedirect(f"{address}?done=1", status=303))
