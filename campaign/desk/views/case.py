"""One case: read, compare, decide. The script of the queue asks for the same page in parts (header ``X-Desk``)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from campaign.desk import access, kept, pages
from campaign.desk.forms import DecideForm
from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import standing
from letters.documents.models import Letter
from letters.ledger import audit
from letters.moderation import claiming, comparing, deciding, queue, reasons, withholding
from letters.moderation.models import Case, Reason
from letters.signatures import managing, names
from letters.signatures.models import AnonymousLine
from letters.verification import assurance

_DONE = {
    "accept": gettext_lazy("Accepted."),
    "refuse": gettext_lazy("Refused. The signatory gets a mail in a quarter of an hour, unless you undo it."),
    "hold": gettext_lazy("Held. The line is printed nowhere while this case is open."),
    "undo": gettext_lazy("Taken back. The case is open again."),
}
NEEDS_CHECKLIST = (Reason.REVIEW, Reason.POLICY, Reason.CORRECTION, Reason.WATCHED, Reason.ANONYMOUS)
_LABELS = {
    "display_name": gettext_lazy("Name"),
    "sort_name": gettext_lazy("Sorted under"),
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "name_latin": gettext_lazy("Name in Latin letters"),
    "honorific_prefix": gettext_lazy("Title before the name"),
    "honorific_suffix": gettext_lazy("Title behind the name"),
    "position": gettext_lazy("Position"),
    "affiliation": gettext_lazy("Affiliation"),
    "affiliation_status": gettext_lazy("Tie to it"),
}


def wants_part(request: HttpRequest) -> bool:
    """Whether the script of the queue asks; it puts the answer into its page."""
    return "X-Desk" in request.headers


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.REVIEW)
def case_page(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    case = queue.find(letter, public_id)
    if case is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, letter, case)
    audit.record(audit.Action.CASE_READ, case, by=access.actor(request))
    taken = ""
    try:
        claiming.claim(case, by=access.user_of(request))
    except claiming.Claimed as error:
        taken = error.message
    return _show(request, letter, case, DecideForm(initial=_initial_of(case)), taken=taken)


def _initial_of(case: Case) -> dict[str, str]:
    """The source that the signatory named, and what shall be printed where the name is withheld."""
    line = AnonymousLine.objects.of(case.signature) if case.reason == Reason.ANONYMOUS else None
    return {"evidence_url": case.source_url, **(_printed(line) if line else {})}


def _printed(line: AnonymousLine) -> dict[str, str]:
    return {
        "printed_position": line.position, "printed_affiliation": line.affiliation, "printed_line": str(line.public_id)
    }  # fmt: skip


def _decide(request: HttpRequest, letter: Letter, case: Case) -> HttpResponse:
    form, action = DecideForm(request.POST), request.POST.get("action", "")
    if not form.is_valid():
        return _show(request, letter, case, form, status=422)
    try:
        case = _act(request, case, form, action)
    except withholding.WordsChanged as error:
        form = _filled_anew(request, case)
        form.add_error(None, error.message)
        return _show(request, letter, case, form, status=409)
    except RuleError as error:
        form.add_error(None, error.message)
        return _show(request, letter, case, form, status=409)
    text = str(_DONE[action])
    if action == "accept" and case.waits_for_second:
        text = _second_reviewer(letter, access.user_of(request))
    if wants_part(request):
        return _answer(request, letter, case, text)
    messages.success(request, text)
    if case.is_open:
        return HttpResponseRedirect(reverse("desk:case", args=[letter.slug, case.public_id]), status=303)
    return HttpResponseRedirect(reverse("desk:queue", args=[letter.slug]), status=303)


def _second_reviewer(letter: Letter, by: User) -> str:
    if standing.people_who_may(letter, Permission.REVIEW).exclude(pk=by.pk).exists():
        return _("Accepted by you. A second reviewer must agree before it takes effect; they are told by mail.")
    return _(
        "Accepted by you. A second reviewer must agree before it takes effect, and nobody else in the teams of this "
        "letter may review: ask somebody in on your team's page."
    )


def _filled_anew(request: HttpRequest, case: Case) -> DecideForm:
    """What was sent, with the words that shall be printed now. What was ticked was about others."""
    line = AnonymousLine.objects.of(case.signature)
    kept = {name: request.POST.get(name, "") for name in ("evidence_url", "note")}
    return DecideForm({**kept, **(_printed(line) if line else {})})


def _answer(request: HttpRequest, letter: Letter, case: Case, text: str) -> HttpResponse:
    """The parts of the queue's page that a decision changes."""
    context = {
        "letter": letter,
        "case": case,
        "said": text,
        "total": queue.total(letter),
        "decided": queue.just_decided(letter),
    }
    return render(request, "desk/queue_answer.html", context)


