"""Website: a page links back to the signature with ``rel="me"``, so whoever signs can change that page.

Proves control of one page today: no name, no employer. What is printed is the page as it was read in the end, host and
path, since one host holds the pages of many people.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.core import fetching, tokens
from letters.signatures.models import SignatoryType, Signature
from letters.verification import assurance, checking
from letters.verification.models import Axis, Check, Method
from letters.verification.providers.base import Ask, Finding, Login, Next, NotProven, Offer, Proof, Step, in_a_year
from letters.verification.providers.website import links

KIND = "website"
MOST = 200  # characters of an address that is printed in a list
OFFER = Offer(
    label=gettext_lazy("Link on your website"),
    proves=gettext_lazy(
        "That you can change that page today. On a staff page of your organisation this says more than on one of "
        "your own; it never proves your name, your position or a contract."
    ),
    readers_see=gettext_lazy("Controls the website uni.example/~suzie (checked {date})."),
    stored=gettext_lazy(
        "The address of the page and the day, as long as the signature stands; a keyed hash of the page until 30 days "
        "after the letter closes. Nothing else of it."
    ),
)
ASKS: tuple[Ask, ...] = (
    Ask(
        "url",
        gettext_lazy("Address of the page"),
        help=gettext_lazy("A public page that begins with https://. Readers will see its address."),
        kind="url",
        most=MOST,
    ),
)
_HTML = ("text/html", "application/xhtml+xml")


def is_ready() -> bool:
    return True


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Show the link that shall stand on the page; nothing is fetched yet.

    Raises:
        NotProven: that is no address of a public page, or it is one of this site.
    """
    typed = str(given["url"]).strip()
    url = _normal(typed if "://" in typed else f"https://{typed}")
    if len(url) > MOST:
        raise NotProven(_("Use an address of at most {most} characters.").format(most=MOST), code="too-long")
    if _host(url) == _host(settings.SITE_URL):
        raise NotProven(_("Give a page of your own; this one belongs to the letter."), code="own-site")
    check = checking.open_check(signature, KIND, url)
    return again(check)


def again(check: Check) -> Step:
    """What a waiting check shows whenever its page is opened."""
    url, address = checking.asked_in(check), addresses_for(check)[0]
    return Step(
        Next.SHOW,
        check,
        instructions=[
            _("Put this link on {url}, anywhere on the page, and come back.").format(url=url),
            _("If visitors should not see it, put the second line between <head> and </head> instead."),
            _("The link may be removed after the check."),
        ],
        copy=[f'<a rel="me" href="{address}">{_("Open letter")}</a>', f'<link rel="me" href="{address}">'],
    )


def addresses_for(check: Check) -> list[str]:
    """What the page may link to: the signature's address with the mark of this check (the first is the one that is
    shown), or the signature's address alone."""
    signature = check.signature
    path = reverse("public:signature", args=[signature.letter.slug, signature.public_id])
    permalink = f"{settings.SITE_URL.rstrip('/')}{path}"
    return [*(f"{permalink}?proof={mark}" for mark in tokens.marks_for(KIND, check.public_id)), permalink]


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """Read the page and look for the link.

    Raises:
        NotProven: the page did not open, is no web page, redirects to another host, or does not hold the link.
    """
    if isinstance(answer, Login):
        raise NotProven
    url = checking.asked_in(check)
    try:
        page = fetching.safe_fetch(url, headers={"Accept": ", ".join(_HTML)})
    except fetching.FetchRefused as error:
        raise NotProven(error.message, code=error.code) from error
    _refuse_other_page(url, page)
    wanted = {links.spelled(address) for address in addresses_for(check)}
    if not wanted & set(links.me_links(page.body, page.url)):
        text = _('The page opened, but it holds no link with rel="me" to {address}. Save the page, then check again.')
        raise NotProven(text.format(address=addresses_for(check)[0]), code="no-link")
    is_person = check.signature.signatory_type == SignatoryType.PERSON
    return Finding({"host": printed(page.url), "url": page.url, "is_person": is_person})


def _refuse_other_page(asked: str, page: fetching.Fetched) -> None:
    if _host(page.url) != _host(asked):
        raise NotProven(
            _("This address leads on to {host}. If that page is yours, start again with its address.").format(
                host=urlsplit(page.url).hostname
            ),
            code="other-host",
        )
    if page.status != 200:
        raise NotProven(
            _("The page answers with the error {status}. Check its address.").format(status=page.status), code="status"
        )
    if page.content_type not in _HTML:
        raise NotProven(_("This address is no web page (HTML). Give one that is."), code="no-html")
    if len(page.url) > MOST:
        raise NotProven(_("Use an address of at most {most} characters.").format(most=MOST), code="too-long")


def _normal(url: str) -> str:
    try:
        return fetching.normal_url(url)
    except fetching.FetchRefused as error:
        raise NotProven(error.message, code=error.code) from error


def _host(url: str) -> str:
    """Host and port; one with and one without ``www.`` are the same."""
    return urlsplit(url).netloc.removeprefix("www.")


def printed(url: str) -> str:
    """The page as readers see it: the host alone for its first page, else host and path (and query)."""
    parts = urlsplit(url)
    return parts.netloc + parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")


def evidence(finding: Finding) -> list[Proof]:
    """One row on the account. A page stands for one person: the same page under a second name goes to the
    organisers."""
    facts = finding.facts
    claim = {"host": facts["host"], "url": facts["url"]}
    subject = (KIND, str(facts["host"])) if facts["is_person"] else None
    return [Proof(Method.WEBSITE, Axis.ACCOUNT, claim, source=str(facts["url"]), subject=subject)]


def sentence(claim: Mapping[str, Any], on: date) -> str:
    return assurance.sentence_of(assurance.Fact(Method.WEBSITE, Axis.ACCOUNT, on, claim))


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
