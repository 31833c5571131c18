"""What organisers type to take a list of addresses, and to close a letter with words of their own."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from letters.core.errors import RuleError
from letters.documents import closing
from letters.documents.models import Letter
from letters.press.contacts import ContactList
from letters.press.enums import PURPOSE_MAX, Purpose

_TYPED_SLACK = 20_000  # longer input is refused by the rule's own sentence, not cut by the browser


class ExportForm(forms.Form):
    """Which list, what for, and how the file begins."""

    which = forms.ChoiceField(
        label=_("Which list"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a list."), "invalid_choice": _("Choose one of the lists shown here.")},
    )
    purpose = forms.ChoiceField(
        label=_("What for"),
        choices=[("", _("Choose a purpose")), *Purpose.choices],
        error_messages={
            "required": _("Choose what the list is for."),
            "invalid_choice": _("Choose one of the purposes of the list."),
        },
    )
    reason = forms.CharField(
        label=_("In your own words"),
        help_text=_("Your team and the operators can read this later. Name no signatory."),
        max_length=_TYPED_SLACK,
        error_messages={"required": _("Say in a few words what the list is for.")},
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": PURPOSE_MAX}),
    )
    bom = forms.BooleanField(
        label=_("Begin the file with a byte order mark, for older spreadsheet programs"), required=False
    )

    def __init__(self, lists: list[ContactList], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["which"].choices = [(found.key, label_of(found)) for found in lists]  # type: ignore[attr-defined]


def label_of(found: ContactList) -> Any:
    people = ngettext_lazy("%d person", "%d people", found.people) % found.people
    if found.link is None:
        return format_lazy(_("All who agreed to updates about this letter: {people}"), people=people)
    text = _("Those who ticked “{line}” ({team}): {people}")
    return format_lazy(text, line=found.link.consent_line, team=found.link.team.name, people=people)


class ClosingForm(forms.Form):
    """The organisers' last words, and the ones that were there when they began to write."""

    statement = forms.CharField(
        label=_("Closing statement"),
        help_text=_("In Markdown. Printed below the letter as the organisers’ own words; an empty one takes it away."),
        required=False,
        max_length=_TYPED_SLACK,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    before = forms.CharField(required=False, max_length=_TYPED_SLACK, widget=forms.HiddenInput)

    def clean_statement(self) -> str:
        try:
            return closing.clean(self.cleaned_data["statement"])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error

    @staticmethod
    def initial_of(letter: Letter) -> dict[str, str]:
        return {"statement": letter.closing_statement, "before": letter.closing_statement}
