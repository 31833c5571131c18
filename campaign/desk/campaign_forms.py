"""What organisers type about their campaign. Forms clean shape alone; what may be printed or sent is a rule."""

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from letters.core import typed
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.outreach import addressees, delivering, timeline, updates, wording
from letters.outreach.enums import (
    BODY_MAX,
    BY_HAND,
    NOTE_MAX,
    QUOTE_MAX,
    SOURCE_MAX,
    SUBJECT_MAX,
    SUMMARY_MAX,
    TEXT_MAX,
    TITLE_MAX,
    URL_MAX,
)  # fmt: skip
from letters.outreach.models import Channel, Event, EventKind, Package, Stance, Update

RECEIPT_MAX_BYTES = 5_000_000


class LineField(forms.CharField):
    """One line, cleaned as everything that people type."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(max_length=most * 4, strip=False, **options)

    def clean(self, value: Any) -> str:
        text = _refusing(lambda text: typed.clean(text, most=self.most), super().clean(value))
        if self.required and not text:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return text


class BlockField(forms.CharField):
    """Several lines of Markdown."""

    def __init__(self, *, most: int, rows: int, **options: Any) -> None:
        self.most = most
        super().__init__(strip=False, widget=forms.Textarea(attrs={"rows": rows}), **options)

    def clean(self, value: Any) -> str:
        text = _refusing(lambda text: wording.block(text, most=self.most), super().clean(value))
        if self.required and not text:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return text


class LinkField(forms.CharField):
    """An address on the web."""

    widget = forms.URLInput(attrs={"inputmode": "url", "placeholder": "https://", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        text = _refusing(lambda text: typed.clean(text, most=URL_MAX), super().clean(value))
        if text and not _is_web_address(text):
            raise forms.ValidationError(_("Give the whole address of the page, beginning with https:// or http://."))
        return text


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and " " not in text


def _refusing(clean: Callable[[str], str], value: str) -> str:
    try:
        return clean(value)
    except RuleError as error:
        raise forms.ValidationError(error.message, code=error.code) from error


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        required = _("Give the day.")
        invalid = _("Give the day as year, month and day, such as 2026-11-24.")
        options.setdefault("error_messages", {"required": required, "invalid": invalid})
        super().__init__(
            input_formats=["%Y-%m-%d"], widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options
        )


class EventForm(forms.Form):
    """An entry of the timeline."""

    kind = forms.ChoiceField(
        label=_("What happened"),
        choices=[(kind, EventKind(kind).label) for kind in BY_HAND],
        error_messages={"invalid_choice": _("Choose one of the list.")},
    )
    happened_on = DayField(label=_("Day"), help_text=_("On which it happened, not on which you heard of it."))
    addressee = forms.ChoiceField(
        label=_("Addressee"), required=False, help_text=_("Who answered or whom you met; needed for a response.")
    )
    stance = forms.ChoiceField(
        label=_("Outcome of a response"), required=False,
        choices=[("", _("No response")), *[(s, s.label) for s in Stance if s]],
    )  # fmt: skip
    title = LineField(
        most=TITLE_MAX, label=_("In a few words"), required=False,
        help_text=_("Such as: the minister's office received us. A response may go without."),
    )  # fmt: skip
    summary = LineField(
        most=SUMMARY_MAX, label=_("In one line"), required=False,
        help_text=_("At most 200 characters; needed for a response. Say what they said, not what you think of it."),
    )  # fmt: skip
    quote = LineField(most=QUOTE_MAX, label=_("Quotation"), required=False, help_text=_("Word for word."))
    text = BlockField(
        most=TEXT_MAX, rows=6, label=_("Whole text"), required=False, help_text=_("Markdown; of a response, all of it.")
    )
    url = LinkField(label=_("Link to the source"), required=False)
    source = LineField(
        most=SOURCE_MAX, label=_("Name of the source"), required=False, help_text=_("Such as: Ministry of Trade")
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, letter: Letter, event: Event | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        labels = addressees.labels_of(letter)
        if event and event.addressee and event.addressee not in labels:
            labels.append(event.addressee)
        field = self.fields["addressee"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type
        field.choices = [("", _("Nobody of them")), *[(label, label) for label in labels]]
        if event and event.is_automatic:
            for name in ("kind", "happened_on", "addressee", "stance"):
                self.fields[name].required = False
                self.fields[name].disabled = True

    def entry(self) -> timeline.Entry:
        return timeline.Entry(**{name: value for name, value in self.cleaned_data.items() if name != "seen"})

    @staticmethod
    def initial_of(event: Event) -> dict[str, Any]:
        names = ("kind", "happened_on", "addressee", "stance", "title", "summary", "quote", "text", "url", "source")
        return {name: getattr(event, name) for name in names} | {"seen": timeline.mark_of(event)}


class UpdateForm(forms.Form):
    """A mail to signatories."""

    subject = LineField(
        most=SUBJECT_MAX, label=_("Subject"), error_messages={"required": _("Give the mail a subject.")}
    )
    body = BlockField(
        most=BODY_MAX,
        rows=14,
        label=_("What you write"),
        help_text=_("Markdown: **bold**, [words](https://…), lists with “-”. Greeting and farewell links are added."),
        error_messages={"required": _("Write the mail first.")},
    )
    is_on_timeline = forms.BooleanField(
        label=_("Print it on the public timeline as well, as a statement of yours"), required=False
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def words(self) -> updates.Words:
        data = self.cleaned_data
        return updates.Words(data["subject"], data["body"], data["is_on_timeline"])

    @staticmethod
    def initial_of(update: Update) -> dict[str, Any]:
        return {name: getattr(update, name) for name in ("subject", "body", "is_on_timeline", "revision")}


class DeliveryForm(forms.Form):
    """The letter was handed to somebody."""

    addressee = forms.ChoiceField(
        label=_("Addressee"), error_messages={"required": _("Choose the addressee."),
                                              "invalid_choice": _("Choose one of the addressees.")},
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=_("How"),
        choices=Channel.choices,
        error_messages={"invalid_choice": _("Choose one of the list.")},
    )
    delivered_on = DayField(label=_("Day"))
    package = forms.ChoiceField(
        label=_("What was handed over"),
        required=False,
        help_text=_("Its hash and numbers go on the timeline."),
        error_messages={"invalid_choice": _("Choose one of the packages.")},
    )
    note = LineField(most=NOTE_MAX, label=_("Note for readers"), required=False)

    def __init__(self, *args: Any, letter: Letter, packages: list[Package], **options: Any) -> None:
        super().__init__(*args, **options)
        self.packages = {str(package.public_id): package for package in packages}
        who, what = self.fields["addressee"], self.fields["package"]
        assert isinstance(who, forms.ChoiceField)  # noqa: S101 - tells the type
        assert isinstance(what, forms.ChoiceField)  # noqa: S101 - the same
        who.choices = [(label, label) for label in addressees.labels_of(letter)]
        named = [(key, package_label(package)) for key, package in self.packages.items()]
        what.choices = [("", _("Something else, without a package")), *named]

    def handed(self) -> delivering.Handed:
        data = self.cleaned_data
        return delivering.Handed(
            data["addressee"], data["channel"], data["delivered_on"], self.packages.get(data["package"]), data["note"]
        )


def package_label(package: Package) -> str:
    kind = _("supplement {number}").format(number=package.supplement) if package.supplement else _("whole list")
    return _("Package {number}: {kind}, {persons} people, {day}").format(
        number=package.number, kind=kind, persons=f"{package.persons:,}", day=f"{package.as_of:%Y-%m-%d %H:%M} UTC"
    )


class ReceiptForm(forms.Form):
    """What proves a delivery."""

    note = LineField(
        most=NOTE_MAX, label=_("What proves it"), required=False,
        help_text=_("Such as: stamped copy in our folder; tracking number. Only organisers see it."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("File of the receipt"),
        required=False,
        help_text=_("At most 5 MB. Only its SHA-256 is kept: keep the file yourselves."),
    )

    def clean_file(self) -> str:
        """The SHA-256 of the file; empty without one."""
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if file.size > RECEIPT_MAX_BYTES:
            raise forms.ValidationError(_("Choose a file of at most 5 MB."), code="too-large")
        return hashlib.sha256(file.read()).hexdigest()
