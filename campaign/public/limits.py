"""Every limit of this door beside its number; each returns 0, or the seconds until it may be tried again.

A university signs from one address: 600 in ten minutes pass (300 must). How many mails one address gets is decided
where they leave, not here (letters/outbox/claiming.py). Where many share a limit (a letter, a printed line), that of
the network stands before it: what is refused there uses up nothing of theirs.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from campaign import clients
from letters.core.limits import Limit, take

MINUTE = timedelta(minutes=1)
TEN_MINUTES = timedelta(minutes=10)
HOUR = timedelta(hours=1)
COMMENTS_AN_HOUR = 60
FILES_IN_TEN_MINUTES = 30
JOURNALISTS_AN_HOUR = 5


def signing(request: HttpRequest, letter_id: int) -> int:
    return take(
        Limit("sign-network", clients.network(request), settings.SIGN_LIMIT_NETWORK, TEN_MINUTES),
        Limit("sign-letter", str(letter_id), settings.SIGN_LIMIT_LETTER, MINUTE),
    )


def code(request: HttpRequest, nonce: UUID) -> int:
    """Forty bits and ten guesses an hour: one in 10⁸ a year."""
    return take(
        Limit("code", str(nonce), settings.CODE_LIMIT, HOUR),
        Limit("code-network", clients.network(request), settings.CODE_LIMIT * 60, HOUR),
    )


def link(request: HttpRequest) -> int:
    return take(Limit("link-network", clients.network(request), settings.LINK_LIMIT_NETWORK, TEN_MINUTES))


def verifying(request: HttpRequest, signature_id: UUID) -> int:
    """Checks ask other people's servers and mail other addresses: few for one signature, more for a university."""
    return take(
        Limit("verify", str(signature_id), settings.VERIFY_LIMIT, HOUR),
        Limit("verify-network", clients.network(request), settings.VERIFY_LIMIT * 20, HOUR),
    )


def commenting(request: HttpRequest, invitation_id: UUID) -> int:
    """A whole meeting's worth of remarks, and no more, of one invited person."""
    return take(
        Limit("comment", str(invitation_id), COMMENTS_AN_HOUR, HOUR),
        Limit("comment-network", clients.network(request), COMMENTS_AN_HOUR * 20, HOUR),
    )


def making_file(request: HttpRequest) -> int:
    """A whole list in a format that takes seconds to make. A file that is unchanged is not made, and not counted."""
    return take(Limit("file-network", clients.network(request), FILES_IN_TEN_MINUTES, TEN_MINUTES))


def logging_in(request: HttpRequest) -> int:
    """Every login asks another server."""
    return take(Limit("login-network", clients.network(request), settings.LINK_LIMIT_NETWORK, TEN_MINUTES))


def asking(request: HttpRequest, signature_id: UUID) -> int:
    """Questions of journalists: a form that mails strangers."""
    return take(
        Limit("ask-network", clients.network(request), settings.QUESTION_LIMIT * 3, HOUR),
        Limit("ask", str(signature_id), settings.QUESTION_LIMIT, HOUR),
    )


def asking_early(request: HttpRequest) -> int:
    """Requests to read under embargo. Of one letter only so many can wait (letters.press.embargoes), so no network
    fills the list alone."""
    return take(Limit("embargo-network", clients.network(request), JOURNALISTS_AN_HOUR, HOUR))


def disputing(request: HttpRequest, signature_id: UUID) -> int:
    """A form that mails strangers and accuses others: few for one line, some for a network."""
    return take(
        Limit("dispute-network", clients.network(request), settings.DISPUTE_LIMIT, HOUR),
        Limit("dispute", str(signature_id), settings.DISPUTE_LIMIT, HOUR),
    )
