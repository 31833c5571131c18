"""Who a journalist is, as typed at either door: by themselves, or by the organisers who let them in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from letters.core import addresses
from letters.core.errors import RuleError
from letters.press import embargoes

_TYPED_SLACK = 20_000  # longer input is refused by the rule's own sentence, not cut by the browser


class JournalistForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=_TYPED_SLACK,
        error_messages={"required": _("Enter the journalist's name; it is printed on the file.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    outlet = forms.CharField(
        label=_("Outlet"),
        max_length=_TYPED_SLACK,
        error_messages={"required": _("Enter for whom they write; “freelance” is an answer, too.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=_TYPED_SLACK,
        strip=False,
        error_messages={"required": _("Enter the e-mail address; the link goes there.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def clean_name(self) -> str:
        return self._typed("name")

    def clean_outlet(self) -> str:
        return self._typed("outlet")

    def clean_email(self) -> str:
        try:
            return addresses.parse(self.cleaned_data["email"])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error

    def _typed(self, name: str) -> str:
        try:
            return embargoes.clean(self.cleaned_data[name])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error


class LetInForm(JournalistForm):
    """The same with how long."""

    days = forms.IntegerField(
        label=_("Days that the link works"),
        help_text=_("At most 30, and until the launch in any case."),
        min_value=embargoes.DAYS_LEAST,
        max_value=embargoes.DAYS_MOST,
        initial=embargoes.DAYS,
        error_messages={
            "required": _("Enter a number of days."),
            "invalid": _("Enter a number of days."),
            "min_value": _("Enter at least one day."),
            "max_value": _("Enter at most 30 days."),
        },
        widget=forms.NumberInput(attrs={"min": embargoes.DAYS_LEAST, "max": embargoes.DAYS_MOST}),
    )

    def who(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("name", "outlet", "email")}
