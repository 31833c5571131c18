"""What third parties type who dispute a line."""

from django import forms
from django.utils.translation import gettext_lazy as _

from letters.core import addresses
from letters.core.errors import RuleError
from letters.moderation.disputing import TEXT_MAX
from letters.moderation.models import DisputeKind


class DisputeForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=DisputeKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong."), "invalid_choice": _("Choose what is wrong.")},
    )
    text = forms.CharField(
        label=_("How do you know?"),
        help_text=_("For the organisers alone, at most 2000 characters. A link to a public page helps most."),
        max_length=TEXT_MAX,
        error_messages={
            "required": _("Write how you know; without that nobody can check it."),
            "max_length": _("Use at most 2000 characters."),
        },
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    email = forms.CharField(
        label=_("Your e-mail address"),
        help_text=_("You get one mail to confirm it. Deleted 90 days after the decision; the signatory never sees it."),
        max_length=1000,
        strip=False,
        error_messages={"required": _("Enter your e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        try:
            return addresses.parse(self.cleaned_data["email"])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error
