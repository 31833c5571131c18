"""What visitors type. Forms clean shape alone; whether somebody may sign is a rule of the rooms below."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from campaign.public.line_forms import STATUS_CHOICES as STATUS_CHOICES
from campaign.public.line_forms import TYPED_SLACK as TYPED_SLACK
from campaign.public.line_forms import CountryField as CountryField
from campaign.public.line_forms import CountrySelect as CountrySelect
from campaign.public.line_forms import DetailFields
from campaign.public.line_forms import LineFields as LineFields
from campaign.public.line_forms import refused as refused
from letters.core import addresses
from letters.core.errors import RuleError
from letters.signatures import anonymising, names
from letters.signatures.consenting import TeamLine
from letters.signatures.managing import Correction
from letters.signatures.models import Signature
from letters.signatures.signing import Typed

CONSENTS = {
    "consent_publish": _(
        "Publish my name, position and affiliation with this letter, and hand them to its addressees. Signing shows a "
        "political opinion; what newspapers have printed cannot be called back."
    ),
    "consent_domain": _("Show the domain of my e-mail address (the part behind the @) as evidence, never the address."),
    "consent_comment": _("Publish my comment."),
    "consent_quote": _("The organisers may quote my comment to the press with my name."),
    "consent_quote_unnamed": _("The organisers may quote my comment to the press without my name, with my position."),
    "consent_press": _("Journalists may ask me questions: this site passes them on, and nobody sees my address."),
    "consent_updates": _("Mail me about this letter, at most once a week."),
}


def consents_sha256(lines: Sequence[TeamLine] = (), *, offers_anonymous: bool = False) -> str:
    """Names the exact wording that was agreed to: part of the consent record (GDPR Art. 7(1))."""
    return sha256_of([*CONSENTS.values(), *([anonymising.CONSENT] if offers_anonymous else [])], lines)


NO_CONSENT = _("Without this consent your name cannot be printed, so you cannot sign.")
NO_CONSENT_OFFERED = _("Tick this consent or the one below it: without either nothing can be printed.")


def sha256_of(texts: Iterable[object], lines: Sequence[TeamLine]) -> str:
    """Of the site's consents and then of the lines of single teams."""
    asked = [*map(str, texts), *(line.sha256 for line in lines)]
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()


class SharedFields(dict[str, forms.Field]):
    """Fields that all forms of a class share. Django copies every field for every form, a tenth of a signature's time,
    so that a form may change its own; ours never do."""

    def __deepcopy__(self, memo: object) -> dict[str, forms.Field]:
        return dict(self)


