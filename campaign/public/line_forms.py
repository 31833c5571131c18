"""The fields of a printed line: what is asked of everybody, and what is folded away because nobody needs it to sign."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaign.selects import LongSelect
from letters.core import places, typed
from letters.core.errors import RuleError
from letters.signatures import describing, names
from letters.signatures.models import AFFILIATION_MAX, COMMENT_MAX, DETAILS, POSITION_MAX, Sector

STATUS_CHOICES = [
    ("", _("Not stated")),
    ("current", _("I work or study there now")),
    ("former", _("Former")),
    ("emeritus", _("Emeritus or emerita")),
    ("retired", _("Retired")),
    ("independent", _("Independent, no affiliation")),
    ("student", _("Student")),
]
TYPED_SLACK = 20_000  # longer input is refused by the rule's own sentence, not cut by the browser


def country_choices() -> list[tuple[str, str]]:
    return [("", str(_("Not stated"))), *places.names().items()]


class CountrySelect(LongSelect):
    """A select whose two hundred and fifty options are made only when it is drawn, in the language of the page."""

    @property
    def choices(self) -> list[tuple[str, str]]:
        return country_choices()

    @choices.setter
    def choices(self, value: object) -> None:
        """Select's own start-up hands over an empty list; the countries stand."""


class CountryField(forms.CharField):
    """A country's ISO 3166-1 alpha-2 code, or nothing."""

    def clean(self, value: Any) -> str:
        code = str(super().clean(value))
        if code and code not in places.alpha3():
            raise forms.ValidationError(_("Choose a country of the list."), code="country")
        return code


def refused(error: RuleError) -> forms.ValidationError:
    return forms.ValidationError(error.message, code=error.code)


class LineFields(forms.Form):
    """The parts of a printed line, with the answers of the rooms as errors at the field."""

    display_name = forms.CharField(
        label=_("Your name"),
        help_text=_("As it should be printed, in any script. Titles go under position."),
        error_messages={"required": _("Enter your name as it should be printed.")},
        strip=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    position = forms.CharField(
        label=_("Position"),
        help_text=_("For example: Professor of Cryptography."),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    affiliation = forms.CharField(
        label=_("Affiliation"),
        help_text=_("Printed for identification only; your organisation does not sign."),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    affiliation_status = forms.ChoiceField(label=_("Your tie to it"), required=False, choices=STATUS_CHOICES)
    country = CountryField(label=_("Country"), required=False, widget=CountrySelect(attrs={"autocomplete": "country"}))
    comment = forms.CharField(
        label=_("Comment"),
        help_text=_("One or two sentences, at most 500 characters. It is printed only if you tick so below."),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_display_name(self) -> str:
        try:
            return names.clean(self.cleaned_data["display_name"])
        except RuleError as error:
            raise refused(error) from error

    def clean_position(self) -> str:
        return self._line("position", POSITION_MAX)

    def clean_affiliation(self) -> str:
        return self._line("affiliation", AFFILIATION_MAX)

    def clean_comment(self) -> str:
        return self._line("comment", COMMENT_MAX)

    def _line(self, name: str, most: int) -> str:
        try:
            return typed.clean(self.cleaned_data[name], most=most)
        except RuleError as error:
            raise refused(error) from error


class DetailFields(LineFields):
    """The line with its details, all optional."""

    given_name = forms.CharField(
        label=_("Given name"),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    family_name = forms.CharField(
        label=_("Family name"),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    name_latin = forms.CharField(
        label=_("Name in Latin letters"),
        help_text=_("If it is written in another script."),
        required=False,
        max_length=TYPED_SLACK,
    )
    honorific_prefix = forms.CharField(
        label=_("Title before the name"),
        help_text=_("For example: Prof. Dr. It stands in the files alone."),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"autocomplete": "honorific-prefix"}),
    )
    honorific_suffix = forms.CharField(
        label=_("Title behind the name"),
        help_text=_("For example: MD, FRS."),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"autocomplete": "honorific-suffix"}),
    )
    sector = forms.ChoiceField(
        label=_("Where you work"), required=False, choices=[("", _("Not stated")), *Sector.choices]
    )
    orcid = forms.CharField(
        label=_("ORCID iD"),
        help_text=_("Sixteen digits. It proves nothing by itself; you can log in to ORCID after signing."),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"spellcheck": "false", "inputmode": "text"}),
    )
    website = forms.CharField(
        label=_("Website"),
        required=False,
        max_length=TYPED_SLACK,
        widget=forms.TextInput(attrs={"autocomplete": "url", "inputmode": "url", "spellcheck": "false"}),
    )

    def clean_given_name(self) -> str:
        return self._detail("given_name", describing.clean_name)

    def clean_family_name(self) -> str:
        return self._detail("family_name", describing.clean_name)

    def clean_name_latin(self) -> str:
        return self._detail("name_latin", describing.clean_latin)

    def clean_honorific_prefix(self) -> str:
        return self._detail("honorific_prefix", describing.clean_honorific)

    def clean_honorific_suffix(self) -> str:
        return self._detail("honorific_suffix", describing.clean_honorific)

    def clean_orcid(self) -> str:
        return self._detail("orcid", describing.clean_orcid)

    def clean_website(self) -> str:
        return self._detail("website", describing.clean_website)

    def _detail(self, name: str, clean: Callable[[str], str]) -> str:
        try:
            return clean(self.cleaned_data[name])
        except RuleError as error:
            raise refused(error) from error

    @property
    def detail_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in DETAILS]

    @property
    def is_unfolded(self) -> bool:
        """Something is typed or refused there: it must not hide."""
        return any(field.errors or field.value() for field in self.detail_fields)
