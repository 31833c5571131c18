"""The rules of one letter, saved with who and when."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
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
                changed = ruling.save(letter, form.rules(), by=access.actor(request))
            except RuleError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Saved.") if changed else _("Nothing was different."))
                return HttpResponseRedirect(reverse("desk:rules", args=[letter.slug]), status=303)
        status = 422
    context = {"form": form, "threshold": pace.threshold_for(letter)}
    return pages.show(request, "desk/rules.html", letter, "rules", context, status=status)
