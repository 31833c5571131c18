"""The read interface and its description: one object that knows every operation, its shapes and its refusals."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from campaign.api import problems, serving
from campaign.api.schemas import Problem
from campaign.api.views import letters, owned, people, records, texts

DESCRIPTION = """Open letters, their exact texts, who signed them, and what became of them: read-only, for anybody.

Every answer carries an `ETag`: send it back as `If-None-Match`, and an unchanged answer is an empty `304`. Every answer
says in `RateLimit` how many requests your network has left. Every refusal is a problem document (RFC 9457), also the
`405` of a method that writes. What is not published is not here: drafts, names that are withheld, held or withdrawn.
Whole lists are files; they are linked from each letter."""

api = NinjaAPI(
    title="Open letters",
    version="1.0",
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
)
for router in (letters.router, people.router, texts.router, records.router, owned.router):
    api.add_router("", router)


@api.exception_handler(problems.Refused)
def on_refused(request: HttpRequest, error: problems.Refused) -> HttpResponse:
    return problems.answer(error.kind, error.detail)


@api.exception_handler(AuthenticationError)
def on_no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problems.answer(problems.NO_TOKEN)


@api.exception_handler(serving.Unchanged)
def on_unchanged(request: HttpRequest, error: serving.Unchanged) -> HttpResponse:
    return error.response


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(problems.NOT_FOUND)


@api.exception_handler(ValidationError)
def on_bad_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What was sent is not repeated."""
    errors = [{"parameter": str(found["loc"][-1]), "detail": str(found["msg"])} for found in error.errors]
    return problems.answer(problems.BAD_PARAMETER, errors=errors)


def document() -> dict[str, Any]:
    """The OpenAPI document. Source: OpenAPI 3.1."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    found["servers"] = [{"url": settings.SITE_URL.rstrip("/")}]
    found["info"]["license"] = {"name": "What may be done with the data stands on each letter’s page"}
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"] = {str(s): _response(s, r) for s, r in operation["responses"].items()}
    found["components"]["headers"] = _HEADERS
    for name in PARAMETERS:
        found["components"]["schemas"].pop(name, None)  # they stand at each operation, one by one
    found["components"]["schemas"].setdefault("Problem", Problem.model_json_schema())
    return found


PARAMETERS = ("Filters", "Unnamed")
_HEADERS: dict[str, Any] = {
    "ETag": {"description": "Names this very answer", "schema": {"type": "string"}},
    "RateLimit": {
        "description": "Requests left (r) and seconds until they are renewed (t)",
        "schema": {"type": "string"},
        "example": '"api-network";r=299;t=42',
    },
    "RateLimit-Policy": {
        "description": "How many (q) in how many seconds (w)",
        "schema": {"type": "string"},
        "example": '"api-network";q=300;w=60',
    },
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}},
}
_ALWAYS = ("RateLimit", "RateLimit-Policy")
_KINDS = {kind.status: kind for kind in reversed(problems.KINDS)}


def _response(status: int | str, response: dict[str, Any]) -> dict[str, Any]:
    """A refusal as it is sent: its own media type, an example, and the headers that come with it."""
    status = int(status)
    names = [*_ALWAYS, *(["ETag"] if status in (200, 304) else []), *(["Retry-After"] if status in (429, 503) else [])]
    found = {**response, "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}}
    if status == 304:
        return {**found, "description": "The reader holds this very answer"}
    if status >= 400:
        kind = _KINDS[status]
        example = {"type": kind.type, "title": kind.title, "status": status, "detail": kind.meaning}
        schema = {"$ref": "#/components/schemas/Problem"}
        found |= {
            "description": kind.title,
            "content": {problems.MEDIA_TYPE: {"schema": schema, "example": example}},
        }
    return found
