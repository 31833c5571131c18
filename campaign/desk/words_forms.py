"""The parts of a text as organisers type them. What may become of them is a rule of ``letters/documents``."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from letters.core import moments
from letters.core.errors import RuleError
from letters.documents.amending import NOTE_MAX
from letters.documents.models import Letter, Words

BODY_MAX = 100_000
MOST_DEMANDS, DEMAND_MAX = 50, 1_000
MOST_ADDRESSEES, ADDRESSEE_MAX = 20, 200
_AREA = {"spellcheck": "true"}


class WordsForm(forms.Form):
    """Every part of a text."""

    title = forms.CharField(label=_("Title"), max_length=200, error_messages={"required": _("Enter the title.")})
    subtitle = forms.CharField(label=_("Subtitle"), max_length=300, required=False)
    dateline_place = forms.CharField(label=_("Place"), max_length=100, required=False)
    dateline_on = forms.DateField(
        label=_("Date on the letter"),
        required=False,
        error_messages={"invalid": _("Enter a day, such as 2026-12-01.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    addressees = forms.CharField(
        label=_("Addressees, one a line"),
        help_text=_("Name; office; organisation. Leave out what there is none of: “; ; Ministry of Trade”."),
        max_length=MOST_ADDRESSEES * 3 * ADDRESSEE_MAX,
        required=False,
        widget=forms.Textarea(attrs={**_AREA, "rows": 3}),
    )
    salutation = forms.CharField(label=_("Salutation"), max_length=200, required=False)
    body = forms.CharField(
        label=_("Text"),
        help_text=_("Markdown; an empty line begins a new paragraph. At most 100,000 characters."),
        max_length=BODY_MAX,
        strip=False,
        error_messages={
            "required": _("Enter the text of the letter."),
            "max_length": _("Shorten the text: at most 100,000 characters."),
        },
        widget=forms.Textarea(attrs={**_AREA, "rows": 22}),
    )
    demands = forms.CharField(
        label=_("Demands, one a line"),
        max_length=MOST_DEMANDS * DEMAND_MAX,
        required=False,
        widget=forms.Textarea(attrs={**_AREA, "rows": 6}),
    )
    closing = forms.CharField(label=_("Closing"), max_length=200, required=False)
    since = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def clean_addressees(self) -> list[dict[str, str]]:
        lines = [line for line in self.cleaned_data["addressees"].splitlines() if line.strip("; \t")]
        if len(lines) > MOST_ADDRESSEES:
            raise forms.ValidationError(_("Name at most 20 addressees, one a line."), code="many")
        return [_addressee(line) for line in lines]

    def clean_demands(self) -> list[str]:
        found = [line.strip() for line in self.cleaned_data["demands"].splitlines() if line.strip()]
        if len(found) > MOST_DEMANDS or any(len(demand) > DEMAND_MAX for demand in found):
            raise forms.ValidationError(_("At most 50 demands, each of at most 1,000 characters."), code="many")
        return found

    def words(self) -> dict[str, Any]:
        """The parts as ``amending`` and ``succeeding`` take them; the form is valid."""
        names = ("title", "subtitle", "dateline_place", "dateline_on", "addressees", "salutation", "body", "demands",
                 "closing")  # fmt: skip
        return {name: self.cleaned_data[name] for name in names}

    @staticmethod
    def initial_of(text: Words) -> dict[str, Any]:
        return {
            **text.words,
            "addressees": "\n".join(addressee_line(who) for who in text.addressees),
            "demands": "\n".join(text.demands),
            "since": text.sha256,
        }


def _addressee(line: str) -> dict[str, str]:
    name, office, organization = ([part.strip() for part in line.split(";", 2)] + ["", ""])[:3]
    if any(len(part) > ADDRESSEE_MAX for part in (name, office, organization)):
        raise forms.ValidationError(_("Shorten the addressees: at most 200 characters for each part."), code="long")
    return {"name": name, "office": office, "organization": organization}


def addressee_line(who: dict[str, str]) -> str:
    """«Jo Doe; Minister; Ministry of Trade»."""
    parts = [who.get(name, "") for name in ("name", "office", "organization")]
    while parts and not parts[-1]:
        parts.pop()
    return "; ".join(parts)


class _Noted(WordsForm):
    note = forms.CharField(
        label=_("What changed, for readers"),
        help_text=_("One sentence, at most 300 characters. It is printed beside the text."),
        max_length=NOTE_MAX,
        error_messages={
            "required": _("Say in one sentence what was changed. Readers see it beside the text."),
            "max_length": _("Make the note shorter: at most 300 characters fit beside the text."),
        },
    )


class AmendForm(_Noted):
    """An editorial fix."""

    is_same_meaning = forms.BooleanField(
        label=_("The meaning stays the same: everybody who signed would sign these words, too"),
        error_messages={"required": _("Tick that the meaning stays the same. If it does not, publish a new version.")},
    )


class VersionForm(_Noted):
    """A new version."""

    moment = forms.CharField(
        label=_("Signatories can answer until"),
        help_text=_("Between 3 and 90 days from now, in the letter's time zone."),
        max_length=25,
        error_messages={"required": _("Choose until when signatories can answer.")},
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    is_understood = forms.BooleanField(
        label=_("The new version starts with nobody's signature, and every signatory is asked by mail"),
        error_messages={"required": _("Tick that you know what happens: it cannot be taken back.")},
    )

    def __init__(self, *args: Any, letter: Letter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = letter.time_zone

    def clean_moment(self) -> Any:
        try:
            return moments.read(self.cleaned_data["moment"], self._zone)
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error
