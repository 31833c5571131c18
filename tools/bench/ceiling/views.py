"""The bare views: one page, and one POST that stores a signature and its outbox row in one transaction."""

import hashlib
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from tools.bench.ceiling.models import Letter, Message, Signature

LETTER = 1
NEWEST = 60
_TYPED = (
    "display_name", "position", "affiliation", "affiliation_status", "country", "comment", "email",
    "consent_text_sha256",
)  # fmt: skip
_TICKED = ("consent_domain", "consent_comment", "consent_quote", "consent_press", "consent_updates")


def page(request: HttpRequest) -> HttpResponse:
    letter = Letter._default_manager.get(pk=LETTER)
    rows = Signature._default_manager.filter(letter=letter).order_by("-confirmed_at")[:NEWEST]
    lines = rows.values("display_name", "position", "affiliation", "country")
    return render(request, "ceiling.html", {"letter": letter, "lines": lines})


def token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f'<input name="csrfmiddlewaretoken" value="{get_token(request)}">')


def sign(request: HttpRequest) -> HttpResponse:
    typed, now, public_id = request.POST, timezone.now(), uuid4()
    index = hashlib.sha256(typed["email"].encode()).digest()
    fields = {name: typed.get(name, "") for name in _TYPED} | {name: name in typed for name in _TICKED}
    with transaction.atomic():
        Signature(
            public_id=public_id, letter_id=LETTER, state="pending", role="signatory", email_index=index,
            signed_at=now, changed_at=now, **fields,
        ).save(force_insert=True)  # fmt: skip
        Message(
            kind="confirm", subject_id=public_id, recipient_index=index, state="due", attempts=0, created_at=now,
            next_at=now,
        ).save(force_insert=True)  # fmt: skip
    response = HttpResponseRedirect("/sent/")
    response.status_code = 303
    return response


urlpatterns = [path("", page), path("token/", token), path("sign/", sign)]
