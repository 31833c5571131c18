"""The details that a signatory adds to a line, as they will be stored, or refused with what to do. Pure."""

from django.utils.translation import gettext as _

from letters.core import fetching, orcids, typed
from letters.core.errors import RuleError
from letters.signatures import names
from letters.signatures.enums import HONORIFIC_MAX, WEBSITE_MAX


class DetailRefused(RuleError):
    code = "detail"


def clean_name(text: str) -> str:
    """A part of a name, by the rules of names; "" for nothing. Raises names.NameRefused."""
    return names.clean(text) if text.strip() else ""


def clean_latin(text: str) -> str:
    """The name in Latin letters. Raises names.NameRefused, or DetailRefused for letters of another script."""
    name = clean_name(text)
    if names.scripts_of(name) - {"LATIN"}:
        raise DetailRefused(_("Use Latin letters alone here; the name in its own script stands above."), code="script")
    return name


def clean_honorific(text: str) -> str:
    """«Prof. Dr.» or «MD». Raises names.NameRefused, or DetailRefused when it is long."""
    title = clean_name(text)
    if len(title) > HONORIFIC_MAX:
        raise DetailRefused(
            _("Use at most {most} characters; this has {count}.").format(most=HONORIFIC_MAX, count=len(title)),
            code="too-long",
        )
    return title


def clean_orcid(text: str) -> str:
    """An iD in its usual spelling. Raises DetailRefused when the check digit or the shape is wrong."""
    orcid = orcids.spelled(text)
    if orcid and not orcids.is_orcid(orcid):
        raise DetailRefused(
            _("This is no ORCID iD: sixteen digits, such as 0000-0002-1825-0097, of which the last checks the rest."),
            code="orcid",
        )
    return orcid


def clean_website(text: str) -> str:
    """An https address in one spelling. Raises DetailRefused when nobody can open it or it is not encrypted."""
    address = text.strip()
    if not address:
        return ""
    try:
        url = fetching.normal_url(address if "://" in address else f"https://{address}")
        url = typed.clean(url, most=WEBSITE_MAX)
    except RuleError as error:
        raise DetailRefused(error.message, code=error.code) from error
    if not url.startswith("https://"):
        raise DetailRefused(_("Give an address that begins with https://."), code="https")
    return url
