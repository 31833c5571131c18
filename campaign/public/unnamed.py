"""The part of one's own page that is about the line without a name: asking for it, its words, deleting the name."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from campaign.public.forms import CONSENTS, sha256_of
from campaign.public.line_forms import TYPED_SLACK, refused
from campaign.public.lines import unnamed_line_of
from letters.core import typed
from letters.core.errors import RuleError
from letters.signatures import anonymising, managing, signing
from letters.signatures.anonymous_lines import LABEL_MAX, Words
from letters.signatures.models import POSITION_MAX, AnonymousLine, Signature
from letters.verification.providers import accepts, review


class UnnamedForm(forms.Form):
    """The words that shall be printed instead of a name, and the consent to it."""

    unnamed_position = forms.CharField(
        label=gettext_lazy("Position, as printed"), required=False, max_length=TYPED_SLACK
    )
    unnamed_affiliation = forms.CharField(
        label=gettext_lazy("Affiliation, as printed"),
        help_text=gettext_lazy("You may say less than you know: “a university in the Netherlands”."),
        required=False,
        max_length=TYPED_SLACK,
    )
    consent_unnamed = forms.BooleanField(
        label=anonymising.CONSENT,
        error_messages={"required": gettext_lazy("Tick this consent: without it nothing can be printed.")},
    )

    def clean_unnamed_position(self) -> str:
        return self._line("unnamed_position", POSITION_MAX)

    def clean_unnamed_affiliation(self) -> str:
        return self._line("unnamed_affiliation", LABEL_MAX)

    def _line(self, name: str, most: int) -> str:
        try:
            return typed.clean(self.cleaned_data[name], most=most)
        except RuleError as error:
            raise refused(error) from error

    def words(self) -> Words:
        return Words(self.cleaned_data["unnamed_position"], self.cleaned_data["unnamed_affiliation"])


def form_for(signature: Signature, data: QueryDict | None = None) -> UnnamedForm:
    """Filled with what stands, else with the words of the line itself."""
    if data is not None:
        return UnnamedForm(data)
    line = AnonymousLine.objects.of(signature)
    words = line.words if line is not None else signing.words_of(signature)
    return UnnamedForm(initial={"unnamed_position": words.position, "unnamed_affiliation": words.affiliation})


def apply(signature: Signature, form: UnnamedForm) -> None:
    """Store a valid form."""
    anonymising.ask(signature.public_id, form.words(), consent_text_sha256=anonymising.consent_sha256())


def show_name(signature: Signature, *, agreed: bool, also: Collection[int] = ()) -> None:
    """Print the line with its name, under this version and those of ``also``. Whoever withholds the name agrees to that
    anew, by its own words.

    Raises:
        RuleError: the consent is missing, or the name was deleted.
    """
    sha256 = sha256_of([CONSENTS["consent_publish"]], ()) if agreed else ""
    managing.hide(signature.public_id, hidden=False, consent_text_sha256=sha256, also=also)


def _source_token(signature: Signature, line: AnonymousLine | None) -> str:
    """The way to name a public source, while the check is to come and the letter takes one."""
    if line is None or line.checked_at is not None or not accepts(signature.letter, review.KIND):
        return ""
    return managing.token_for(signature)


def context_of(signature: Signature, form: UnnamedForm | None = None) -> dict[str, Any]:
    """What the page shows of it; ``unnamed`` is the line as printed, ``None`` where nobody asked for one."""
    line = AnonymousLine.objects.of(signature) if signature.is_confirmed else None
    is_offered = signature.is_confirmed and anonymising.is_offered(signature.letter, signature)
    is_nameless = line is not None and line.name_deleted_at is not None
    return {
        "unnamed": unnamed_line_of(line) if line is not None else None,
        "unnamed_printed": line is not None and line.checked_at is not None and not signature.held_reason,
        "unnamed_offered": is_offered and not is_nameless,
        "unnamed_form": form or form_for(signature),
        "unnamed_source_token": _source_token(signature, line),
        "nameless": is_nameless or anonymising.is_nameless(signature),
        "needs_consent": signature.is_confirmed and anonymising.needs_consent(signature),
        "consent_to_name": CONSENTS["consent_publish"],
    }