class WithTeamLines(forms.Form):
    """A form that also asks the line of each team behind the letter, unticked."""

    def __init__(self, *args: Any, lines: Sequence[TeamLine] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = tuple(lines)
        for line in self.lines:
            label = format_lazy(_("{line} (asked by {team})"), line=line.text, team=line.team)
            self.fields[f"team_{line.key}"] = forms.BooleanField(label=label, required=False)

    @property
    def team_fields(self) -> list[forms.BoundField]:
        return [self[f"team_{line.key}"] for line in self.lines]

    def team_consents(self) -> tuple[tuple[str, str], ...]:
        """((team, hash of its line), …) of those that were ticked."""
        return tuple((line.key, line.sha256) for line in self.lines if self.cleaned_data[f"team_{line.key}"])


class SignForm(DetailFields, WithTeamLines):
    email = forms.CharField(
        label=_("E-mail address"),
        help_text=_(
            "Never published. You get one mail to confirm. A work address is evidence at once, or can be added later."
        ),
        error_messages={"required": _("Enter your e-mail address.")},
        max_length=TYPED_SLACK,
        strip=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
    consent_publish = forms.BooleanField(
        label=CONSENTS["consent_publish"],
        required=False,
    )
    is_anonymous = forms.BooleanField(label=anonymising.CONSENT, required=False)
    consent_domain = forms.BooleanField(label=CONSENTS["consent_domain"], required=False)
    consent_comment = forms.BooleanField(label=CONSENTS["consent_comment"], required=False)
    consent_quote = forms.BooleanField(label=CONSENTS["consent_quote"], required=False)
    consent_quote_unnamed = forms.BooleanField(label=CONSENTS["consent_quote_unnamed"], required=False)
    consent_press = forms.BooleanField(label=CONSENTS["consent_press"], required=False)
    consent_updates = forms.BooleanField(label=CONSENTS["consent_updates"], required=False)
    nonce = forms.CharField(widget=forms.HiddenInput, max_length=100)
    version = forms.RegexField(r"[0-9a-f]{16}", widget=forms.HiddenInput)  # of the SHA-256 of the text that was shown
    homepage = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean_email(self) -> str:
        try:
            return addresses.parse(self.cleaned_data["email"])
        except RuleError as error:
            raise refused(error) from error

    def __init__(self, *args: Any, offers_anonymous: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers_anonymous = offers_anonymous
        if not offers_anonymous:
            del self.fields["is_anonymous"]

    def clean(self) -> None:
        """One of the two consents is needed, and they exclude each other."""
        super().clean()
        by_name, unnamed = self.cleaned_data.get("consent_publish"), self.cleaned_data.get("is_anonymous", False)
        if by_name and unnamed:
            self.add_error("consent_publish", _("Tick one of the two: with your name, or without it."))
        elif not by_name and not unnamed:
            self.add_error("consent_publish", NO_CONSENT_OFFERED if self.offers_anonymous else NO_CONSENT)
        words = (self.cleaned_data.get("position"), self.cleaned_data.get("affiliation"))
        if unnamed and not any(words) and not {"position", "affiliation"} & set(self.errors):
            self.add_error("position", anonymising.NothingToPrint().message)
        name = self.cleaned_data.get("display_name", "")
        if unnamed and names.stands_in(name, " ".join(filter(None, words))):
            self.add_error("position", anonymising.TellsName().message)

    def typed(self) -> Typed:
        kept = {name: self.cleaned_data[name] for name in Typed.__dataclass_fields__ if name in self.cleaned_data}
        return Typed(**kept, team_consents=self.team_consents())


SignForm.base_fields = SharedFields(SignForm.base_fields)


class CorrectForm(DetailFields):
    """The same line, later, by its owner."""

    sort_name = forms.CharField(
        label=_("Sorted under"),
        help_text=_("Where the list files your name, such as “Berg, Anna van der”."),
        required=False,
        max_length=TYPED_SLACK,
    )

    def clean_sort_name(self) -> str:
        value = self.cleaned_data["sort_name"]
        try:
            return names.clean(value) if value.strip() else ""
        except RuleError as error:
            raise refused(error) from error

    def correction(self) -> Correction:
        kept = {name: self.cleaned_data[name] for name in Correction.__dataclass_fields__}
        return Correction(**kept)

    @staticmethod
    def initial_of(signature: Signature) -> dict[str, Any]:
        return {name: getattr(signature, name) for name in Correction.__dataclass_fields__}


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from the mail"),
        help_text=_("Eight letters and digits, such as ABCD-2345."),
        error_messages={"required": _("Enter the code from the mail.")},
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )  # fmt: skip


class LinkForm(forms.Form):
    email = forms.CharField(
        label=_("E-mail address"),
        help_text=_("The one with which you signed."),
        error_messages={"required": _("Enter your e-mail address.")},
        max_length=TYPED_SLACK,
        strip=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        try:
            return addresses.parse(self.cleaned_data["email"])
        except RuleError as error:
            raise refused(error) from error


class FollowForm(LinkForm):
    """An address that wants the corrections of a letter."""

    field_order = ("email",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _(
            "You get one mail to confirm it. Kept until you say stop, or the letter is archived."
        )
