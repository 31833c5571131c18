"""Every limit of this door beside its number, and the headers that tell of it."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from campaign import clients
from letters.core.limits import Limit, Standing, spend

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TOKEN_CALLS_A_MINUTE = 120
EXPORTS_AN_HOUR = 5


def reading(request: HttpRequest) -> tuple[Limit, Standing]:
    """Everything that a network reads, whatever the letter."""
    limit = Limit("api-network", clients.network(request), settings.API_LIMIT_NETWORK, MINUTE)
    return limit, spend(limit)


def with_token(token_id: str) -> tuple[Limit, Standing]:
    """What one program reads with its own key."""
    limit = Limit("api-token", token_id, TOKEN_CALLS_A_MINUTE, MINUTE)
    return limit, spend(limit)


def exporting(token_id: str) -> tuple[Limit, Standing]:
    """Whoever needs a list of addresses needs it once."""
    limit = Limit("api-contacts", token_id, EXPORTS_AN_HOUR, HOUR)
    return limit, spend(limit)


def tell(response: HttpResponseBase, limit: Limit, standing: Standing) -> None:
    """Source: draft-ietf-httpapi-ratelimit-headers-10; RFC 9110 §10.2.3 (Retry-After in seconds)."""
    response.headers["RateLimit-Policy"] = f'"{limit.action}";q={limit.amount};w={int(limit.per.total_seconds())}'
    response.headers["RateLimit"] = f'"{limit.action}";r={standing.left};t={standing.seconds}'
    if standing.is_over:
        response.headers["Retry-After"] = str(standing.seconds)
