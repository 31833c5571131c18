"""What journalists type: a question to a signatory."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.public.line_forms import TYPED_SLACK, refused
from letters.core import addresses
from letters.core.errors import RuleError
from letters.press import relaying

LATEST = timedelta(days=90)


class QuestionForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=TYPED_SLACK,
        error_messages={"required": _("Enter your name; the signatory reads who asks.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    outlet = forms.CharField(
        label=_("Outlet"),
        help_text=_("For whom you write; “freelance” is an answer, too."),
        max_length=TYPED_SLACK,
        error_messages={"required": _("Enter for whom you write.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    email = forms.CharField(
        label=_("Your e-mail address"),
        help_text=_("You get one mail to confirm it. The signatory reads it, to answer you."),
        max_length=TYPED_SLACK,
        strip=False,
        error_messages={"required": _("Enter your e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    text = forms.CharField(
        label=_("Your question"),
        help_text=_("At most 1500 characters, without web addresses."),
        max_length=TYPED_SLACK,
        error_messages={"required": _("Write your question.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    deadline = forms.DateField(
        label=_("An answer is of use until"),
        required=False,
        error_messages={"invalid": _("Enter the day as year-month-day, such as 2026-12-24.")},
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_name(self) -> str:
        return self._typed("name", relaying.NAME_MAX)

    def clean_outlet(self) -> str:
        return self._typed("outlet", relaying.NAME_MAX)

    def clean_text(self) -> str:
        return self._typed("text", relaying.TEXT_MAX)

    def clean_email(self) -> str:
        try:
            return addresses.parse(self.cleaned_data["email"])
        except RuleError as error:
            raise refused(error) from error

    def clean_deadline(self) -> Any:
        day, today = self.cleaned_data["deadline"], timezone.now().date()
        if day is not None and not today <= day <= today + LATEST:
            raise forms.ValidationError(_("Choose today or a day within three months."), code="deadline")
        return day

    def _typed(self, name: str, most: int) -> str:
        try:
            return relaying.clean(self.cleaned_data[name], most=most)
        except RuleError as error:
            raise refused(error) from error

    def asked(self) -> relaying.Asked:
        return relaying.Asked(**self.cleaned_data)
