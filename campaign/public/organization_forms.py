"""What a representative types when an organisation signs, and corrects later. Shape alone; rules are below."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaign.public.forms import (
    CONSENTS,
    TYPED_SLACK,
    CountryField,
    CountrySelect,
    SharedFields,
    SignForm,
    WithTeamLines,
    refused,
    sha256_of,
)
from letters.core import typed
from letters.core.errors import RuleError
from letters.signatures import names, representing
from letters.signatures.consenting import TeamLine
from letters.signatures.managing import Correction
from letters.signatures.models import POSITION_MAX, Representation, Signature
from letters.signatures.representing import TypedOrganization

STATEMENT = _(
    "I may sign this letter on behalf of this organisation. It knows this text and agrees that its name is published "
    "with it."
)
CONSENTS_ORGANIZATION = {
    "consent_publish": _(
        "Publish the organisation's name with this letter, with my name and position as the person who signed for it, "
        "and hand them to its addressees. Signing shows a political opinion; what newspapers have printed cannot be "
        "called back."
    ),
    "consent_press": CONSENTS["consent_press"],
    "consent_updates": CONSENTS["consent_updates"],
}


def consents_sha256(lines: Sequence[TeamLine] = ()) -> str:
    """Names the exact wording that a representative agreed to (GDPR Art. 7(1))."""
    return sha256_of(CONSENTS_ORGANIZATION.values(), lines)


def statement_sha256() -> str:
    """Names the exact wording of the statement of authority as it was shown."""
    return hashlib.sha256(str(STATEMENT).encode()).hexdigest()


def _text(**options: Any) -> forms.CharField:
    autocomplete = options.pop("autocomplete")
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(max_length=TYPED_SLACK, widget=widget, **options)


class OrganizationFields(forms.Form):
    """The organisation and who speaks for it, with the answers of the rooms as errors at the field."""

    display_name = _text(
        label=_("Name of the organisation"),
        help_text=_("As it should be printed, in any script."),
        error_messages={"required": _("Enter the organisation's name as it should be printed.")},
        strip=False,
        autocomplete="organization",
    )
    country = CountryField(label=_("Country"), required=False, widget=CountrySelect(attrs={"autocomplete": "country"}))
    website = forms.CharField(
        label=_("Website of the organisation"),
        help_text=_("Begins with https://. The organisers look there; it is not printed."),
        error_messages={"required": _("Enter the address of the organisation's website.")},
        max_length=TYPED_SLACK,
        widget=forms.URLInput(attrs={"autocomplete": "url", "spellcheck": "false"}),
    )
    representative = _text(
        label=_("Your name"),
        help_text=_("Printed as the person who signed for the organisation."),
        error_messages={"required": _("Enter your name as it should be printed.")},
        strip=False,
        autocomplete="name",
    )
    representative_position = _text(
        label=_("Your position there"),
        help_text=_("For example: Director."),
        error_messages={"required": _("Enter your position in the organisation.")},
        autocomplete="organization-title",
    )

    def clean_display_name(self) -> str:
        return self._cleaned("display_name", representing.clean_name)

    def clean_website(self) -> str:
        return self._cleaned("website", representing.clean_website)

    def clean_representative(self) -> str:
        return self._cleaned("representative", names.clean)

    def clean_representative_position(self) -> str:
        return self._cleaned("representative_position", lambda text: typed.clean(text, most=POSITION_MAX))

    def _cleaned(self, name: str, clean: Any) -> str:
        try:
            return str(clean(self.cleaned_data[name]))
        except RuleError as error:
            raise refused(error) from error


class OrganizationForm(OrganizationFields, WithTeamLines):
    """Signing for an organisation."""

    email = forms.CharField(
        label=_("Your work e-mail address"),
        help_text=_("At the organisation's own domain if you can: it ties you to the organisation. Never published."),
        error_messages={"required": _("Enter your e-mail address.")},
        max_length=TYPED_SLACK,
        strip=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
    statement = forms.BooleanField(
        label=STATEMENT,
        error_messages={"required": _("An organisation signs only through somebody who may sign for it.")},
    )
    consent_publish = forms.BooleanField(
        label=CONSENTS_ORGANIZATION["consent_publish"],
        error_messages={"required": _("Without this consent the name cannot be printed, so nobody can sign.")},
    )
    consent_press = forms.BooleanField(label=CONSENTS_ORGANIZATION["consent_press"], required=False)
    consent_updates = forms.BooleanField(label=CONSENTS_ORGANIZATION["consent_updates"], required=False)
    nonce = forms.CharField(widget=forms.HiddenInput, max_length=100)
    version = forms.RegexField(r"[0-9a-f]{16}", widget=forms.HiddenInput)  # of the SHA-256 of the text that was shown
    homepage = SignForm.base_fields["homepage"]

    clean_email = SignForm.clean_email

    def typed(self) -> TypedOrganization:
        kept = {name: self.cleaned_data[name] for name in TypedOrganization.__dataclass_fields__ if name in self.fields}
        return TypedOrganization(**kept, statement_sha256=statement_sha256(), team_consents=self.team_consents())


OrganizationForm.base_fields = SharedFields(OrganizationForm.base_fields)


class CorrectOrganizationForm(OrganizationFields):
    """The same, later, by whoever has the link."""

    def correction(self, signature: Signature) -> Correction:
        """The printed line as it shall be; what an organisation has none of stays as it is."""
        kept = {name: getattr(signature, name) for name in Correction.__dataclass_fields__}
        line = {name: self.cleaned_data[name] for name in ("display_name", "country")}
        return Correction(**{**kept, **line, "sort_name": line["display_name"]})

    @staticmethod
    def initial_of(signature: Signature, representation: Representation) -> dict[str, str]:
        return {
            "display_name": signature.display_name,
            "country": signature.country,
            "website": representation.website,
            "representative": representation.name,
            "representative_position": representation.position,
        }
