"""What organisers type to decide about many at once. What may be decided so is a rule (letters/moderation)."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from campaign.desk.forms import numbered
from letters.accounts.permissions import Permission
from letters.documents.models import Letter
from letters.moderation import reasons, selecting
from letters.moderation.models import NOTE_MAX, BulkWhat, Reason
from letters.moderation.selecting import Conditions

LEVELS = [
    ("", _("Any")),
    ("email", _("Nothing but a confirmed address")),
    ("below", _("No confirmed affiliation, no invitation, no review")),
]
_REFUSABLE = sorted(selecting.REASONS[BulkWhat.REFUSE], key=list(Reason.values).index)


def _time(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class ConditionsForm(forms.Form):
    """All that is filled in must fit."""

    what = forms.ChoiceField(label=_("What to do"), choices=BulkWhat.choices)
    reason = forms.ChoiceField(
        label=_("Waits because of"),
        required=False,
        choices=[("", _("Any")), *((code, Reason(code).label) for code in _REFUSABLE)],
    )
    since = _time(_("Confirmed from (UTC)"))
    until = _time(_("Confirmed before (UTC)"))
    domain = forms.CharField(
        label=_("Mail domain"),
        help_text=_("What stands after the @, such as example.org. Addresses are compared and not shown."),
        required=False,
        max_length=253,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    network = forms.RegexField(
        r"^[0-9a-f]{32}$",
        label=_("Network"),
        help_text=_("The code that the page “Pace” shows."),
        required=False,
        error_messages={"invalid": _("Copy the code from the page “Pace”: 32 digits and letters a to f.")},
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=_("Name contains"), required=False, max_length=100)
    level = forms.ChoiceField(label=_("Evidence"), required=False, choices=LEVELS)

    def clean_domain(self) -> str:
        return str(self.cleaned_data["domain"]).strip().lstrip("@").lower()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since >= until:
            self.add_error("until", _("This is not after the time from which. Turn the two around."))
        return data

    def conditions(self) -> Conditions:
        return Conditions(**{name: value for name, value in self.cleaned_data.items() if name != "what" and value})


class WhyForm(forms.Form):
    """The reason that every signatory reads."""

    reason_code = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=[("", _("Choose a reason")), *numbered(reasons.REFUSALS)],
        error_messages={"invalid_choice": _("Choose one of the reasons of the list.")},
    )
    note = forms.CharField(
        label=_("What you found"),
        help_text=_("Every signatory reads this with the reason. Write facts, and nothing about other people."),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def prefilled(letter: Letter, **conditions: str) -> str:
    """The address of the form with these conditions filled in; empty for whoever may not decide so."""
    if Permission.DECIDE_IN_BULK not in getattr(letter, "permissions", ()):
        return ""
    return f"{reverse('desk:bulk', args=[letter.slug])}?{urlencode(conditions)}"


def release_url(letter: Letter) -> str:
    """Where a held wave is let go."""
    return prefilled(letter, what=BulkWhat.ACCEPT, reason=Reason.SPIKE)


def in_words(stored: dict[str, str]) -> list[tuple[Any, Any]]:
    """(label, value) of the conditions of a decision."""
    conditions, labels = Conditions.of_json(stored), ConditionsForm.base_fields
    shown: dict[str, Any] = {
        "reason": Reason(conditions.reason).label if conditions.reason else "",
        "since": conditions.since,
        "until": conditions.until,
        "domain": conditions.domain,
        "network": conditions.network,
        "name": conditions.name,
        "level": dict(LEVELS).get(conditions.level, "") if conditions.level else "",
    }
    return [(labels[name].label, value) for name, value in shown.items() if value]
