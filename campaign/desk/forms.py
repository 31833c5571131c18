"""What organisers type. Forms clean shape alone; whether a decision is allowed is a rule of moderation."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from letters.core import typed
from letters.core.errors import RuleError
from letters.documents.models import Letter, PublishFrom
from letters.moderation import reasons, ruling
from letters.moderation.models import NOTE_MAX, URL_MAX
from letters.signatures.anonymous_lines import LABEL_MAX, Words
from letters.signatures.models import POSITION_MAX
from letters.verification.models import Axis
from letters.verification.providers import PROVIDERS
from letters.verification.providers.review import Checked

AXES = {"is_name": Axis.NAME, "is_position": Axis.POSITION, "is_affiliation": Axis.AFFILIATION}


def numbered(choices: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The same with a number before each, by which the keyboard chooses in a list that has the focus."""
    return [(code, format_lazy("{}. {}", number, text)) for number, (code, text) in enumerate(choices.items(), 1)]


class DecideForm(forms.Form):
    """The checklist of a review, and the words of a refusal."""

    evidence_url = forms.CharField(
        label=_("Public source"),
        help_text=_("The address of the page that you compared the line with. Readers will see it."),
        required=False,
        max_length=URL_MAX,
        widget=forms.URLInput(attrs={"inputmode": "url", "placeholder": "https://", "spellcheck": "false"}),
    )
    is_name = forms.BooleanField(label=_("The name agrees with the source"), required=False)
    is_position = forms.BooleanField(label=_("The position agrees with the source"), required=False)
    is_affiliation = forms.BooleanField(label=_("The affiliation agrees with the source"), required=False)
    is_public = forms.BooleanField(label=_("Anybody can open the source without an account"), required=False)
    is_not_own_profile = forms.BooleanField(label=_("Somebody else than the signatory writes it"), required=False)
    reason_code = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=[("", _("Choose a reason")), *numbered(reasons.REFUSALS)],
        error_messages={"invalid_choice": _("Choose one of the reasons of the list.")},
    )
    note = forms.CharField(
        label=_("What you found"),
        help_text=_("The signatory reads this with the reason. Write facts, and nothing about other people."),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    printed_position = forms.CharField(label=_("Position, as printed"), required=False, max_length=POSITION_MAX)
    printed_affiliation = forms.CharField(label=_("Affiliation, as printed"), required=False, max_length=LABEL_MAX)

    printed_line = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def keep_source(self) -> None:
        """Say of the source what holds where the name is withheld: readers do not get it."""
        self.fields["evidence_url"].help_text = _(
            "The address of the page that you compared the line with. It is kept with the evidence and not printed."
        )

    def words(self) -> Words | None:
        """What is printed of somebody whose name is withheld; None where the form did not ask for it."""
        if "printed_position" not in self.data:
            return None
        return Words(
            typed.clean(self.cleaned_data["printed_position"], most=POSITION_MAX),
            typed.clean(self.cleaned_data["printed_affiliation"], most=LABEL_MAX),
        )

    def checked(self) -> Checked | None:
        """The filled-in checklist; None where it was left empty."""
        data: dict[str, Any] = self.cleaned_data
        axes = frozenset(str(axis) for name, axis in AXES.items() if data[name])
        if not axes and not data["evidence_url"].strip():
            return None
        return Checked(data["evidence_url"], axes, data["is_public"], data["is_not_own_profile"])


def _method_choices() -> list[tuple[str, Any]]:
    """The methods of the site; those that are not configured say so."""
    found: list[tuple[str, Any]] = []
    for kind, provider in PROVIDERS.items():
        if kind not in settings.VERIFICATION_METHODS:
            continue
        label = provider.OFFER.label
        found.append(
            (kind, label if provider.is_ready() else _("%(name)s (not set up on this site)") % {"name": label})
        )
    return found


class RulesForm(forms.Form):
    """What a letter asks for and what it holds."""

    methods = forms.MultipleChoiceField(
        label=_("Checks that signatories may choose"),
        help_text=_("None ticked: all that this site has."),
        required=False,
        choices=_method_choices,
        widget=forms.CheckboxSelectMultiple,
    )
    publish_from = forms.ChoiceField(
        label=_("Lowest evidence that is printed at once"),
        help_text=_("Everything below waits, and is printed by itself as soon as the evidence is there."),
        choices=PublishFrom.choices,
    )
    watched_names = forms.CharField(
        label=_("Names that make news"),
        help_text=_(
            "One a line. Such a name is held, however it is spelled or disguised, until there is strong evidence and "
            "two reviewers agree. Nobody else sees this list."
        ),
        required=False,
        max_length=100_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    spike_per_hour = forms.IntegerField(
        label=_("Hold beyond so many signatures an hour"),
        help_text=_("0: five times what is usual for this letter, and never fewer than the site's own number."),
        min_value=0,
        max_value=1_000_000,
        error_messages={
            "required": _("Enter a whole number; 0 leaves it to the site."),
            "invalid": _("Enter a whole number; 0 leaves it to the site."),
        },
    )

    names_noindex = forms.BooleanField(
        label=_("Ask search engines to list no name"),
        help_text=_(
            "The list, each line and the files ask not to be indexed; the letter itself is still found. Search engines "
            "that know a name already take days to forget it, and copies elsewhere are out of reach."
        ),
        required=False,
    )

    offers_anonymous = forms.BooleanField(
        label=_("Let people sign without their name in print"),
        help_text=_(
            "Position and affiliation are printed, in a list of their own, and counted beside the others. You check "
            "each of these names against a public source before: every one is a case in your queue."
        ),
        required=False,
    )

    def clean_watched_names(self) -> list[str]:
        try:
            return ruling.clean_names(self.cleaned_data["watched_names"].splitlines())
        except RuleError as error:
            raise forms.ValidationError(error.message, code=error.code) from error

    base = forms.JSONField(widget=forms.HiddenInput, required=False)
    """The rules that stood when the form was opened, by which two people's changes are told apart."""

    def clean_base(self) -> ruling.Rules | None:
        sent = self.cleaned_data["base"]
        shape = {
            "methods": list,
            "publish_from": str,
            "watched_names": list,
            "spike_per_hour": int,
            "names_noindex": bool,
            "offers_anonymous": bool,
        }
        if not isinstance(sent, dict) or {name: type(value) for name, value in sent.items()} != shape:
            return None  # something that no page of ours sent
        return ruling.Rules(**sent)

    def rules(self) -> ruling.Rules:
        return ruling.Rules(**{name: value for name, value in self.cleaned_data.items() if name != "base"})

    @staticmethod
    def initial_of(letter: Letter) -> dict[str, Any]:
        rules = ruling.rules_of(letter)
        return {
            "methods": rules.methods,
            "publish_from": rules.publish_from,
            "watched_names": "\n".join(rules.watched_names),
            "spike_per_hour": rules.spike_per_hour,
            "names_noindex": rules.names_noindex,
            "offers_anonymous": rules.offers_anonymous,
            "base": asdict(rules),
        }
