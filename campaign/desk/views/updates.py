"""Updates to signatories: written, previewed as the mail that leaves, tested, sent, stopped."""

from uuid import UUID

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import messages
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from campaign.desk import access, pages
from campaign.desk.campaign_forms import UpdateForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.outreach import emails, mailing
from letters.outreach import updates as rules
from letters.outreach.models import Update, UpdateState

SHOWN = 50
NAME = "Suzie van der Berg"  # of the preview
ADDRESS = "suzie@example.org"


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.MAIL)
def updates(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form, status = UpdateForm(initial={"is_on_timeline": True}), 200
    if request.method == "POST":
        form = UpdateForm(request.POST)
        if form.is_valid():
            update = rules.write(letter, form.words(), by=access.user_of(request))
            messages.success(request, _("Saved as a draft. Look at the mail below before you send it."))
            return _to(update)
        status = 422
    rows = list(Update.objects.filter(letter=letter).order_by("-number")[:SHOWN])
    context = {
        "form": form,
        "rows": [{"update": row, "counts": mailing.shown_counts(row)} for row in rows],
        "lines": mailing.lines_of(letter).count(),
        "wait": _wait(letter),
    }
    return pages.show(request, "desk/updates.html", letter, "updates", context, status=status)


def _wait(letter: Letter) -> str:
    allowed_at = rules.next_allowed(letter)
    return rules.too_soon(letter, allowed_at) if allowed_at else ""


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.MAIL)
def update(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    row = _find(letter, public_id)
    form = UpdateForm(initial=UpdateForm.initial_of(row))
    if request.method != "POST":
        return _show(request, row, form)
    try:
        if request.POST.get("action") == "save":
            return _save(request, row)
        return _act(request, row)
    except RuleError as error:
        return _show(request, _find(letter, public_id), form, notice=error.message, status=409)


def _find(letter: Letter, public_id: UUID) -> Update:
    row = get_object_or_404(Update, letter=letter, public_id=public_id)
    row.letter = letter
    return row


def _save(request: HttpRequest, row: Update) -> HttpResponse:
    form = UpdateForm(request.POST)
    if not form.is_valid():
        return _show(request, row, form, status=422)
    try:
        rules.save(row, form.words(), revision=form.cleaned_data["revision"] or 0)
    except rules.ChangedMeanwhile as error:
        theirs = _find(row.letter, row.public_id)
        kept = UpdateForm({**request.POST.dict(), "revision": str(theirs.revision)})
        kept.add_error(None, ValidationError(error.message))
        return _show(request, theirs, kept, theirs=theirs, status=409)
    messages.success(request, _("Saved."))
    return _to(row)


def _act(request: HttpRequest, row: Update) -> HttpResponse:
    user, action = access.user_of(request), request.POST.get("action", "")
    if action == "test":
        rules.send_test(row, to=user)
        messages.success(request, _("A test mail is on its way to {address}.").format(address=user.email))
    elif action == "send":
        rules.start(row, revision=_revision(request), by=user)
        messages.success(request, _("The update is being sent. This page shows how far it is."))
    elif action == "stop":
        stopped = rules.stop(row, by=user)
        is_draft = stopped.state == UpdateState.DRAFT
        text = (
            _("Stopped before any mail left; it is a draft again.") if is_draft else _("Stopped. What left, is sent.")
        )
        messages.success(request, text)
    elif action == "resume":
        rules.resume(row, by=user)
        messages.success(request, _("Sending goes on. Nobody gets the update twice."))
    elif action == "delete":
        rules.delete(row)
        messages.success(request, _("The draft is deleted."))
        return HttpResponseRedirect(reverse("desk:updates", args=[row.letter.slug]), status=303)
    else:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
    return _to(row)


def _revision(request: HttpRequest) -> int:
    revision = request.POST.get("revision", "")
    return int(revision) if revision.isdecimal() and len(revision) < 9 else 0


def _to(row: Update) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:update", args=[row.letter.slug, row.public_id]), status=303)


def _show(
    request: HttpRequest, row: Update, form: UpdateForm, *, notice: str = "", theirs: Update | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    mail, is_draft = emails.sample_of(row, to=ADDRESS, name=NAME, is_test=False), row.state == UpdateState.DRAFT
    context = {
        "update": row,
        "form": form,
        "theirs": theirs,
        "mail": mail,
        "counts": mailing.shown_counts(row),
        "lines": mailing.lines_of(row.letter).count() if is_draft else 0,
        "wait": _wait(row.letter) if is_draft else "",
        "notice": notice,
        "rate": mailing.rate(),
    }
    return pages.show(request, "desk/update.html", row.letter, "updates", context, status=status)


@require_safe
@access.with_letter(Permission.MAIL)
def update_html(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    """The HTML part as it leaves, inside a sandboxed frame; only the mail itself may be framed, never a refusal."""
    html = emails.sample_of(_find(letter, public_id), to=ADDRESS, name=NAME, is_test=False).html

    @xframe_options_sameorigin
    @csp_replace({"frame-ancestors": [SELF], "style-src": [UNSAFE_INLINE]})
    def framed(request: HttpRequest) -> HttpResponseBase:
        return HttpResponse(html)

    return framed(request)
