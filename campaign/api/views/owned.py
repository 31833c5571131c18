"""What a token opens, of its own letter and of no other: numbers, the list while names are hidden, addresses."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from ninja import Router

from campaign import finding
from campaign.api import asking, limits, problems
from campaign.api.bearer import Bearer
from campaign.api.schemas import Numbers
from campaign.api.views.letters import Slug
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.press import counted
from letters.press import numbers as figures
from letters.syndication import granting
from letters.syndication.enums import Scope
from letters.syndication.models import Token

router = Router(tags=["With a token"], auth=Bearer())
CSV = {200: {"description": "CSV, streamed", "content": {"text/csv": {"schema": {"type": "string"}}}}}


def _opened(request: HttpRequest, slug: str, scope: Scope) -> tuple[Token, Letter]:
    token: Token = request.auth  # type: ignore[attr-defined] # set by Bearer
    try:
        return token, granting.require(token, slug, scope)
    except granting.ScopeMissing as error:
        raise problems.Refused(problems.SCOPE_MISSING) from error


@router.get(
    "/letters/{slug}/numbers",
    response=asking.private(Numbers, 401, 403, 404),
    operation_id="numbers",
    summary="Numbers of the desk",
)
def numbers(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """Scope read:numbers. The count, the way from the opened form to the printed line, and confirmations by day: also
    before the launch."""
    _token, letter = _opened(request, slug, Scope.NUMBERS)
    version = finding.version_for(letter, None)
    version.letter = letter
    funnel = figures.funnel(letter)
    parts = ("opened", "forms", "mails", "bounced", "confirmed", "published")
    return {
        **counted.as_json(letter, version, finding.count_for(version)),
        "funnel": {part: getattr(funnel, part) for part in parts},
        "days": [{"day": day, "confirmed": some, "total": total} for day, some, total in figures.days_of(letter)],
    }


@router.get(
    "/letters/{slug}/export/signatories.csv",
    response=asking.private(None, 401, 403, 404),
    operation_id="export_signatories",
    summary="The published lines, also while names are hidden",
    openapi_extra={"responses": CSV},
)
def export_signatories(request: HttpRequest, slug: Slug) -> StreamingHttpResponse:
    """Scope export:signatories. The file of the current text as readers get it, before the launch and while the
    organisers hide all names as well. Every download stands in the audit trail."""
    token, letter = _opened(request, slug, Scope.SIGNATORIES)
    version = finding.version_for(letter, None)
    version.letter = letter
    zero = str(UUID(int=0))
    permalink = asking.url("public:signature", letter.slug, zero).replace(zero, "{id}")
    return _file(f"signatories-{letter.slug}", granting.signatories(token, version, permalink=permalink))


@router.get(
    "/letters/{slug}/export/contacts.csv",
    response=asking.private(None, 401, 403, 404),
    operation_id="export_contacts",
    summary="Addresses of those who agreed to it",
    openapi_extra={"responses": CSV},
)
def export_contacts(request: HttpRequest, slug: Slug) -> StreamingHttpResponse:
    """Scope export:contacts. The one list that was chosen, for the purpose that was given, when the token was made with
    a second factor. At most five times an hour; every download stands in the letter’s log of exports."""
    token, _letter = _opened(request, slug, Scope.CONTACTS)
    told = limits.exporting(str(token.public_id))
    if told[1].is_over:
        request.told = told  # type: ignore[attr-defined] # read by ``serving``
        raise problems.Refused(problems.TOO_MANY)
    try:
        chunks = granting.addresses(token)
    except RuleError as error:
        raise problems.Refused(problems.SCOPE_MISSING, error.message) from error
    return _file(f"addresses-{slug}", chunks)


def _file(name: str, chunks: Any) -> StreamingHttpResponse:
    response = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{timezone.now():%Y-%m-%d-%H%M}.csv"'
    return response
