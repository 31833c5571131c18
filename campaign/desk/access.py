"""Who may come in: people with a staff login; everybody else is sent to log in, or finds nothing."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase

from campaign.answers import as_private
from letters.accounts.models import User
from letters.documents.models import Letter

P = ParamSpec("P")


def user_of(request: HttpRequest) -> User:
    """The person who is logged in; only inside ``for_staff``."""
    return cast("User", request.user)


def actor(request: HttpRequest) -> str:
    """The same for the audit trail."""
    return f"user:{request.user.pk}"


def for_staff(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let staff in; send a stranger to the login and a person without the right to a page that is not there.

    Answers are stored nowhere.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return as_private(redirect_to_login(request.get_full_path()))
        if not request.user.is_staff:
            raise Http404
        return as_private(view(request, *args, **kwargs))

    return wrapped


def with_letter(
    view: Callable[Concatenate[HttpRequest, Letter, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """``for_staff``, and ``slug`` becomes the letter, drafts included."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, letter_for(slug), *args, **kwargs)

    return for_staff(wrapped)


def letter_for(slug: str) -> Letter:
    """Any letter by its address. Raises Http404."""
    letter = Letter.objects.select_related("version").filter(slug=slug).first()
    if letter is None:
        raise Http404
    return letter
