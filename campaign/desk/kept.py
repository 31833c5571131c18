"""A form that was sent after its session had ended comes back filled in, to be sent again after logging in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from campaign.answers import as_private, is_typed, kept_values, words_of


def signed_out(request: HttpRequest) -> HttpResponse:
    """401: nothing was done, and nothing that was typed is lost but chosen files."""
    fields = [
        {"name": name, "value": value, "label": words_of(name) if is_typed(name) else ""}
        for name, value in kept_values(request)
    ]
    context = {"fields": fields, "has_files": bool(request.FILES), "again": request.get_full_path()}
    return as_private(render(request, "desk/signed_out.html", context, status=401))
