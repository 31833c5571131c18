"""The public timeline, as organisers write it."""

from uuid import UUID

from django.contrib import messages
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from campaign.desk.campaign_forms import EventForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.outreach import addressees, telling
from letters.outreach import timeline as timelines
from letters.outreach.models import Event, EventKind

TAKEN_OFF = 20


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def timeline(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, letter, _empty(request, letter))
    if "restore" in request.POST:
        event = get_object_or_404(Event, letter=letter, public_id=_uuid(request.POST["restore"]))
        timelines.restore(event, by=access.user_of(request))
        messages.success(request, _("The entry is printed again."))
        return _back(letter)
    form = EventForm(request.POST, letter=letter)
    if not form.is_valid():
        return _show(request, letter, form, status=422)
    try:
        timelines.add(letter, form.entry(), by=access.user_of(request))
    except RuleError as error:
        return _show(request, letter, _with(form, error), status=422)
    messages.success(request, _("The entry is on the public timeline."))
    return _back(letter)


def _empty(request: HttpRequest, letter: Letter) -> EventForm:
    kind = request.GET.get("kind", "")
    known = kind if kind in EventKind.values else EventKind.RESPONSE
    initial = {
        "kind": known,
        "happened_on": addressees.today_for(letter),
        "addressee": request.GET.get("addressee", ""),
    }
    return EventForm(letter=letter, initial=initial)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def timeline_event(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    event = get_object_or_404(Event, letter=letter, public_id=public_id)
    event.letter = letter
    if request.method != "POST":
        form = EventForm(letter=letter, event=event, initial=EventForm.initial_of(event))
        return _show_one(request, letter, event, form)
    user, action = access.user_of(request), request.POST.get("action", "")
    try:
        if action == "remove":
            timelines.remove(event, by=user)
            messages.success(request, _("The entry is taken off the page. You can put it back below."))
            return _back(letter)
        if action == "undo":
            timelines.undo(event, by=user)
            messages.success(request, _("The words of before are printed again."))
            return _back(letter)
        return _correct(request, letter, event)
    except RuleError as error:
        event.refresh_from_db()
        typed = {**request.POST.dict(), "seen": timelines.mark_of(event)}
        form = EventForm(typed, letter=letter, event=event, initial=EventForm.initial_of(event))
        form.is_valid()
        return _show_one(request, letter, event, form, notice=error.message, status=409)


def _correct(request: HttpRequest, letter: Letter, event: Event) -> HttpResponse:
    form = EventForm(request.POST, letter=letter, event=event, initial=EventForm.initial_of(event))
    if not form.is_valid():
        return _show_one(request, letter, event, form, status=422)
    try:
        seen = form.cleaned_data["seen"]
        changed = timelines.correct(event, form.entry(), by=access.user_of(request), seen=seen)
    except timelines.EntryRefused as error:
        return _show_one(request, letter, event, _with(form, error), status=422)
    messages.success(
        request, _("Saved; readers see that it was corrected.") if changed else _("Nothing was different.")
    )
    return _back(letter)


def _with(form: EventForm, error: RuleError) -> EventForm:
    form.add_error(error.code if error.code in form.fields else None, ValidationError(error.message))
    return form


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _back(letter: Letter) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:timeline", args=[letter.slug]), status=303)


def _show(request: HttpRequest, letter: Letter, form: EventForm, *, status: int = 200) -> HttpResponse:
    gone = Event.objects.filter(letter=letter, removed_at__isnull=False).order_by("-removed_at", "-pk")[:TAKEN_OFF]
    context = {
        "form": form,
        "timeline": telling.timeline_of(letter),
        "taken_off": [telling.entry_of(event) for event in gone],
    }
    return pages.show(request, "desk/timeline.html", letter, "timeline", context, status=status)


def _show_one(
    request: HttpRequest, letter: Letter, event: Event, form: EventForm, *, notice: str = "", status: int = 200
) -> HttpResponse:
    words = (event.title, event.summary, event.quote, event.text, event.url, event.source)
    theirs = [word for word in words if word] if notice else []
    context = {"form": form, "entry": telling.entry_of(event), "event": event, "notice": notice, "theirs": theirs}
    return pages.show(request, "desk/timeline_event.html", letter, "timeline", context, status=status)
