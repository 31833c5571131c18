"""The one family of errors that a rule raises and a door catches; it never carries personal data."""


class RuleError(Exception):
    """A rule refused: ``code`` is for machines and tests, ``message`` is the sentence a person reads."""

    code = "refused"
    message = "That is not possible."

    def __init__(self, message: str = "", *, code: str = "") -> None:
        self.message = message or str(self.message)
        self.code = code or self.code
        super().__init__(self.message)


class LinkInvalid(RuleError):
    code = "link-invalid"
    message = "This link is not complete or not ours. Open it again from the mail, whole."


class KeyRingError(RuleError):
    code = "keys"
    message = "The key file cannot be used."
