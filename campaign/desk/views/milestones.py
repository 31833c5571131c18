"""Milestones: what the count reached, and what an organiser announces of it."""

import re

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.outreach import milestones as rules
from letters.outreach.models import Milestone, MilestoneState
from letters.signatures import counting


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter()
def milestones(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    notice, status = "", 200
    if request.method == "POST":
        if Permission.PUBLISH not in letter.permissions:  # type: ignore[attr-defined] # set by with_letter
            raise Http404
        try:
            _decide(request, letter)
        except RuleError as error:
            notice, status = error.message, 409
        else:
            return HttpResponseRedirect(reverse("desk:milestones", args=[letter.slug]), status=303)
    persons = rules.persons_of(counting.tally_for(letter.version)) if letter.version else 0
    rows = list(Milestone.objects.filter(letter=letter).select_related("update").order_by("-number"))
    context = {
        "waiting": [row for row in rows if row.state == MilestoneState.DRAFT],
        "decided": [row for row in rows if row.state != MilestoneState.DRAFT],
        "persons": persons,
        "next_milestone": rules.next_after(persons),
        "can_release": Permission.PUBLISH in letter.permissions,  # type: ignore[attr-defined] # set by with_letter
        "can_mail": Permission.MAIL in letter.permissions,  # type: ignore[attr-defined] # the same
        "notice": notice,
    }
    return pages.show(request, "desk/milestones.html", letter, "milestones", context, status=status)


def _decide(request: HttpRequest, letter: Letter) -> None:
    number = request.POST.get("number", "")
    row = get_object_or_404(Milestone, letter=letter, number=int(number) if re.fullmatch("[0-9]{1,7}", number) else 0)
    action = request.POST.get("action", "")
    if action == "release":
        rules.release(row, by=access.user_of(request))
        messages.success(request, _("The milestone is on the public timeline."))
    elif action == "dismiss":
        rules.dismiss(row, by=access.user_of(request))
        messages.success(request, _("The milestone is not announced, and its unsent draft is deleted."))
    else:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")
