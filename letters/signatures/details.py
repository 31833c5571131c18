"""What a signatory may add to a printed line, all of it by choice: a part of ``Signature``."""

from django.db import models

from letters.signatures.enums import HONORIFIC_MAX, NAME_MAX, ORCID_MAX, WEBSITE_MAX, Sector

DETAILS = (
    "given_name", "family_name", "name_latin", "honorific_prefix", "honorific_suffix", "sector", "orcid", "website",
)  # fmt: skip
"""Emptied with the line, carried with it, corrected like it."""


def _text(most: int, help_text: str = "") -> models.CharField[str, str]:
    """Filled in by the database where nothing is given, so that storing a signature stays as short as it was."""
    return models.CharField(max_length=most, default="", db_default="", blank=True, help_text=help_text)


class LineDetails(models.Model):
    """Nothing here is needed to sign, and nothing is guessed: empty means not given."""

    given_name = _text(NAME_MAX)
    family_name = _text(NAME_MAX)
    name_latin = _text(NAME_MAX, "The name in Latin letters")
    honorific_prefix = _text(HONORIFIC_MAX)
    honorific_suffix = _text(HONORIFIC_MAX)
    sector = models.CharField(max_length=13, choices=Sector.choices, default="", db_default="", blank=True)
    orcid = _text(ORCID_MAX, "As given for publication; evidence alone says whether it was logged in to")
    website = _text(WEBSITE_MAX, "As given for publication, https")
    consent_quote_unnamed = models.BooleanField(default=False, db_default=False)

    class Meta:
        abstract = True

    @property
    def quote_permission(self) -> str:
        """``named``, ``unnamed`` or ``none``; who agreed to both is quoted by name."""
        if getattr(self, "consent_quote", False):
            return "named"
        return "unnamed" if self.consent_quote_unnamed else "none"
