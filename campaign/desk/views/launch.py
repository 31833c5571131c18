"""Where a letter stands, and every move that it can make from there: each a button that says what follows."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaign.desk import access, pages
from campaign.desk.launch_forms import HourForm
from letters.accounts.permissions import Permission
from letters.core import moments
from letters.core.errors import RuleError
from letters.documents import drafting, launching, publishing
from letters.documents.models import Letter, LetterState

_DONE = {
    "private": gettext_lazy("The private round has begun: invited people are told that they can sign."),
    "lock": gettext_lazy("The text is locked."),
    "unlock": gettext_lazy("The text can be worked on again."),
    "schedule": gettext_lazy("The launch is set."),
    "call-off": gettext_lazy("The launch is called off. The letter waits in its private round."),
    "launch": gettext_lazy("The letter is open."),
    "pause": gettext_lazy("Signing is paused."),
    "reopen": gettext_lazy("The letter takes signatures again."),
    "close": gettext_lazy("The letter is closed for signatures."),
    "deliver": gettext_lazy("The letter counts as delivered."),
    "archive": gettext_lazy("The letter is archived: nothing of it moves any more."),
    "hide": gettext_lazy("No name is printed any more. The count stays."),
    "show": gettext_lazy("The names are printed again."),
    "closing-date": gettext_lazy("The closing date is saved."),
}
_MOVES = {
    "pause": LetterState.PAUSED,
    "reopen": LetterState.OPEN,
    "close": LetterState.CLOSED,
    "deliver": LetterState.DELIVERED,
    "archive": LetterState.ARCHIVED,
}


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def launch(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, letter, *_forms(letter))
    action = request.POST.get("action", "")
    hour, closing = _forms(letter)
    try:
        if action in ("schedule", "closing-date"):
            return _set_hour(request, letter, action)
        if action == "discard":
            return _discarded(request, letter)
        _verb(letter, action, access.actor(request))()
    except RuleError as error:
        return _show(request, letter, hour, closing, notice=error.message, status=409)
    return _done(request, letter, action)


@require_safe
@access.with_letter(Permission.PUBLISH)
def launch_now(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    """The last look before the launch, which cannot be taken back; its button is one of ``launch``."""
    if letter.is_public:
        return HttpResponseRedirect(reverse("desk:launch", args=[letter.slug]))
    words = drafting.words_for(letter)
    context = {
        "missing": drafting.missing(letter, words),
        "empty": drafting.left_empty(letter, words),
        "slips": drafting.slips(words),
    }
    return pages.show(request, "desk/launch_now.html", letter, "launch", context)


def _verb(letter: Letter, action: str, by: str) -> Callable[[], object]:
    """What a button does. Raises RuleError for a button that is not on the page."""
    verbs: dict[str, Callable[..., object]] = {
        "private": launching.begin_private_round,
        "lock": launching.lock,
        "unlock": launching.unlock,
        "call-off": launching.call_off,
        "launch": launching.launch,
        "hide": launching.hide_names,
        "show": launching.show_names,
    }
    if action in _MOVES:
        return partial(publishing.move, letter, _MOVES[action], by=by)
    if action not in verbs:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
    return partial(verbs[action], letter, by=by)


def _discarded(request: HttpRequest, letter: Letter) -> HttpResponse:
    if "sure" not in request.POST:
        raise RuleError(_("Tick that the draft is deleted for good, or leave it as it is."), code="sure")
    launching.discard(letter, by=access.actor(request))
    messages.success(request, _("The draft “{title}” is deleted.").format(title=letter.title))
    return HttpResponseRedirect(reverse("desk:home"), status=303)


def _set_hour(request: HttpRequest, letter: Letter, action: str) -> HttpResponse:
    hour, closing = _forms(letter)
    is_launch = action == "schedule"
    form = HourForm(request.POST, prefix="opens" if is_launch else "closes", required=is_launch)
    status = 422
    if form.is_valid():
        try:
            moment, by = form.hour(), access.actor(request)
            if is_launch and moment is not None:
                launching.schedule(letter, moment, by=by)
            else:
                launching.close_at(letter, moment, by=by)
            return _done(request, letter, action)
        except RuleError as error:
            form.add_error("moment" if isinstance(error, launching.HourRefused) else None, error.message)
            status = 409
    shown = (form, closing) if is_launch else (hour, form)
    return _show(request, letter, *shown, status=status)


def _done(request: HttpRequest, letter: Letter, action: str) -> HttpResponse:
    messages.success(request, str(_DONE[action]))
    return HttpResponseRedirect(reverse("desk:launch", args=[letter.slug]), status=303)


def _forms(letter: Letter) -> tuple[HourForm, HourForm]:
    zone = letter.time_zone
    opens = {"moment": moments.write(letter.opens_at, zone), "zone": zone}
    closes = {"moment": moments.write(letter.closes_at, zone), "zone": zone}
    return HourForm(initial=opens, prefix="opens"), HourForm(initial=closes, prefix="closes", required=False)


def _show(
    request: HttpRequest, letter: Letter, hour: HourForm, closing: HourForm, *, notice: str = "", status: int = 200
) -> HttpResponse:
    fresh = Letter.objects.select_related("version", "amendment").get(pk=letter.pk)
    fresh.permissions = letter.permissions  # type: ignore[attr-defined]
    is_launched = fresh.is_public
    words = {} if is_launched else drafting.words_for(fresh)
    context = {
        "missing": [] if is_launched else drafting.missing(fresh, words),
        "slips": [] if is_launched else drafting.slips(words),
        "is_launched": is_launched,
        "hour": hour,
        "closing": closing,
        "form": hour if hour.errors else closing,
        "can": {name for name, state in _MOVES.items() if state in publishing.MOVES[fresh.state]},
        "notice": notice,
    }
    return pages.show(request, "desk/launch.html", fresh, "launch", context, status=status)
