"""Drawing a page of one letter: the rows of tabs come with it."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from campaign.desk import kept, tabs
from letters.documents.models import Letter


def show(
    request: HttpRequest, template: str, letter: Letter, here: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """``here`` is the URL name of the page, whose tab is marked."""
    known = {"letter": letter, "tab": here, **tabs.context(letter, here), **context}
    return kept.answer(request, template, known, status=status)
