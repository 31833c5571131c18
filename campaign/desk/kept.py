"""What somebody typed is never lost: a form that was sent after its session had ended comes back filled in, to be sent
again after logging in; and a refusal whose page has no field for it shows it, to be copied."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import escape

from campaign.answers import as_private, is_typed, kept_values, words_of

_KEY = re.compile(r"[0-9a-f-]{32,36}|[0-9]*|on")
"""What nobody typed: names of rows, their numbers, and boxes."""


def signed_out(request: HttpRequest) -> HttpResponse:
    """401: nothing was done, and nothing that was typed is lost but chosen files."""
    fields = [
        {"name": name, "value": value, "label": words_of(name) if is_typed(name) else ""}
        for name, value in kept_values(request)
    ]
    context = {"fields": fields, "has_files": bool(request.FILES), "again": request.get_full_path()}
    return as_private(render(request, "desk/signed_out.html", context, status=401))


def gone(request: HttpRequest) -> HttpResponse | None:
    """404 with what was typed about something that is not there any more; None where nothing was."""
    unsaved = _unsaved(request, "")
    return render(request, "desk/gone.html", {"unsaved": unsaved}, status=404) if unsaved else None


def answer(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The page; a refusal on which something that was typed stands nowhere shows it as ``unsaved``. A colleague may
    have decided, sent or closed meanwhile what the form was about, and the form is not on the page then."""
    page = render_to_string(template, context, request)
    if status >= 400 and (unsaved := _unsaved(request, page)):
        page = render_to_string(template, {**context, "unsaved": unsaved}, request)
    return HttpResponse(page, status=status)


def _unsaved(request: HttpRequest, page: str) -> list[tuple[str, str]]:
    """(label, words) of everything that was typed and does not stand on the page."""
    shown = page.replace("\r\n", "\n")
    return [
        (words_of(name), value)
        for name, value in kept_values(request)
        if is_typed(name) and not _KEY.fullmatch(value) and escape(value).replace("\r\n", "\n") not in shown
    ]
