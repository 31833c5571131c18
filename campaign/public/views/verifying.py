"""Strengthening one's line: choosing a method, beginning it, answering it; by the link in every mail, no account."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.public import headers, identities, limits, rescue, verify_forms
from campaign.public.forms import CodeForm
from campaign.public.lines import line_of
from campaign.public.views import signing as signing_views
from letters.core import tokens
from letters.core.errors import RuleError
from letters.signatures import managing, signing
from letters.signatures.models import Signature
from letters.verification import checking, proving, recording
from letters.verification.models import Check
from letters.verification.providers import find, work_email
from letters.verification.providers.base import Next, NotProven, Provider, Step


@dataclass
class Visit:
    """One request for one method, and what its page shows."""

    request: HttpRequest
    signature: Signature
    token: str
    provider: Provider
    form: forms.Form
    code: CodeForm
    step: Step | None = None
    notice: str = ""
    status: int = 200

    @property
    def path(self) -> str:
        return reverse("public:verify", args=[self.token, self.provider.KIND])


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """One method for one's own line: what it proves, its form, then what to do and the answer to it."""
    try:
        signature = signing.find(managing.MINE, token)
    except RuleError as error:
        return signing_views.gone(request, error, None)
    with translation.override(signature.letter.interface_language):
        provider = find(signature.letter, kind)
        if provider is None or not signature.is_confirmed:
            raise Http404
        visit = _visit(request, signature, token, provider)
        if request.method != "POST":
            return _show(visit)
        if wait := limits.verifying(request, signature.public_id):
            return rescue.slow_down(request, wait)
        return _complete(visit) if request.POST.get("action") == "complete" else _start(visit)


def _visit(request: HttpRequest, signature: Signature, token: str, provider: Provider) -> Visit:
    initial = {"consent_domain": signature.consent_domain}
    is_start = request.method == "POST" and request.POST.get("action") != "complete"
    data, files = (request.POST, request.FILES) if is_start else (None, None)
    form = verify_forms.form_for(provider.ASKS, data, files, initial)
    notice = request.session.pop("verify_notice", "") if "error" in request.GET else ""
    return Visit(request, signature, token, provider, form, CodeForm(), notice=notice)


def _start(visit: Visit) -> HttpResponse:
    if not visit.form.is_valid():
        visit.status = 422
        return _show(visit)
    try:
        step = proving.start(visit.signature, visit.provider.KIND, verify_forms.given_in(visit.form))
    except RuleError as error:
        asked = [ask.name for ask in visit.provider.ASKS if ask.kind != "checkbox"]
        visit.form.add_error(asked[0] if asked else None, error.message)
        visit.status = 422
        return _show(visit)
    if step.next == Next.REDIRECT and step.check is not None:
        return identities.begin(visit.request, step.check, step.login)
    if step.next == Next.QUEUED:
        return _back_to_mine(visit.token, "queued")
    return headers.as_private(HttpResponseRedirect(visit.path, status=303))


def _complete(visit: Visit) -> HttpResponse:
    check = checking.waiting(visit.signature, visit.provider.KIND)
    answer = {"code": visit.request.POST.get("code", "")[:40]}
    try:
        if check is None:
            raise proving.CheckOver
        proving.finish(check.public_id, answer)
    except NotProven as error:
        if error.code == "code":
            visit.code = CodeForm(visit.request.POST)
            visit.code.is_valid()
            visit.code.errors.pop("code", None)
            visit.code.add_error("code", error.message)
        else:
            visit.notice = error.message
        visit.status = 409
        return _show(visit)
    except RuleError as error:
        visit.notice, visit.status = error.message, 409
        return _show(visit)
    return _back_to_mine(visit.token, "proven")


def _back_to_mine(token: str, what: str) -> HttpResponse:
    address = f"{reverse('public:mine', args=[token])}?{what}=1"
    return headers.as_private(HttpResponseRedirect(address, status=303))


def _show(visit: Visit) -> HttpResponse:
    signature, provider = visit.signature, visit.provider
    check = checking.waiting(signature, provider.KIND)
    step = resumed(provider, check) if check is not None else None
    context = {
        "letter": signature.letter,
        "token": visit.token,
        "line": line_of(signature),
        "sentences": recording.sentences_for(signature),
        "offer": provider.OFFER,
        "asks": [(ask.kind, visit.form[ask.name]) for ask in provider.ASKS],
        "has_file": any(ask.kind == "file" for ask in provider.ASKS),
        "is_login": provider.OFFER.keeps_identity,
        "form": visit.form,
        "code_form": visit.code,
        "step": step,
        "notice": visit.notice,
        "is_public": signature.is_public,
    }
    page = render(visit.request, "public/verify.html", context, status=visit.status)
    return headers.as_private(page)


def resumed(provider: Provider, check: Check) -> Step | None:
    """What a waiting check shows when its page is opened again; None for a login, which is begun anew."""
    again: Any = getattr(provider, "again", None)
    return again(check) if again else None


@require_http_methods(["GET", "HEAD", "POST"])
def verify_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link in the mail to a work address. GET changes nothing; the pressed button answers."""
    try:
        check_id = tokens.read(work_email.MAIL, token)
        check = checking.alive().select_related("signature__letter__version", "signature__version")
        found = check.filter(public_id=check_id).first()
        if found is None:
            raise proving.CheckOver
    except RuleError as error:
        return signing_views.gone(request, error, None)
    with translation.override(found.signature.letter.interface_language):
        if request.method == "POST":
            return _answer_mail(request, check_id, found)
        return _show_mail(request, found, "asked")


def _answer_mail(request: HttpRequest, check_id: UUID, check: Check) -> HttpResponse:
    if request.POST.get("action") == "not-me":
        work_email.disown(check)
        return _show_mail(request, check, "disowned")
    try:
        proving.finish(check_id, {"pressed": True})
    except RuleError as error:
        return _show_mail(request, check, "asked", notice=error.message, status=409)
    check.signature.refresh_from_db()
    return _show_mail(request, check, "proven")


def _show_mail(request: HttpRequest, check: Check, state: str, *, notice: str = "", status: int = 200) -> HttpResponse:
    signature = check.signature
    promised = work_email.promised(check) if state == "asked" else ""
    context = {
        "letter": signature.letter,
        "line": line_of(signature),
        "state": state,
        "promised": promised,
        "sentences": recording.sentences_for(signature),
        "notice": notice or (_("Readers see nothing new.") if state == "asked" and not promised else ""),
    }
    return headers.as_private(render(request, "public/verify_mail.html", context, status=status))
