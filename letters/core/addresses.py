"""E-mail addresses: which ones we accept, and when two spellings are the same mailbox.

The delivery address is never rewritten; the canonical form exists only as input of a blind index.
"""

import re

from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

from letters.core.errors import RuleError

MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
MAX_LOCAL = 64  # RFC 5321 §4.5.3.1.1

# Providers that deliver several spellings to one mailbox: domain → (canonical domain, dots are ignored).
SAME_MAILBOX = {
    "gmail.com": ("gmail.com", True),
    "googlemail.com": ("gmail.com", True),
    "pm.me": ("proton.me", False),
    "protonmail.com": ("proton.me", False),
    "hotmail.com": ("hotmail.com", False),
    "me.com": ("icloud.com", False),
    "mac.com": ("icloud.com", False),
}


class AddressRefused(RuleError):
    code = "address"
    default = _("Enter one e-mail address, such as name@example.org.")


def parse(typed: str) -> str:
    """One plain address in the form that mail is sent to: NFC, domain in ASCII (IDNA 2008).

    Raises:
        AddressRefused: more than one address, a display name, quotes, a literal, a line break, or a name that no
            mail server outside one machine has. Source: RFC 5321 §4.5.3.1 for the lengths.
    """
    text = typed.strip(" ")
    if re.search(r"[\x00-\x20\x7f,;<>\"()\[\]\\]", text) or text.count("@") != 1:
        raise AddressRefused
    try:
        # No SMTPUTF8: Django would send to a MIME-encoded local part, which is another mailbox.
        found = validate_email(
            text,
            check_deliverability=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_smtputf8=False,
        )
    except EmailNotValidError as error:
        raise AddressRefused from error
    domain = found.ascii_domain
    address = f"{found.local_part}@{domain}"
    too_long = len(address.encode()) > MAX_ADDRESS or len(found.local_part.encode()) > MAX_LOCAL
    if "." not in domain or too_long:
        raise AddressRefused
    return address


def canonical(address: str) -> str:
    """What two spellings of one mailbox share. Idempotent; never used to deliver."""
    local, _, domain = address.strip().casefold().rpartition("@")
    domain, dots_ignored = SAME_MAILBOX.get(domain, (domain, False))
    base = local.split("+", 1)[0] or local
    if dots_ignored:
        base = base.replace(".", "") or base
    return f"{base}@{domain}"
