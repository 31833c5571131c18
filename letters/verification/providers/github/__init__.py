"""GitHub: control of an account and, where the signatory names an organisation, public membership of it.

Neither is an employment: whoever owns an organisation on GitHub makes anybody a member. What people write about
themselves there (name, company, address) is not even read. An account may be renamed or deleted later; the sentence
carries its day and stays true.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.core import fetching
from letters.signatures.models import Signature
from letters.verification import assurance, checking
from letters.verification.models import Axis, Check, Method
from letters.verification.providers.base import Ask, Finding, Login, Next, NotProven, Offer, Proof, Step, in_a_year
from letters.verification.providers.logins import ANSWER_WITHIN, NotSetUp

KIND = "github"
ISSUER = "https://github.com"
OFFER = Offer(
    label=gettext_lazy("GitHub"),
    proves=gettext_lazy(
        "That you can log in to a GitHub account today and, if you name an organisation there, that you are a public "
        "member of it. Neither your name nor an employment."
    ),
    readers_see=gettext_lazy("Controls the GitHub account suzie-berg (checked {date})."),
    stored=gettext_lazy(
        "The name of the account, the organisation and the day: they are printed. A keyed hash by which the same "
        "account is known again. No address, no token."
    ),
    keeps_identity=True,
)
ASKS: tuple[Ask, ...] = (
    Ask(
        "organization",
        gettext_lazy("Organisation on GitHub"),
        help=gettext_lazy("Its name in the address, such as “python”, if you are a public member of it."),
        required=False,
        most=100,
    ),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}")  # _ in accounts that a company manages
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?github\.com/(?:orgs/)?([^/?#]+)(?:[/?#].*)?", re.IGNORECASE)
MEMBER, NO_MEMBER = 204, 404
BUSY = (403, 429)


def is_ready() -> bool:
    return bool(settings.SOCIALACCOUNT_PROVIDERS.get(KIND, {}).get("APPS"))


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Send the browser to GitHub.

    Raises:
        NotSetUp: the site has no client.
        NotProven: what was typed is no organisation's name.
    """
    if not is_ready():
        raise NotSetUp
    organization = _organization(str(given.get("organization") or ""))
    check = checking.open_check(signature, KIND, organization, within=ANSWER_WITHIN)
    return Step(Next.REDIRECT, check, login=KIND)


def _organization(typed: str) -> str:
    text = typed.strip().removeprefix("@")
    found = _ADDRESS.fullmatch(text)
    name = found[1] if found else text
    if name and not _NAME.fullmatch(name):
        raise NotProven(
            _("Give the organisation's name as it stands in its address, github.com/NAME; or leave this empty."),
            code="organization",
        )
    return name


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """The account that logged in, and its membership where one was named.

    Raises:
        NotProven: no login of GitHub, no public member, or GitHub did not answer.
    """
    if not isinstance(answer, Login) or answer.provider != KIND:
        raise NotProven
    number, login = answer.claims.get("id"), answer.claims.get("login")
    if type(number) is not int or answer.subject != str(number):
        raise NotProven
    if not isinstance(login, str) or not _NAME.fullmatch(login):
        raise NotProven
    organization = checking.asked_in(check)
    if organization:
        _refuse_unless_member(organization, login, answer.token)
    return Finding({"login": login, "org": organization, "identity": (ISSUER, str(number))})


def _refuse_unless_member(organization: str, login: str, token: str) -> None:
    url = f"{settings.GITHUB_API}/orgs/{organization}/public_members/{login}"
    sent = {"Accept": "application/vnd.github+json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        status = fetching.safe_fetch(url, headers=sent, redirects=0).status
    except fetching.FetchRefused as error:
        raise NotProven(_no_answer(), code=error.code) from error
    if status == MEMBER:
        return
    if status in BUSY:
        raise NotProven(
            _("GitHub takes no more questions at the moment. Nothing changed; try again in an hour."), code="busy"
        )
    if status == NO_MEMBER:
        raise NotProven(
            _(
                "{login} is no public member of {organization} on GitHub. Make the membership public there, under "
                "People, and try again; or leave the organisation empty to show the account alone."
            ).format(login=login, organization=organization),
            code="no-member",
        )
    raise NotProven(_no_answer(), code="no-answer")  # a redirect too: that would be about somebody else


def _no_answer() -> str:
    return _("GitHub did not answer as it should. Nothing changed; try again in some minutes.")


def evidence(finding: Finding) -> list[Proof]:
    """One row for the account, known again by its number; before it, so that its sentence is the one that is printed,
    one for the membership. Both prove no employment."""
    facts = finding.facts
    claim = {"login": facts["login"]}
    account = Proof(Method.GITHUB, Axis.ACCOUNT, claim, source=ISSUER, subject=facts["identity"])
    if not facts.get("org"):
        return [account]
    member = {"org": facts["org"], **claim}
    return [Proof(Method.GITHUB_MEMBER, Axis.ACCOUNT, member, source=f"{ISSUER}/{facts['org']}"), account]


def sentence(claim: Mapping[str, Any], on: date) -> str:
    method = Method.GITHUB_MEMBER if "org" in claim else Method.GITHUB
    return assurance.sentence_of(assurance.Fact(method, Axis.ACCOUNT, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