def _act(request: HttpRequest, case: Case, form: DecideForm, action: str) -> Case:
    by, note = access.user_of(request), form.cleaned_data["note"]
    if action == "accept":
        words, seen = form.words(), form.cleaned_data["printed_line"]
        return deciding.accept(case.public_id, by=by, checked=form.checked(), note=note, words=words, seen=seen)
    if action == "refuse":
        return deciding.refuse(case.public_id, by=by, reason_code=form.cleaned_data["reason_code"], note=note)
    if action == "hold":
        return deciding.hold(case.public_id, by=by)
    if action == "undo":
        return deciding.undo(case.public_id, by=by)
    raise RuleError(_("Choose one of the buttons on this page."), code="action")


def _show(
    request: HttpRequest, letter: Letter, case: Case, form: DecideForm, *, status: int = 200, taken: str = ""
) -> HttpResponse:
    if case.reason == Reason.ANONYMOUS:
        form.keep_source()
    like = comparing.likenesses(case)
    evidence = comparing.evidence_of([case.signature, *like])
    context: dict[str, Any] = {
        "case": case,
        "signature": case.signature,
        "description": names.description_as_printed(case.signature),
        "form": form,
        "taken": taken,
        "me": request.user.pk,
        "of_two": deciding.bulk_of_two(case),
        "evidence": evidence[case.signature.pk],
        "twins": comparing.twins(case, like, evidence),
        "others": queue.other_cases(case),
        "change": _change(case),
        "question": reasons.question_of(case.reason, case.detail),
        "held": reasons.word_of(case.signature.held_reason),
        "place_asked": reasons.role_of(case.detail) if case.reason == Reason.PLACEMENT else "",
        "refusal": reasons.REFUSALS.get(case.reason_code, ""),
        "needs_checklist": case.reason in NEEDS_CHECKLIST,
        **_unnamed(case),
    }
    if wants_part(request):
        return kept.answer(request, "desk/case_panel.html", {"letter": letter, **context}, status=status)
    context["previous"], context["following"] = queue.neighbours(case)
    return pages.show(request, "desk/case.html", letter, "queue", context, status=status)


def _unnamed(case: Case) -> dict[str, Any]:
    """What is, or would be, printed of a signature whose name is withheld, and whether few share it."""
    line = AnonymousLine.objects.of(case.signature) if case.signature.hidden_at else None
    if line is None:
        return {}
    like = withholding.sharing(case.signature) if case.reason == Reason.ANONYMOUS and case.is_open else None
    return {
        "unnamed": line,
        "unnamed_sentence": assurance.withheld(line.checked_at or timezone.now(), is_deleted=False),
        "unnamed_tells": names.has_part_in(case.signature.display_name, line.label),
        "unnamed_like": like if like is not None and like < withholding.FEW else None,
    }


def _change(case: Case) -> list[tuple[str, str, str]]:
    """(label, as printed, as asked for) of every part that shall change."""
    waiting = managing.waiting_change(case.signature)
    return [(str(_LABELS.get(name, name)), getattr(case.signature, name), value) for name, value in waiting.items()]
