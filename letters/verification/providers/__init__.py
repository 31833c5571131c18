"""Every method of verification in one dict. A method is a folder; adding one adds a folder and a line here."""

from django.conf import settings

from letters.documents.models import Letter
from letters.verification.providers import (
    cilogon,
    dns,
    github,
    google,
    institution,
    invitation,
    linkedin,
    microsoft,
    orcid,
    organization,
    review,
    saml,
    website,
    work_email,
)
from letters.verification.providers.base import Provider

PROVIDERS: dict[str, Provider] = {
    work_email.KIND: work_email,
    institution.KIND: institution,
    cilogon.KIND: cilogon,
    saml.KIND: saml,
    google.KIND: google,
    microsoft.KIND: microsoft,
    orcid.KIND: orcid,
    github.KIND: github,
    linkedin.KIND: linkedin,
    website.KIND: website,
    dns.KIND: dns,
    invitation.KIND: invitation,
    review.KIND: review,
    organization.KIND: organization,
}
"""{kind: module} in the order in which a signatory is offered them."""


def offered(letter: Letter) -> list[Provider]:
    """The methods that a signatory of this letter may choose: configured on the site, on in settings, accepted by
    the letter, and begun by the signatory (nobody invites oneself)."""
    return [p for kind, p in PROVIDERS.items() if accepts(letter, kind) and p.OFFER.for_signatories and p.is_ready()]


def accepts(letter: Letter, kind: str) -> bool:
    """True when site and letter have this method switched on; a letter that names none takes all of the site."""
    return kind in settings.VERIFICATION_METHODS and (not letter.methods or kind in letter.methods)


def find(letter: Letter, kind: str) -> Provider | None:
    """One of the methods ``offered`` for this letter, or None."""
    return next((provider for provider in offered(letter) if kind == provider.KIND), None)
