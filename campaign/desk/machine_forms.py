"""What organisers type to let programs of their own read, and to have them told."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaign.desk.press_forms import label_of
from letters.press.contacts import ContactList
from letters.press.enums import PURPOSE_MAX, Purpose
from letters.syndication.enums import NAME_MAX, Happening, Scope
from letters.syndication.granting import Wanted
from letters.syndication.models import Webhook

_TYPED_SLACK = 20_000
DAYS = ((7, _("a week")), (30, _("30 days")), (90, _("90 days")), (365, _("a year")))


class TokenForm(forms.Form):
    """One program, what it may do, and how long."""

    name = forms.CharField(
        label=_("Which program will have it"),
        help_text=_("Such as “Numbers on our own site”. One token for each, so that each can be revoked by itself."),
        max_length=_TYPED_SLACK,
        widget=forms.TextInput(attrs={"maxlength": NAME_MAX, "autocomplete": "off"}),
        error_messages={"required": _("Name the program that will have it.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do, with this letter alone"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what it may do.")},
    )
    days = forms.TypedChoiceField(label=_("How long"), choices=DAYS, coerce=int, initial=90)
    contact_list = forms.ChoiceField(label=_("Which list of addresses"), required=False)
    purpose = forms.ChoiceField(
        label=_("What the addresses are for"),
        choices=[("", _("No addresses")), *Purpose.choices],
        required=False,
    )
    reason = forms.CharField(
        label=_("The same in your own words"),
        help_text=_("Stands in the log with every download. Name no signatory."),
        required=False,
        max_length=_TYPED_SLACK,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": PURPOSE_MAX}),
    )

    def __init__(self, lists: list[ContactList], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact_list"].choices = [  # type: ignore[attr-defined]
            ("", _("No addresses")), *((found.key, label_of(found)) for found in lists),
        ]  # fmt: skip

    def wanted(self) -> Wanted:
        return Wanted(**self.cleaned_data)


class WebhookForm(forms.Form):
    """Where news go, and which."""

    url = forms.CharField(
        label=_("Address of your receiver"),
        help_text=_("Public, beginning with https://. It is stored sealed, and shown to nobody again."),
        max_length=_TYPED_SLACK,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Give the address of your receiver.")},
    )
    events = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=Happening.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what it is told.")},
    )

    def __init__(self, *args: Any, webhook: Webhook | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if webhook is not None:
            self.fields["url"].required = False
            self.fields["url"].help_text = _("Leave it empty to keep the one that is stored.")
            self.initial = {"events": webhook.events, **self.initial}
