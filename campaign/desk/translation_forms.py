"""A translation as organisers type it, part beside part."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaign.desk.words_forms import ADDRESSEE_MAX, BODY_MAX, DEMAND_MAX
from letters.documents import languages, translating
from letters.documents.models import Translation, TranslationStatus

ADDRESSEE_PARTS = {"name": _("name"), "office": _("office"), "organization": _("organisation")}


class AddForm(forms.Form):
    """Which language comes next."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=lambda: [("", _("Choose a language")), *languages.choices()],
        error_messages={"required": _("Choose a language."), "invalid_choice": _("Choose a language of the list.")},
    )


class TranslationForm(forms.Form):
    """One field for each part of the text, with as many addressees and demands as that has."""

    status = forms.ChoiceField(
        label=_("How far can readers rely on it?"),
        help_text=_("Reviewed: somebody other than the translator compared it with the text, sentence by sentence."),
        choices=TranslationStatus.choices,
    )
    translator = forms.CharField(
        label=_("Translated by"),
        help_text=_("Printed with the translation. Ask the person first; leave it empty otherwise."),
        max_length=translating.TRANSLATOR_MAX,
        required=False,
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    of = forms.RegexField(r"[0-9a-f]{64}", widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None, row: Translation, original: dict[str, Any], *, of: str) -> None:
        known = {"status": row.status, "translator": row.translator, "revision": row.revision, "of": of}
        super().__init__(data, initial=known)
        self.original = original
        for name, label, most in _single(original):
            self._add(name, label, getattr(row, name), most, row, is_long=name == "body")
        self._add_lists(row)

    def _add_lists(self, row: Translation) -> None:
        for place, who in enumerate(self.original["addressees"]):
            mine = row.addressees[place] if place < len(row.addressees) else {}
            for part in ADDRESSEE_PARTS:
                if who.get(part):
                    label = _("Addressee {number}, {part}").format(number=place + 1, part=ADDRESSEE_PARTS[part])
                    self._add(f"addressee-{place}-{part}", label, mine.get(part, ""), ADDRESSEE_MAX, row)
        for place in range(len(self.original["demands"])):
            mine_too = row.demands[place] if place < len(row.demands) else ""
            label = _("Demand {number}").format(number=place + 1)
            self._add(f"demand-{place}", label, mine_too, DEMAND_MAX, row, is_long=True)

    def _add(
        self, name: str, label: str | Promise, value: str, most: int, row: Translation, *, is_long: bool = False
    ) -> None:
        attributes = {"lang": row.language, "dir": row.direction, "spellcheck": "true"}
        rows = {"rows": 20 if name == "body" else 2}
        widget = forms.Textarea(attrs={**attributes, **rows}) if is_long else forms.TextInput(attrs=attributes)
        field = forms.CharField(label=str(label), required=False, max_length=most, widget=widget, strip=name != "body")
        self.fields[name] = field
        self.initial[name] = value

    def sides(self) -> list[dict[str, Any]]:
        """[{field, original, is_long}]: what stands beside each other."""
        found = []
        for name in self.fields:
            if name not in TranslationForm.base_fields:
                found.append({"field": self[name], "original": self._original_of(name), "is_body": name == "body"})
        return found

    def _original_of(self, name: str) -> str:
        kind, _dash, place = name.partition("-")
        if kind == "addressee":
            number, _dash, part = place.partition("-")
            return str(self.original["addressees"][int(number)].get(part, ""))
        return str(self.original["demands"][int(place)] if kind == "demand" else self.original[name])

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Say at each field what the rules have against it."""
        for part, sentence in problems.items():
            name = part.replace("addressees-", "addressee-", 1).replace("demands-", "demand-", 1)
            self.add_error(name if name in self.fields else None, sentence)

    def translated(self) -> translating.Translated:
        """What was typed; the form is valid."""
        typed = self.cleaned_data
        words: dict[str, Any] = {name: typed.get(name, "") for name in translating.PARTS}
        words["addressees"] = [
            {part: typed.get(f"addressee-{place}-{part}", "") for part in ADDRESSEE_PARTS}
            for place in range(len(self.original["addressees"]))
        ]
        words["demands"] = [typed.get(f"demand-{place}", "") for place in range(len(self.original["demands"]))]
        return translating.Translated(words=words, status=typed["status"], translator=typed["translator"])


def _single(original: dict[str, Any]) -> list[tuple[str, str | Promise, int]]:
    """(part, label, longest) of the parts that the text has and that are not lists; the title and the text always."""
    known = [
        ("title", _("Title"), translating.TITLE_MAX),
        ("subtitle", _("Subtitle"), translating.SUBTITLE_MAX),
        ("dateline_place", _("Place"), translating.PLACE_MAX),
        ("salutation", _("Salutation"), translating.LINE_MAX),
        ("body", _("Text"), BODY_MAX),
        ("closing", _("Closing"), translating.LINE_MAX),
    ]
    return [part for part in known if original.get(part[0]) or part[0] in ("title", "body")]
