"""The forms of the checks, made of what each method asks; they clean shape alone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from letters.verification.providers.base import Ask, Attachment

_SLACK = 4000  # longer input is refused by a sentence, not cut by the browser
_REQUIRED = {
    "email": _("Enter your work e-mail address."),
    "url": _("Enter a web address that begins with https://."),
    "file": _("Choose a file."),
    "choice": _("Choose one of the list."),
    "text": _("Fill in this field."),
    "checkbox": _("Tick this box to go on."),
}


def form_for(asks: tuple[Ask, ...], data: Any = None, files: Any = None, initial: Any = None) -> forms.Form:
    """A form with one field for each Ask, in their order."""
    form = forms.Form(data, files, initial=initial)
    for ask in asks:
        form.fields[ask.name] = _field(ask)
    return form


def _field(ask: Ask) -> forms.Field:
    shared: dict[str, Any] = {
        "label": ask.label,
        "help_text": ask.help,
        "required": ask.required,
        "error_messages": {"required": _REQUIRED[ask.kind]},
    }
    if ask.kind == "checkbox":
        return forms.BooleanField(**shared)
    if ask.kind == "file":
        return forms.FileField(**shared, max_length=255, allow_empty_file=False)
    if ask.kind == "choice":
        return forms.ChoiceField(**shared, choices=ask.choices or [])
    widgets: dict[str, forms.Widget] = {
        "email": forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        "url": forms.URLInput(attrs={"inputmode": "url", "placeholder": "https://", "spellcheck": "false"}),
        "text": forms.TextInput(),
    }
    return _Line(ask.most, **shared, max_length=_SLACK, widget=widgets[ask.kind])


class _Line(forms.CharField):
    """One line with a limit that says itself."""

    def __init__(self, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).strip()
        if len(text) > self.most:
            raise forms.ValidationError(
                _("Use at most {most} characters; this has {count}.").format(most=self.most, count=len(text))
            )
        return text


def given_in(form: forms.Form) -> dict[str, Any]:
    """The cleaned answers, files read."""
    answers = {}
    for name, value in form.cleaned_data.items():
        answers[name] = Attachment(value.name, value.read()) if hasattr(value, "read") else value
    return answers
