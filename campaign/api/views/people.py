"""Who signed: page by page, and line by line. Nobody is named while names are hidden."""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from ninja import Field, Path, Query, Router, Schema

from campaign import finding
from campaign.api import asking, problems, serving
from campaign.api.schemas import Anonymised, Signatories, Signatory
from campaign.api.views.letters import Slug
from letters.documents.models import Letter, Version
from letters.press import anonymised, columns, exports
from letters.signatures import listing, listing_unnamed
from letters.signatures.models import Signature

router = Router(tags=["Signatories"])


class Unnamed(Schema):
    version: int | None = Field(None, ge=1, le=99_999, description="List of an earlier text; else the current one")
    q: str = Field("", max_length=listing.QUERY_MAX, description="Only lines in which these words are printed")
    limit: int = Field(asking.PAGE, ge=1, le=asking.MOST, description="Lines on one page")
    after: str | None = Field(None, pattern=asking.CURSOR, description="From “next” of the page before")


class Filters(Schema):
    """As on the page of the list."""

    version: int | None = Field(None, ge=1, le=99_999, description="List of an earlier text; else the current one")
    signatory_type: Literal["person", "organization"] = Field("person", description="Which of the two lists")
    evidence: Literal["email", "account", "affiliation", "invited", "reviewed"] | None = Field(
        None, description="Only lines of which this is the strongest evidence; or that were invited, or reviewed"
    )
    q: str = Field("", max_length=listing.QUERY_MAX, description="Only lines whose name or affiliation has these words")
    limit: int = Field(asking.PAGE, ge=1, le=asking.MOST, description="Lines on one page")
    after: str | None = Field(None, pattern=asking.CURSOR, description="From “next” of the page before")


@router.get(
    "/letters/{slug}/signatories",
    response=asking.answers(Signatories, 400, 403, 404),
    operation_id="signatories",
    summary="Who signed, page by page",
)
def signatories(request: HttpRequest, response: HttpResponse, slug: Slug, asked: Query[Filters]) -> dict[str, Any]:
    """Published lines in the order that the letter’s page names; each is a row of signatories.json."""
    letter = finding.letter_for(slug)
    version = finding.version_for(letter, asked.version)
    _named(letter)
    if asked.after is not None and listing.read_cursor(asked.after) is None:
        raise problems.Refused(problems.BAD_CURSOR)
    count = finding.count_for(version)
    serving.mark(request, finding.mark_of(letter), version.pk, count.revision, asked.model_dump_json())
    page = listing.page(
        version, query=asked.q, evidence=asked.evidence or "", after=asked.after or "", size=asked.limit,
        signatory_type=asked.signatory_type, whole=True,
    )  # fmt: skip
    query = asked.model_dump(exclude_defaults=True)
    with translation.override(letter.interface_language):
        order = letter.order_label
    return {
        "letter": letter.slug,
        "letter_version": version.number,
        "as_of": count.as_of,
        "order": order,
        "items": rows_of(version, page.rows),
        "next": asking.following(response, request.path, query, page.after),
    }


def rows_of(version: Version, rows: list[Signature]) -> list[dict[str, object]]:
    """Rows as signatories.json has them, but for their place, which nobody knows in the middle of a list."""
    context = columns.Context(version.number, _permalink(version.letter), texts=exports.texts_of(version))
    found = [exports.row_as_json(row, replace(context, position=0)) for row in rows]
    return [{name: value for name, value in row.items() if name != "list_position"} for row in found]


@router.get(
    "/letters/{slug}/anonymised",
    response=asking.answers(Anonymised, 400, 403, 404),
    operation_id="anonymised",
    summary="Who signed without a name in print, page by page",
)
def without_names(request: HttpRequest, response: HttpResponse, slug: Slug, asked: Query[Unnamed]) -> dict[str, Any]:
    """Lines by position and affiliation, in the order of their words; the organisers know and checked each name. They
    are counted in “withheld”, never among persons."""
    letter = finding.letter_for(slug)
    version = finding.version_for(letter, asked.version)
    _named(letter)
    if asked.after is not None and listing_unnamed.read_cursor(asked.after) is None:
        raise problems.Refused(problems.BAD_CURSOR)
    count = finding.count_for(version)
    serving.mark(request, finding.mark_of(letter), version.pk, count.revision, "anonymised", asked.model_dump_json())
    page = listing_unnamed.page(version, query=asked.q, after=asked.after or "", size=asked.limit)
    return {
        "letter": letter.slug,
        "letter_version": version.number,
        "as_of": count.as_of,
        "items": [
            {
                "line_id": line.public_id, "position": line.position, "affiliation": line.affiliation,
                "verification_sentence": anonymised.sentence_of(line),
            }
            for line in page.rows
        ],
        "next": asking.following(response, request.path, asked.model_dump(exclude_defaults=True), page.after),
    }  # fmt: skip


def _permalink(letter: Letter) -> str:
    zero = str(UUID(int=0))
    return asking.url("public:signature", letter.slug, zero).replace(zero, "{id}")


def _named(letter: Letter) -> None:
    if not letter.shows_names:
        raise problems.Refused(problems.NAMES_HIDDEN)


@router.get(
    "/letters/{slug}/signatories/{signature_id}",
    response=asking.answers(Signatory, 403, 404),
    operation_id="signatory",
    summary="One line",
)
def signatory(
    request: HttpRequest,
    slug: Slug,
    signature_id: Annotated[UUID, Path(description="From “signature_id” of a list")],
) -> dict[str, object]:
    """One published line, under any version. 404 once it is withdrawn, withheld or being checked."""
    letter = finding.letter_for(slug)
    _named(letter)
    rows = Signature.objects.public().filter(letter=letter, public_id=signature_id)
    row = rows.defer("network").select_related("version").first()
    if row is None:
        raise Http404
    row.version.letter = letter
    return rows_of(row.version, [row])[0]
