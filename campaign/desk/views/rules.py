"""The rules of one letter, saved with who and when."""

import json
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from campaign.desk.forms import RulesForm
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.moderation import pace, ruling


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter(Permission.PUBLISH)
def rules(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    form, status = RulesForm(initial=RulesForm.initial_of(letter)), 200
    if request.method == "POST":
        form = RulesForm(request.POST)
        if form.is_valid():
            try:
                return _saved(request, letter, form)
            except ruling.ChangedMeanwhile as error:
                form = _clash(request, form, error)
                return _show(request, letter, form, status=409)
            except RuleError as error:
                form.add_error(None, error.message)
        status = 422
    return _show(request, letter, form, status=status)


def _saved(request: HttpRequest, letter: Letter, form: RulesForm) -> HttpResponse:
    rules = form.rules()
    changed = ruling.save(letter, rules, by=access.actor(request), base=form.cleaned_data["base"])
    messages.success(request, _("Saved.") if changed else _("Nothing was different."))
    if ruling.rules_of(letter) != rules:
        messages.success(request, _("Somebody else changed other rules meanwhile. Both changes are kept."))
    return HttpResponseRedirect(reverse("desk:rules", args=[letter.slug]), status=303)


def _clash(request: HttpRequest, form: RulesForm, error: ruling.ChangedMeanwhile) -> RulesForm:
    """Mine in the fields, what stands said at each that both changed; saving again keeps mine there, and what they
    changed elsewhere."""
    data, seen = request.POST.copy(), {name: getattr(error.now, name) for name in error.parts}
    data["base"] = json.dumps({**asdict(form.cleaned_data["base"]), **seen})
    again = RulesForm(data)
    again.is_valid()
    again.add_error(None, error.message)
    for name in error.parts:
        again.add_error(name, _("Now it is: {value}").format(value=_in_words(again, name, getattr(error.now, name))))
    return again


def _in_words(form: RulesForm, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("ticked") if value else _("not ticked")
    choices = dict(getattr(form.fields[name], "choices", None) or {})
    return str(choices.get(value, value))


def _show(request: HttpRequest, letter: Letter, form: RulesForm, *, status: int) -> HttpResponse:
    context = {"form": form, "threshold": pace.threshold_for(letter)}
    return pages.show(request, "desk/rules.html", letter, "rules", context, status=status)
