"""Microsoft Entra: an account in a tenant, known by tenant and object. Its address is anybody's word until Microsoft
says that the tenant owns the domain."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from letters.accounts.oidc import logins as configured
from letters.core import addresses
from letters.core.errors import RuleError
from letters.signatures.models import Signature
from letters.verification import assurance
from letters.verification.models import Axis, Check, Method
from letters.verification.providers import logins
from letters.verification.providers.base import Ask, Finding, Login, NotProven, Offer, Proof, Step, in_a_year

KIND = "microsoft"
SOURCE = "Microsoft Entra, claims tid, oid and xms_edov of the id_token"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # the tenant of all private accounts
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OFFER = Offer(
    label=_("Microsoft work account"),
    proves=_("That you can log in today to an account that an organisation manages at Microsoft. Not your position."),
    readers_see=_("Signed in with a work account of uni.example (Microsoft) on {date}."),
    stored=_("The domain, the day, and a keyed hash by which the same account is known again. No address, no token."),
    keeps_identity=True,
)
ASKS: tuple[Ask, ...] = (logins.SHOW_DOMAIN,)


def is_ready() -> bool:
    return bool(configured.of_kind(KIND))


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    return logins.begin(signature, KIND, KIND, asked=logins.asked(given))


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Accept a work account; its domain counts only where Microsoft says that the tenant owns it.

    Raises:
        NotProven: a private account, or one without its two ids.

    Source: Microsoft identity platform, «Secure applications by validating claims» and «Optional claims reference».
    """
    login, _app = logins.answered(check, answer)
    tenant, subject = _id_in(login.claims, "tid"), _id_in(login.claims, "oid")
    if tenant == PERSONAL:
        raise NotProven(
            gettext("That is a private Microsoft account: no organisation manages it. Use the account of your work."),
            code="no-tenant",
        )
    if not tenant or not subject or tenant not in login.issuer:
        raise NotProven
    identity = f"{tenant}/{subject}"
    if address := _owned_address(login.claims):
        return logins.work_account(check, login, identity, address)
    return Finding({"identity": (login.issuer, identity)})


def _id_in(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.lower() if isinstance(value, str) and _ID.fullmatch(value.lower()) else ""


def _owned_address(claims: Mapping[str, Any]) -> str:
    """The address, where its domain belongs to the tenant (``xms_edov``) and the account to a member of it.

    A guest (``acct`` 1) brings an address from elsewhere; that one is checked too, and says nothing of this tenant.
    """
    is_owned = claims.get("xms_edov") is True or _is(claims.get("xms_edov"), 1)
    email = claims.get("email")
    if not is_owned or not _is(claims.get("acct"), 0) or not isinstance(email, str):
        return ""
    try:
        return addresses.parse(email)
    except RuleError:
        return ""


def _is(value: object, number: int) -> bool:
    """Microsoft sends numbers in both spellings; ``True`` and ``False`` are none."""
    return (type(value) is int and value == number) or value == str(number)


def evidence(finding: Finding) -> list[Proof]:
    return logins.work_account_proofs(Method.MICROSOFT, SOURCE, finding)


def sentence(claim: Mapping[str, Any], on: date) -> str:
    axis = Axis.AFFILIATION if "organization" in claim else Axis.ACCOUNT
    return assurance.sentence_of(assurance.Fact(Method.MICROSOFT, axis, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
