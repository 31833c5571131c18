"""What organisers type to log in and to make an account. Where that is by invitation, the invited address alone can be
used."""

from allauth.account import forms
from django import forms as plain
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts import adapters


class LoginForm(forms.LoginForm):  # type: ignore[misc]  # allauth comes without types
    """Address and password, in the words of this site."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = gettext_lazy("E-mail address")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignupForm(forms.SignupForm):  # type: ignore[misc]  # allauth comes without types
    """One address; a code is mailed to it."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password1", None)  # whoever wants a password sets one later
        field = self.fields["email"]
        field.label = gettext_lazy("E-mail address")
        field.help_text = gettext_lazy("A code is mailed to it, and later ones when you log in.")
        field.error_messages["required"] = gettext_lazy("Enter your e-mail address, such as name@example.org.")
        field.widget.attrs.pop("placeholder", None)

    def clean_email(self) -> str:
        email: str = super().clean_email()
        if not adapters.may_sign_up(email):
            raise ValidationError(
                _("Use the address that the invitation was sent to. With another one, ask the team to invite that."),
                code="not-invited",
            )
        return email


class CodeForm(plain.Form):
    """The code of a mail."""

    code = plain.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=plain.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        error_messages={"required": gettext_lazy("Type the code from the mail.")},
    )
