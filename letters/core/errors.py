"""The one family of errors that a rule raises and a door catches; it never carries personal data."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class RuleError(Exception):
    """A rule refused: ``code`` is for machines and tests, ``message`` is the sentence a person reads,
    ``default`` unless the place that raises says more."""

    code = "refused"
    default: Promise = _("That is not possible.")

    def __init__(self, message: str | Promise = "", *, code: str = "") -> None:
        self.message = str(message or self.default)
        self.code = code or self.code
        super().__init__(self.message)


class LinkInvalid(RuleError):
    code = "link-invalid"
    default = _("This link is not complete or not ours. Open it again from the mail, whole.")


class KeyRingError(RuleError):
    code = "keys"
    default = _("The key file cannot be used.")
