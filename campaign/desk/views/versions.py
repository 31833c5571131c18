"""The published texts of a letter: what there is, an editorial fix, a new version."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaign.desk import access, pages
from campaign.desk.words_forms import AmendForm, VersionForm, WordsForm
from letters.accounts.permissions import Permission
from letters.core import moments
from letters.core.errors import RuleError
from letters.documents import amending, succeeding, texts
from letters.documents.models import Letter, Succession
from letters.signatures import counting, renewing

PROPOSED = succeeding.SHORTEST * 5
"""How long signatories get to answer when nobody says otherwise: fifteen days."""


@require_safe
@access.with_letter()
def versions(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    rows = list(letter.versions.prefetch_related("amendments").select_related("tally").defer("text", "body"))
    came = succeeding.of_letter(letter)
    shown = []
    for version in rows:
        version.letter = letter
        tally = getattr(version, "tally", None) or counting.tally_for(version)
        found = came.get(version.pk)
        fixes = sorted(version.amendments.all(), key=lambda fix: fix.number)
        shown.append({"version": version, "fixes": fixes, "tally": tally, "succession": found})
    running = came.get(letter.version_id or 0)
    context = {
        "rows": shown,
        "running": _running(letter, running) if running else None,
        "may_change": amending.may_amend(letter) and Permission.PUBLISH in _granted(letter),
    }
    return pages.show(request, "desk/versions.html", letter, "versions", context)


def _granted(letter: Letter) -> frozenset[Permission]:
    return getattr(letter, "permissions", frozenset())


def _running(letter: Letter, succession: Succession) -> dict[str, Any]:
    """How the asking of the current version's predecessor goes."""
    return {
        "progress": renewing.progress(succession),
        "deadline": moments.spoken(succession.deadline, letter.time_zone),
        "is_over": succession.deadline <= timezone.now(),
        "before": succession.before.number,
        "rate": renewing.ASKS_PER_MINUTE,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def amend(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    def store(form: AmendForm) -> str:
        typed = form.cleaned_data
        amending.amend(letter, form.words(), note=typed["note"], by=access.user_of(request), since=typed["since"])
        return _("The fix is published. Readers see it with your note and what differs.")

    form = AmendForm(request.POST) if request.method == "POST" else AmendForm(initial=_initial(letter))
    return _edit(request, letter, form, store, "amend")


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def version_new(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    def store(form: VersionForm) -> str:
        typed = form.cleaned_data
        renewing.publish(
            letter, form.words(), note=typed["note"], deadline=typed["moment"], by=access.user_of(request),
            since=typed["since"],
        )  # fmt: skip
        return _("The new version is published. Its signatories are being asked.")

    proposed = moments.write(timezone.now() + PROPOSED, letter.time_zone)
    initial = {**_initial(letter), "moment": proposed}
    data = None
    if request.method == "POST":
        data = request.POST.copy()
        data.setdefault("moment", proposed)  # it is asked beside the difference, which the first form has not
    form = VersionForm(data, initial=initial, letter=letter)
    return _edit(request, letter, form, store, "version-new")


def _initial(letter: Letter) -> dict[str, Any]:
    return WordsForm.initial_of(letter.shown) if letter.shown else {}


def _edit(request: HttpRequest, letter: Letter, form: Any, store: Callable[[Any], str], name: str) -> HttpResponseBase:
    """Edit, see what differs, publish: the difference is always shown before anything is stored."""
    if not amending.may_amend(letter):
        return _show(request, letter, name, {"closed": True}, status=200 if request.method != "POST" else 409)
    if request.method != "POST":
        return _show(request, letter, name, {"form": form})
    is_valid = form.is_valid()
    context: dict[str, Any] = {"form": form, **_difference(letter, form)}
    if request.POST.get("action") != "publish" or request.POST.get("seen") != context.get("mark"):
        return _preview(request, letter, name, form, context)
    if not is_valid:
        return _show(request, letter, name, context, status=422)
    try:
        messages.success(request, store(form))
    except RuleError as error:
        return _refused(request, letter, name, form, context, error)
    return HttpResponseRedirect(reverse("desk:versions", args=[letter.slug]), status=303)


def _difference(letter: Letter, form: Any) -> dict[str, Any]:
    """What would change, and the mark of exactly these words; nothing while a part of the text is refused."""
    if not set(WordsForm.base_fields) <= set(form.cleaned_data):
        return {}
    words = form.words()
    return {"difference": amending.preview(letter, words), "mark": amending.sha256_of(amending.prepared(words)[1])}


def _preview(request: HttpRequest, letter: Letter, name: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    """The difference; errors only of the parts of the text, for note and tick come with publishing."""
    late = [field for field in form.errors if field not in WordsForm.base_fields]
    for field in late:
        del form.errors[field]
    return _show(request, letter, name, context, status=422 if form.errors else 200)


def _refused(
    request: HttpRequest, letter: Letter, name: str, form: Any, context: dict[str, Any], error: RuleError
) -> HttpResponse:
    """Everything that was typed, beside what stands now; the next press is against that."""
    letter = texts.fresh(letter)
    context.update(_difference(letter, form))
    if isinstance(error, amending.MovedOn) and letter.shown is not None:
        form.data = form.data.copy()
        form.data["since"] = letter.shown.sha256
    form.add_error(None, error.message)
    return _show(request, letter, name, context, status=409)


def _show(request: HttpRequest, letter: Letter, name: str, more: dict[str, Any], *, status: int = 200) -> HttpResponse:
    context = {"shortest": succeeding.SHORTEST.days, "longest": succeeding.LONGEST.days, **more}
    template = "desk/amend.html" if name == "amend" else "desk/version_new.html"
    return pages.show(request, template, letter, "versions", context, status=status)
