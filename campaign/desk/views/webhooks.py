"""Webhooks: who is told what, what became of every call, and a test at the press of a button."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from campaign.desk.machine_forms import WebhookForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.syndication import hooking
from letters.syndication.enums import Why
from letters.syndication.models import Call, Webhook

CALLS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def webhooks(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        return _list(request, letter, WebhookForm())
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _list(request, letter, form, status=422)
    data = form.cleaned_data
    try:
        webhook, secret = hooking.make(letter, url=data["url"], events=data["events"], by=access.user_of(request))
    except RuleError as error:
        form.add_error(error.code if error.code in form.fields else None, error.message)
        return _list(request, letter, form, status=422)
    return _one(request, letter, webhook, WebhookForm(webhook=webhook), secret=secret)


def _list(request: HttpRequest, letter: Letter, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    rows = list(Webhook.objects.filter(letter=letter).order_by("pk"))
    context = {"form": form, "webhooks": rows, "most": hooking.MOST}
    return pages.show(request, "desk/webhooks.html", letter, "webhooks", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def webhook(request: HttpRequest, letter: Letter, public_id: UUID) -> HttpResponseBase:
    row = get_object_or_404(Webhook.objects.select_related("letter"), letter=letter, public_id=public_id)
    if request.method != "POST":
        return _one(request, letter, row, WebhookForm(webhook=row))
    action = request.POST.get("action", "")
    if action == "save":
        return _save(request, letter, row)
    if action == "secret":
        secret = hooking.renew_secret(row, by=access.user_of(request))
        return _one(request, letter, row, WebhookForm(webhook=row), secret=secret)
    try:
        said = _act(request, row, action)
    except RuleError as error:
        return _one(request, letter, row, WebhookForm(webhook=row), notice=error.message, status=409)
    messages.success(request, said)
    name, arguments = ("webhooks", [letter.slug]) if action == "delete" else ("webhook", [letter.slug, row.public_id])
    return HttpResponseRedirect(reverse(f"desk:{name}", args=arguments), status=303)


def _act(request: HttpRequest, webhook: Webhook, action: str) -> str:
    user = access.user_of(request)
    if action == "ping":
        hooking.ping(webhook)
        return _("The test is on its way. Open this page again in some seconds to see the answer.")
    if action == "pause":
        hooking.pause(webhook, Why.BY_HAND, by=access.actor(request))
        return _("Paused. Nothing is sent until you let it go on.")
    if action == "resume":
        hooking.resume(webhook, by=user)
        return _("It goes on. What waited is sent now.")
    if action == "delete":
        hooking.delete(webhook, by=user)
        return _("The webhook and its log are deleted.")
    if action == "again":
        hooking.send_again(_call(webhook, request.POST.get("call", "")))
        return _("The call is in the queue again.")
    raise RuleError(_("Choose one of the buttons on this page."), code="action")


def _call(webhook: Webhook, named: str) -> Call:
    try:
        public_id = UUID(named)
    except ValueError:
        public_id = UUID(int=0)
    return get_object_or_404(Call, webhook=webhook, public_id=public_id)


def _save(request: HttpRequest, letter: Letter, webhook: Webhook) -> HttpResponseBase:
    form = WebhookForm(request.POST, webhook=webhook)
    if not form.is_valid():
        return _one(request, letter, webhook, form, status=422)
    data = form.cleaned_data
    try:
        hooking.change(webhook, url=data["url"], events=data["events"], by=access.user_of(request))
    except RuleError as error:
        form.add_error(error.code if error.code in form.fields else None, error.message)
        return _one(request, letter, webhook, form, status=422)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("desk:webhook", args=[letter.slug, webhook.public_id]), status=303)


def _one(
    request: HttpRequest, letter: Letter, webhook: Webhook, form: WebhookForm, *, secret: str = "", notice: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "form": form,
        "webhook": webhook,
        "secret": secret,
        "notice": notice,
        "calls": list(Call.objects.filter(webhook=webhook).order_by("-created_at", "-pk")[:CALLS_SHOWN]),
        "action_url": reverse("desk:webhook", args=[letter.slug, webhook.public_id]),
    }
    return pages.show(request, "desk/webhook.html", letter, "webhooks", context, status=status)
