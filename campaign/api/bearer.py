"""Tokens of organisers' programs: what comes with one is that program's alone, and kept by no cache."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from campaign.api import limits, problems
from letters.syndication import granting
from letters.syndication.granting import TokenRefused
from letters.syndication.models import Token


class Bearer(HttpBearer):
    """Source: RFC 6750. ``request.auth`` is the token."""

    def authenticate(self, request: HttpRequest, token: str) -> Token:
        request.is_private = True  # type: ignore[attr-defined] # read by ``serving``
        try:
            found = granting.find(token)
        except TokenRefused as error:
            raise problems.Refused(problems.NO_TOKEN, error.message) from error
        told = limits.with_token(str(found.public_id))
        request.told = told  # type: ignore[attr-defined] # the same
        if told[1].is_over:
            raise problems.Refused(problems.TOO_MANY)
        return found
