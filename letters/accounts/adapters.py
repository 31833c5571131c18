"""How allauth behaves on this site: who may make an account, how its mails leave, how its secrets are kept."""

import base64
import time
from typing import Any
from uuid import UUID

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts import emails, teams
from letters.accounts.models import TEAM_INVITATION_KEPT, TeamInvitation, User
from letters.core import addresses, keyring, sealed
from letters.core.errors import RuleError
from letters.outbox.kinds import Mail

_INVITATION = "team_invitation"  # in the session: the public id of the invitation whose link was opened here
_MFA_CONTEXT = b"accounts.mfa.secret"
_UNASKED = "account/email/account_already_exists"
"""The one mail to the owner of a login that anybody causes, from as many networks as they have, and that opens
nothing."""


def remember_invitation(request: HttpRequest, invitation: TeamInvitation) -> None:
    """Let this browser make an account with the invited address, also where sign-up is by invitation."""
    request.session[_INVITATION] = str(invitation.public_id)


def _invitation_in(request: HttpRequest) -> TeamInvitation | None:
    found = request.session.get(_INVITATION)
    since = timezone.now() - TEAM_INVITATION_KEPT
    return TeamInvitation.objects.filter(public_id=UUID(found), sent_at__gt=since).first() if found else None


def may_sign_up(email: str) -> bool:
    """True when anybody may make an account here, or this address was invited by a link that was opened in this
    browser."""
    if settings.ORGANISER_SIGNUP == "open":
        return True
    invitation = _invitation_in(context.request)
    return invitation is not None and teams.is_for(invitation, email)


def _is_fresh(request: HttpRequest) -> bool:
    """True when this session was opened or confirmed within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(record.get("at", 0) > since for record in get_authentication_records(request, request.user))


def _wants_to_write(request: HttpRequest | None) -> bool:
    """True when this person came to write a letter: the one wish that a mail to an unknown address keeps. Others can
    hold a secret, and the address can be somebody else's."""
    return request is not None and request.POST.get("next") == reverse("desk:letter-new")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth comes without types
    """Accounts of organisers. Signatories need none."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": gettext_lazy("This is not the code of the newest mail. Compare it, or have a new one sent."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.ORGANISER_SIGNUP == "open" or _invitation_in(request) is not None

    def clean_email(self, email: str) -> str:
        """One plain address, in small letters as users are known by it."""
        try:
            return addresses.parse(email).lower()
        except RuleError as error:
            raise ValidationError(error.message, code=error.code) from error

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """As allauth has it, which lets an account without password and second factor do everything: such a one shows
        a fresh mailed code."""
        is_required: bool = super().is_reauthentication_required(app=app, **more)
        request = context.request
        if is_required and not get_reauthentication_flows(request.user) and not _is_fresh(request):
            raise ReauthenticationRequired
        return is_required

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Password and second factor, or a mailed code where there is neither."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if found or not user.is_authenticated:
            return found
        return [{"id": "code", "description": _("Have a code mailed"), "url": reverse("desk:account-code")}]

    def send_mail(self, template_prefix: str, email: str, written: dict[str, Any]) -> None:
        """Through the outbox, sealed until it leaves. Whoever typed a stranger's address meets the caps there."""
        site = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL.rstrip("/")}
        known = {"email": email, "writes": _wants_to_write(context.request), **site, **written}
        subject = render_to_string(f"{template_prefix}_subject.txt", known)
        text = render_to_string(f"{template_prefix}_message.txt", known).strip()
        html = render_to_string("emails/account.html", {**known, "text": text, "subject": subject})
        mail = Mail(to=email, subject=" ".join(subject.split()), text=f"{text}\n", html=html)
        is_owner = EmailAddress.objects.filter(email__iexact=email, verified=True).exists()
        emails.queue_written(mail, is_strangers=not is_owner or template_prefix == _UNASKED)


@receiver(email_confirmed)
def on_confirmed(request: HttpRequest, email_address: EmailAddress, **_more: Any) -> None:
    """Whoever has just typed the code of a new account has shown that it is theirs."""
    record_authentication(request, email_address.user, method="code", email=email_address.email)


def seal_factor_anew(row: Authenticator) -> None:
    """Open and seal the secret of a second factor with the newest key; the row is not saved."""
    name = _secret_of(row)
    if name:
        row.data = {**row.data, name: MFAAdapter().encrypt(MFAAdapter().decrypt(row.data[name]))}


def sealed_factor(row: Authenticator) -> bytes:
    """The sealed bytes of a second factor; of a passkey, which is public, such as pass for new."""
    name = _secret_of(row)
    return base64.b64decode(row.data[name]) if name else bytes([keyring.ring().field[0].id])


def _secret_of(row: Authenticator) -> str:
    return next((name for name in ("secret", "seed") if name in row.data), "")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the same
    """Passkeys, one-time codes and recovery codes; their secrets are sealed."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(sealed.seal(text, _MFA_CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return sealed.unseal(base64.b64decode(encrypted_text), _MFA_CONTEXT)

    def get_totp_issuer(self) -> str:
        return str(settings.SITE_NAME)
