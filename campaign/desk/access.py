"""Who may come in: members of teams, each by the permissions of their role; strangers log in, and whoever lacks the
right finds nothing."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from campaign.answers import as_private
from campaign.desk import kept
from campaign.desk import second_factor as factor
from letters.accounts import permissions
from letters.accounts.models import Team, User
from letters.accounts.permissions import SECOND_FACTOR, Permission
from letters.documents import standing
from letters.documents.models import Letter

P = ParamSpec("P")
Answer = HttpResponseBase


def user_of(request: HttpRequest) -> User:
    """The person who is logged in; only inside ``for_organisers``."""
    return cast("User", request.user)


def actor(request: HttpRequest) -> str:
    """The same for the audit trail."""
    return f"user:{request.user.pk}"


def for_organisers(view: Callable[Concatenate[HttpRequest, P], Answer]) -> Callable[..., Answer]:
    """Let anybody with an account in; send a stranger to the login, and keep the form that one has sent, also about
    something that is not there any more. Answers are stored nowhere."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not request.user.is_authenticated:
            is_form = request.method == "POST" and "X-Desk" not in request.headers  # a script goes to the login itself
            return kept.signed_out(request) if is_form else as_private(redirect_to_login(request.get_full_path()))
        try:
            return as_private(view(request, *args, **kwargs))
        except Http404:
            if (answer := kept.gone(request)) is None:
                raise
            return as_private(answer)

    return wrapped


def for_operators(view: Callable[Concatenate[HttpRequest, P], Answer]) -> Callable[..., Answer]:
    """``for_organisers``, for the operators of the site alone; anybody else finds nothing."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if not user_of(request).is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    wrapped.is_for_operators = True  # type: ignore[attr-defined] # the matrix of the tests reads it
    return for_organisers(wrapped)


def with_letter(
    permission: Permission = Permission.VIEW,
) -> Callable[[Callable[Concatenate[HttpRequest, Letter, P], Answer]], Callable[..., Answer]]:
    """``for_organisers``, and ``slug`` becomes a letter with which this person may do this, drafts included.

    What needs a second factor asks for it here, before the view sees anything.
    """

    def decorate(view: Callable[Concatenate[HttpRequest, Letter, P], Answer]) -> Callable[..., Answer]:
        @wraps(view)
        def wrapped(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> Answer:
            letter = letter_for(user_of(request), slug, permission)
            if permission in SECOND_FACTOR and (answer := second_factor(request)) is not None:
                return answer
            return view(request, letter, *args, **kwargs)

        wrapped.permission = permission  # type: ignore[attr-defined] # the matrix of the tests reads it
        return for_organisers(wrapped)

    return decorate


def with_team(
    permission: Permission = Permission.VIEW,
) -> Callable[[Callable[Concatenate[HttpRequest, Team, P], Answer]], Callable[..., Answer]]:
    """``for_organisers``, and ``public_id`` becomes a team in which this person has the permission."""

    def decorate(view: Callable[Concatenate[HttpRequest, Team, P], Answer]) -> Callable[..., Answer]:
        @wraps(view)
        def wrapped(request: HttpRequest, public_id: UUID, *args: Any, **kwargs: Any) -> Answer:
            teams = permissions.teams_of(user_of(request), permission)
            return view(request, get_object_or_404(teams, public_id=public_id), *args, **kwargs)

        wrapped.team_permission = permission  # type: ignore[attr-defined] # the matrix of the tests reads it
        return for_organisers(wrapped)

    return decorate


def letter_for(user: User, slug: str, permission: Permission) -> Letter:
    """A letter by its address, with what this person may do to it in ``permissions``. Raises Http404."""
    letters = standing.letters_for(user, permission).select_related("version", "amendment")
    letter = letters.filter(slug=slug).first()
    if letter is None:
        raise Http404
    letter.permissions = standing.permissions_for(user, letter)  # type: ignore[attr-defined]
    return letter


def second_factor(request: HttpRequest) -> Answer | None:
    """None when this session was opened or confirmed with a passkey or a one-time code; else the way there."""
    return None if factor.is_shown(request) else factor.ask(request)
