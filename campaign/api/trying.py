"""The page to try the read interface: drawn from its own description, works as plain links and forms."""

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaign import caching
from campaign.api import problems
from campaign.api.v1 import document
from letters.documents.models import Letter

_PATH_PARTS = re.compile(r"[^/\x00-\x1f\x7f]{1,200}")


@require_safe
def openapi(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(json.dumps(document(), ensure_ascii=False, default=str), content_type="application/json")


@require_safe
def try_it(request: HttpRequest) -> HttpResponseBase:
    """The list of operations with a form each; a sent form leads to the address that it describes."""
    operations = _operations()
    asked = next((one for one in operations if one["id"] == request.GET.get("call")), None)
    if asked is not None and (address := _address(asked, request)):
        return HttpResponseRedirect(address)
    context = {
        "operations": operations,
        "kinds": problems.KINDS,
        "limit": settings.API_LIMIT_NETWORK,
        "missing": asked["id"] if asked else "",
        "first": f"{settings.SITE_URL.rstrip('/')}/api/v1/letters",
    }
    return caching.as_public(render(request, "api/try.html", context, status=422 if asked else 200))


def _operations() -> list[dict[str, Any]]:
    slug = Letter.objects.public().order_by("-pk").values_list("slug", flat=True).first() or ""
    found = []
    for path, methods in document()["paths"].items():
        operation = methods["get"]
        fields = [_field(parameter, slug) for parameter in operation["parameters"]]
        known = {field["name"]: field["value"] for field in fields if field["in"] == "path" and field["value"]}
        example = _filled(path, known)
        found.append(
            {
                "id": operation["operationId"],
                "path": path,
                "summary": operation["summary"],
                "description": operation["description"],
                "fields": fields,
                "example": "" if "{" in example else example,
                "statuses": [status for status in operation["responses"] if status not in ("304", "503")],
            }
        )
    return found


def _field(parameter: dict[str, Any], slug: str) -> dict[str, Any]:
    schema = parameter["schema"]
    options = [schema, *schema.get("anyOf", [])]
    choices: list[str] = next((option["enum"] for option in options if "enum" in option), [])
    is_number = any(option.get("type") == "integer" for option in options)
    examples = {"slug": slug, "label": "1", "index": "0"}
    value = examples.get(parameter["name"], schema.get("default", ""))
    return {
        "name": parameter["name"],
        "in": parameter["in"],
        "required": parameter.get("required", False),
        "help": parameter.get("description") or schema.get("description", ""),
        "choices": choices,
        "is_number": is_number,
        "value": "" if value is None else value,
    }


def _filled(path: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda part: quote(values[part[1]], safe="") if part[1] in values else part[0], path)


def _address(operation: dict[str, Any], request: HttpRequest) -> str:
    """The address that a filled-in form means; empty when a part of the path is missing."""
    typed = {field["name"]: request.GET.get(field["name"], "").strip() for field in operation["fields"]}
    parts = {field["name"]: typed[field["name"]] for field in operation["fields"] if field["in"] == "path"}
    if not all(_PATH_PARTS.fullmatch(value) and value not in (".", "..") for value in parts.values()):
        return ""
    query = {name: value for name, value in typed.items() if name not in parts and value}
    path = _filled(operation["path"], parts)
    return f"{path}?{urlencode(query)}" if query else path
