"""A fresh code by mail, for accounts that have nothing else to show: kept in the sealed session, good for minutes and
for few tries."""

import time
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.core.limits import Limit, take

GOOD_FOR = timedelta(minutes=10)
MOST_TRIES = 3
_KEY = "account_code"  # in the session


class CodeWrong(RuleError):
    code = "code-wrong"
    default = _("This is not the code of the newest mail. Compare it, and type it again.")


class CodeOver(RuleError):
    code = "code-over"
    default = _("The code is too old, or was mistyped too often. Have a new one sent.")


def send(request: HttpRequest, user: User) -> None:
    """Mail a new code to the account's own address; the one before works no more."""
    code = get_adapter(request).generate_login_code()
    request.session[_KEY] = {"code": code, "at": time.time(), "tries": 0, "user": user.pk}
    get_adapter(request).send_mail("account/email/again_code", user.email, {"code": code})


def is_sent(request: HttpRequest, user: User) -> bool:
    """True while a code waits to be typed."""
    waiting = request.session.get(_KEY) or {}
    is_young = waiting.get("at", 0) > time.time() - GOOD_FOR.total_seconds()
    return waiting.get("user") == user.pk and is_young and waiting.get("tries", 0) < MOST_TRIES


def confirm(request: HttpRequest, user: User, typed: str) -> None:
    """Take the code: the session is as if just opened, and the code is gone.

    Raises:
        CodeOver: there is none that could be typed, or this was the last try.
        CodeWrong: it is another one.
    """
    if not is_sent(request, user):
        raise CodeOver
    waiting = request.session[_KEY]
    # Where all processes count, and before it is compared: many tries at once all read a session that says none.
    if take(Limit("account-code-tries", f"{user.pk}:{waiting['at']}", MOST_TRIES, GOOD_FOR)):
        raise CodeOver
    if not constant_time_compare(_plain(typed), _plain(waiting["code"])):
        request.session[_KEY] = {**waiting, "tries": waiting["tries"] + 1}
        raise CodeWrong if is_sent(request, user) else CodeOver
    del request.session[_KEY]
    record_authentication(request, user, method="code", reauthenticated=True)


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()
