"""What organisers type to invite people. Who may be invited is a rule (letters/signatures/inviting.py)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from letters.core import addresses
from letters.core.errors import RuleError
from letters.signatures import inviting, names

ROLES = [
    ("signatory", _("Signatory, in the list")),
    ("selected", _("Selected signatory, above the list")),
    ("initiator", _("Initiator, at the top")),
]


class _Common(forms.Form):
    role = forms.ChoiceField(label=_("Place that is offered"), choices=ROLES, initial="signatory")
    source = forms.CharField(
        label=_("Where do you have the address from?"),
        help_text=_(
            "For example: we wrote a paper together; public page of the institute. The invited person reads it."
        ),
        error_messages={"required": _("Say where you have the address from; the invited person reads it.")},
        max_length=inviting.SOURCE_MAX,
    )


class InviteForm(_Common):
    """One person."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("As it shall be printed. The invitation signs under this name alone."),
        error_messages={"required": _("Enter the person's name.")},
        strip=False,
        max_length=1000,
    )
    email = forms.CharField(
        label=_("E-mail address"),
        help_text=_("One that you already had. It is never shown here again."),
        error_messages={"required": _("Enter the person's address.")},
        strip=False,
        max_length=1000,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("name", "email", "role", "source")

    def clean_name(self) -> str:
        try:
            return names.clean(self.cleaned_data["name"])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error

    def clean_email(self) -> str:
        try:
            return addresses.parse(self.cleaned_data["email"])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error


class InviteManyForm(_Common):
    """A pasted list, one person a line."""

    people = forms.CharField(
        label=_("People, one a line"),
        help_text=_(
            "Name <name@example.org>, or name and address with a comma or tab between them; at most 200 lines."
        ),
        error_messages={"required": _("Paste at least one line.")},
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    field_order = ("people", "role", "source")
