"""Days and hours of a letter's life, typed in the letter's own time zone."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from campaign.selects import LongSelect
from letters.core import moments
from letters.core.errors import RuleError


class HourForm(forms.Form):
    """One moment with its zone; ``hour()`` is it in UTC once the form is valid."""

    moment = forms.CharField(
        label=_("Day and hour"),
        max_length=25,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "field__input"}),
    )
    zone = forms.ChoiceField(label=_("Time zone"), widget=LongSelect(attrs={"class": "field__input"}))

    def __init__(self, *args: object, required: bool = True, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["zone"].choices = [(name, name.replace("_", " ")) for name in moments.zone_names()]  # type: ignore[attr-defined]
        self.fields["moment"].required = required

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("moment") and cleaned.get("zone"):
            try:
                cleaned["hour"] = moments.read(cleaned["moment"], cleaned["zone"])
            except RuleError as error:
                self.add_error("moment", error.message)
        return cleaned

    def hour(self) -> datetime | None:
        """The moment in UTC; None when the field was left empty."""
        return self.cleaned_data.get("hour")
