"""What organisers type about their teams. Who may be invited is a rule (letters/accounts/teams.py)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from letters.accounts import teams
from letters.accounts.models import Team, TeamRole
from letters.core import addresses, typed
from letters.core.errors import RuleError
from letters.documents import teaming


class TeamForm(forms.Form):
    """The name of a team."""

    name = forms.CharField(
        label=_("Name of the team"),
        help_text=_("For example the association or the group of friends that writes. Members and teams that work "
                    "with you see it."),
        error_messages={"required": _("Enter a name for the team.")},
        strip=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip

    def clean_name(self) -> str:
        try:
            return teams.clean_name(self.cleaned_data["name"])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error


class MemberForm(forms.Form):
    """Whom to ask into a team, and as what."""

    email = forms.CharField(
        label=_("E-mail address"),
        help_text=_("The invitation is for this address alone, and works for fourteen days."),
        error_messages={"required": _("Enter the person's address.")},
        strip=False,
        max_length=1000,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=TeamRole.choices, initial=TeamRole.EDITOR)

    def clean_email(self) -> str:
        try:
            return addresses.parse(self.cleaned_data["email"])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error


class HandOverForm(forms.Form):
    """Which other team is meant; teams are in no public list."""

    team = forms.CharField(
        label=_("Address of the other team's page"),
        help_text=_("The other team copies it from its own page at the desk and sends it to you."),
        error_messages={"required": _("Paste the address of the other team's page.")},
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_team(self) -> Team:
        try:
            return teaming.team_named(self.cleaned_data["team"])
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error


class OfferForm(HandOverForm):
    """On what terms another team would stand behind the letter."""

    may_work = forms.BooleanField(
        label=_("Its members work on the letter, each by their role"),
        help_text=_("Not ticked: they read at the desk, and nothing else."),
        required=False,
    )
    may_export = forms.BooleanField(
        label=_("It may download the addresses of those who tick its own line of consent"), required=False
    )
    line = forms.CharField(
        label=_("Its line of consent"),
        help_text=_("Asked on the form as a box of its own, for example: Friends of the Library may write to me about "
                    "this letter. Empty: nothing is asked for this team. A consent holds for these very words: when "
                    "you change the line of a team, all consents to the line of before are deleted."),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def clean_line(self) -> str:
        try:
            return typed.clean(self.cleaned_data["line"], most=teaming.LINE_MAX)
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error

    def terms(self) -> teaming.Terms:
        return teaming.Terms(**{name: self.cleaned_data[name] for name in ("may_work", "may_export", "line")})
