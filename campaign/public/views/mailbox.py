"""The caught mailbox of development; its addresses do not exist in production."""

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from campaign.public import headers
from letters.outbox import mailbox


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return headers.as_private(render(request, "mailbox/index.html", {"messages": mailbox.caught()}))


@require_safe
def messages_json(request: HttpRequest) -> HttpResponse:
    body = [
        {
            "id": mail.id,
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "sent_at": mail.sent_at.isoformat(),
        }
        for mail in mailbox.caught()
    ]
    return headers.as_private(JsonResponse(body, safe=False, json_dumps_params={"ensure_ascii": False}))


@require_safe
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"], "style-src": ["'unsafe-inline'"]})  # type: ignore[arg-type]
def html_part(request: HttpRequest, mail_id: str) -> HttpResponse:
    """One mail as its reader sees it, inside a sandboxed frame."""
    mail = mailbox.caught_one(mail_id)
    if mail is None:
        raise Http404
    return headers.as_private(HttpResponse(mail.html))
