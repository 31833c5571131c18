"""Who stands behind a letter: the owning team, others on accepted terms, offers; and letters without an owner."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, limits, pages
from campaign.desk.team_forms import HandOverForm, OfferForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import standing, teaming
from letters.documents.models import Letter, LetterTeam, TeamOffer


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter()
def letter_teams(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    shown: dict[str, object] = {"offer": OfferForm(prefix="offer"), "over": HandOverForm(prefix="over")}
    if request.method != "POST":
        return _show(request, letter, shown)
    action = request.POST.get("action", "")
    try:
        if action == "remove":
            return _remove(request, letter)
        if not standing.may(access.user_of(request), letter, Permission.MANAGE_TEAM):
            raise Http404
        if action in ("offer", "over"):
            return _send_form(request, letter, shown, action)
        if action != "take-back":
            raise RuleError(_("Choose one of the buttons on this page."), code="action")
        teaming.take_back(_offer(letter, request.POST.get("row", "")), by=access.user_of(request))
        messages.success(request, _("The offer is taken back; nothing was changed."))
    except RuleError as error:
        return _show(request, letter, {**shown, "notice": error.message}, status=409)
    return _back(letter)


def _send_form(request: HttpRequest, letter: Letter, shown: dict[str, object], action: str) -> HttpResponse:
    form: OfferForm | HandOverForm
    form = OfferForm(request.POST, prefix="offer") if action == "offer" else HandOverForm(request.POST, prefix="over")
    shown[action] = form
    if not form.is_valid():
        return _show(request, letter, shown, status=422)
    user, team = access.user_of(request), form.cleaned_data["team"]
    try:
        limits.offering(user)
        if isinstance(form, OfferForm):
            teaming.offer(letter, team, form.terms(), by=user)
        else:
            teaming.hand_over(letter, team, by=user)
    except RuleError as error:
        form.add_error("line" if error.code == "line" else "team", forms.ValidationError(error.message))
        return _show(request, letter, shown, status=409)
    messages.success(request, _("Offered to {name}. Its owners find it on their team's page.").format(name=team.name))
    return _back(letter)


def _remove(request: HttpRequest, letter: Letter) -> HttpResponse:
    link = get_object_or_404(LetterTeam, letter=letter, public_id=_uuid(request.POST.get("row", "")))
    teaming.remove(link, by=access.user_of(request))
    messages.success(request, _("{name} no longer stands behind the letter.").format(name=link.team.name))
    still = standing.may(access.user_of(request), letter, Permission.VIEW)
    return _back(letter) if still else HttpResponseRedirect(reverse("desk:home"), status=303)


def _offer(letter: Letter, public_id: str) -> TeamOffer:
    row = TeamOffer.objects.filter(letter=letter, public_id=_uuid(public_id)).first()
    if row is None:
        raise teaming.OfferOver
    return row


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _back(letter: Letter) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:letter-teams", args=[letter.slug]), status=303)


def _show(request: HttpRequest, letter: Letter, shown: dict[str, object], *, status: int = 200) -> HttpResponse:
    user = access.user_of(request)
    owned = set(teaming.owned_by(user).values_list("pk", flat=True))
    links = list(letter.teams.select_related("team").order_by("-is_owner", "joined_at"))
    granted: frozenset[Permission] = letter.permissions  # type: ignore[attr-defined] # with_letter set them
    context = {
        "links": [{"row": link, "is_own": link.team_id in owned} for link in links],
        "offers": list(letter.offers.select_related("team").order_by("offered_at")),
        "may_manage": Permission.MANAGE_TEAM in granted,
        "is_orphaned": user.is_staff and teaming.is_orphaned(letter),
        **shown,
    }
    return pages.show(request, "desk/letter_teams.html", letter, "letter-teams", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.for_operators
def orphans(request: HttpRequest) -> HttpResponseBase:
    form, status = HandOverForm(), 200
    if request.method == "POST":
        form = HandOverForm(request.POST)
        letter = get_object_or_404(Letter, slug=request.POST.get("letter", ""))
        status = 422
        if form.is_valid():
            try:
                teaming.give(letter, form.cleaned_data["team"], by=access.actor(request))
            except RuleError as error:
                form.add_error(None, error.message)
                status = 409
            else:
                name = form.cleaned_data["team"].name
                messages.success(request, _("The letter belongs to {name}.").format(name=name))
                return HttpResponseRedirect(reverse("desk:orphans"), status=303)
    context = {"letters": teaming.orphaned()[:200], "form": form, "chosen": request.POST.get("letter", "")}
    return render(request, "desk/orphans.html", context, status=status)
