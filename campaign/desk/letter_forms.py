"""What organisers type when they write a letter. Forms clean shape alone; measures and merging are rules."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaign.desk.rows import Column, Kind
from campaign.selects import LongSelect
from letters.accounts import permissions
from letters.accounts.models import User
from letters.accounts.permissions import Permission
from letters.core import moments
from letters.documents import languages
from letters.documents.enums import Ordering
from letters.documents.models import Letter

ADDRESSEES = Kind(
    "addressees",
    _("To whom"),
    _("Addressee"),
    _("Add an addressee"),
    (
        Column("name", _("Name"), hint=_("Jo Doe")),
        Column("office", _("Office"), hint=_("Minister of Trade")),
        Column("organization", _("Organisation"), hint=_("Ministry of Trade")),
    ),
    help=_("A name, an office or an organisation is enough. Fill in what you know."),
)
DEMANDS = Kind(
    "demands",
    _("What you ask"),
    _("Demand"),
    _("Add a demand"),
    (Column("text", _("Demand"), is_area=True, hint=_("Lift the restriction on security research by June.")),),
    help=_("One sentence each, as something that somebody can do. They are printed as a numbered list."),
)
ORGANISERS = Kind(
    "organisers",
    _("Who is behind the letter"),
    _("Organiser"),
    _("Add an organiser"),
    (
        Column("name", _("Name"), help=_("A person or an organisation.")),
        Column("role", _("Role"), help=_("Such as: wrote the text, runs the site.")),
        Column("funding", _("Who pays"), help=_("“Nobody pays” is an answer.")),
        Column(
            "interests",
            _("Conflicts of interest"),
            help=_("Jobs, mandates or money that touch the demands; “none” is an answer."),
        ),
    ),
    help=_("Readers and the press see this below the letter. Without it the letter is not launched."),
)  # fmt: skip
FAQ = Kind(
    "faq",
    _("Questions and answers"),
    _("Question"),
    _("Add a question"),
    (
        Column("question", _("Question"), hint=_("Who may sign?")),
        Column("answer", _("Answer"), is_area=True, help=_("**bold**, links and lists work as in the text.")),
    ),
    help=_("Printed below the letter; it is no part of what is signed."),
)
INITIATORS = Kind(
    "initiators",
    _("People who will sign first"),
    _("Initiator"),
    _("Add an initiator"),
    (Column("name", _("Name")), Column("position", _("Position")), Column("affiliation", _("Affiliation"))),
    help=_(
        "Printed as “announced, not signed yet” until the first of them has signed, or the letter has closed. Only "
        "people who agreed to it."
    ),
)


OWNS = _("It owns the letter; its members work on it by their roles.")


class NewLetterForm(forms.Form):
    """A title, and whose letter it is."""

    title = forms.CharField(
        label=_("Title"),
        help_text=_("You can change it until the launch."),
        strip=False,
        max_length=2_000,
        error_messages={"required": _("Enter the title; you can change it until the launch.")},
    )
    team = forms.ChoiceField(label=_("Team"), help_text=OWNS)
    team_name = forms.CharField(
        label=_("Your team"),
        help_text=_(
            "Letters belong to a team, also when it is you alone: a group, an association, or your name. It is not "
            "printed on the letter."
        ),
        strip=False,
        max_length=2_000,
        error_messages={"required": _("Name the team that the letter belongs to; your own name will do.")},
    )
    language = forms.ChoiceField(label=_("Language of the text"), choices=languages.choices, initial="en")
    slug = forms.CharField(
        label=_("Web address"),
        help_text=_("The last part of it, such as lift-the-restriction. Left empty, it is made from the title."),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = list(permissions.teams_of(user, Permission.EDIT_TEXT).order_by("name", "pk")[:200])
        if len(self.teams) > 1:
            choices = [(str(one.public_id), one.name) for one in self.teams]
            self.fields["team"] = forms.ChoiceField(label=_("Team"), help_text=OWNS, choices=choices)
        else:
            del self.fields["team"]
        if self.teams:
            del self.fields["team_name"]


def _line(label: Any, help_text: Any = "", hint: Any = "", **attributes: str) -> forms.CharField:
    widget = forms.TextInput(attrs={**({"placeholder": hint} if hint else {}), **attributes})
    return forms.CharField(label=label, help_text=help_text, required=False, strip=False, widget=widget)


class TextForm(forms.Form):
    """The single parts of the text; addressees and demands are rows beside it."""

    title = _line(_("Title"))
    subtitle = _line(_("Subtitle"), _("One line that says who writes, or what it is about."))
    dateline_place = _line(_("Place"), hint=_("The Hague"))
    dateline_on = forms.DateField(
        label=_("Date on the letter"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a day, such as 2026-12-01.")},
    )
    salutation = _line(_("Salutation"), hint=_("Such as: Dear Minister,"))
    body = forms.CharField(
        label=_("Text"),
        help_text=_(
            "Say what is wrong, why you know it, and what follows from it. An empty line begins a new paragraph."
        ),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16}),
    )
    closing = _line(_("Closing"), hint=_("Such as: Yours sincerely"))
    based_on = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def clean_based_on(self) -> int:
        return self.cleaned_data["based_on"] or 0

    def parts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "based_on"}


class BesideForm(forms.Form):
    """What stands beside the text, without its lists."""

    contact = _line(
        _("Contact"),
        _("An e-mail address, a web address or a telephone number for readers and the press. It is printed."),
    )
    summary = forms.CharField(
        label=_("Summary"),
        help_text=_("One or two sentences for search engines and shared links, at most 280 characters."),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    eligibility = _line(
        _("Who may sign"), _("In words, such as: anybody who works in security research. Empty: everybody.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Dates of this letter are typed and shown in it."),
        choices=lambda: [(name, name) for name in moments.zone_names()],
        widget=LongSelect,
    )
    ordering = forms.ChoiceField(label=_("Order of the names"), choices=Ordering.choices)
    language = forms.ChoiceField(
        label=_("Language of the text"), choices=languages.choices, help_text=_("Fixed with the launch.")
    )
    base = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, letter: Letter, **kwargs: Any) -> None:
        """A language that a file gave can be kept, also when the list does not know it."""
        super().__init__(*args, **kwargs)
        known = languages.choices()
        if letter.language not in dict(known):
            choices = [(letter.language, languages.own_name(letter.language)), *known]
            self.fields["language"] = forms.ChoiceField(
                label=_("Language of the text"), choices=choices, help_text=_("Fixed with the launch.")
            )

    def parts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in ("base", "revision")}


def initial_of(words: Mapping[str, Any]) -> dict[str, Any]:
    """What a text form begins with."""
    return {name: words.get(name) or "" for name in TextForm.base_fields if name != "based_on"}
