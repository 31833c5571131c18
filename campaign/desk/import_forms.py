"""What organisers hand in to invite many: a file, and which of its columns is what."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from openpyxl.utils import get_column_letter

from campaign.desk.invite_forms import ROLES
from letters.moderation import tables
from letters.moderation.importing import PARTS
from letters.signatures import inviting

_LABELS = {
    "name": _("Column with the whole name"),
    "given": _("Column with the given name"),
    "family": _("Column with the family name"),
    "email": _("Column with the address"),
    "source": _("Column with the source of the address"),
}
NONE = ""


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=_("Table"),
        help_text=_("CSV or XLSX, up to 2 MB and 5,000 rows, with names and addresses."),
        error_messages={
            "required": _("Choose a file."),
            "missing": _("Choose a file."),
            "empty": _("This file is empty. Choose another one."),
        },
        allow_empty_file=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def clean_file(self) -> bytes:
        upload = self.cleaned_data["file"]
        if upload.size > tables.MOST_BYTES:
            text = _("The file is larger than 2 MB. Split the list and upload the parts one after the other.")
            raise forms.ValidationError(text, code="too-large")
        return bytes(upload.read())


class ColumnsForm(forms.Form):
    """Which column is what, what is offered, and where the addresses come from."""

    role = forms.ChoiceField(label=_("Place that is offered"), choices=ROLES, initial="signatory")
    source_text = forms.CharField(
        label=_("Where do you have the addresses from?"),
        help_text=_("Every invited person reads it; a column of the table can say it for each."),
        required=False,
        max_length=inviting.SOURCE_MAX,
    )

    def __init__(self, header: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = ((str(at), f"{get_column_letter(at + 1)}: {title}") for at, title in enumerate(header))
        choices = [(NONE, _("None")), *named]  # with its letter: two columns may be called the same, or nothing
        for part in PARTS:
            self.fields[part] = forms.ChoiceField(label=_LABELS[part], choices=choices, required=False)

    def columns(self) -> dict[str, int]:
        """{part: number of its column}."""
        data = self.cleaned_data
        return {part: int(data[part]) for part in PARTS if data[part] != NONE}
