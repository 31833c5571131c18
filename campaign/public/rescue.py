"""When something goes wrong on the way in, nothing that was typed is lost: the answer carries it, to be sent again."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from campaign import answers
from campaign.public import headers
from campaign.public.forms import SignForm
from campaign.public.line_forms import country_choices
from campaign.public.organization_forms import OrganizationForm

logger = logging.getLogger(__name__)

MAX_FIELD = 200_000  # a whole letter
_DESK, _LETTERS = "/desk/", "/letters/"
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def typed_fields(request: HttpRequest) -> list[dict[str, Any]]:
    """What the request's form held, as fields of a page that can send it again; needs no database."""
    if request.method != "POST":
        return []
    fields = []
    # A signatory's code opens one row for an hour; an organiser's opens an account.
    secrets = answers.SECRETS - ({"code"} if request.path.startswith(_LETTERS) else set())
    is_public = not request.path.startswith(_DESK)  # the desk's fields of the same name are others
    for name, values in request.POST.lists():
        if name in answers.MACHINE | secrets:
            continue
        known = (SignForm.base_fields.get(name) or OrganizationForm.base_fields.get(name)) if is_public else None
        kind = _kind(known) if known else ("hidden" if is_public or not answers.is_typed(name) else "text")
        label = known.label if known and known.label else answers.words_of(name)
        for value in values[-1:] if is_public else values:
            value = value[:MAX_FIELD]
            fields.append(
                {"name": name, "label": label, "value": value, "kind": kind, "display": _chosen(name, known, value)}
            )
    return fields


def _chosen(name: str, field: Any, value: str) -> str:
    """What the person saw for a value: the option's words in a list, the value itself elsewhere."""
    choices = country_choices() if name == "country" else getattr(field, "choices", None)
    return str(dict(choices).get(value, "")) if choices is not None else value


def _kind(field: Any) -> str:
    known = {
        "Textarea": "textarea",
        "CheckboxInput": "checkbox",
        "HiddenInput": "hidden",
        "Select": "select",
        "CountrySelect": "select",
    }
    return known.get(type(field.widget).__name__, "text")


def not_a_form(request: HttpRequest) -> HttpResponse | None:
    """The refusal for a POST that is no form, or that holds one field twice; None when it is in order."""
    if request.content_type not in _FORM_TYPES:
        return _plain(415, _("Send this as a form (application/x-www-form-urlencoded). Nothing was recorded."))
    twice = [name for name, values in request.POST.lists() if len(values) > 1]
    if twice:
        return _plain(400, _("The field {name} came twice. Nothing was recorded.").format(name=twice[0][:40]))
    return None


def _plain(status: int, sentence: str) -> HttpResponse:
    response = HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)
    return headers.as_private(response)


def slow_down(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: too much from one network or for one letter; the form comes back filled in."""
    context = {"retry_after": seconds, "fields": typed_fields(request), "retry_url": request.path}
    response = headers.as_private(render(request, "public/slow_down.html", context, status=429))
    response.headers["Retry-After"] = str(seconds)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, or with an old one: shown again with a fresh token, to be sent by the person. Of a form
    that another site made, nothing is shown: one press would send what a stranger filled in."""
    if _is_from_elsewhere(request):
        context = {"is_from_elsewhere": True, "retry_url": request.path}
    else:
        context = {"fields": typed_fields(request), "retry_url": request.get_full_path()}
    return headers.as_private(render(request, "403_csrf.html", context, status=403))


def _is_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser says that a page of another site sent this. Source: Fetch Metadata (Sec-Fetch-Site); for
    browsers without it the Origin header, which each writes on a POST to another site, as «null» where it is hidden."""
    if said := request.headers.get("Sec-Fetch-Site"):
        return said not in ("same-origin", "none")
    origin = request.headers.get("Origin", "")
    return origin not in ("", f"{request.scheme}://{request.get_host()}")


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database is away; nothing was recorded, and the page says so."""
    context = {"fields": typed_fields(request), "retry_url": request.path}
    response = headers.as_private(render(request, "public/unavailable.html", context, status=503))
    response.headers["Retry-After"] = str(answers.RETRY_AFTER_SECONDS)
    return response


class OutageMiddleware:
    """Turns a lost database into an honest page instead of an error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, answers.OUTAGES):
            return None
        logger.error("database away: %s", type(exception).__name__)
        return unavailable(request)
