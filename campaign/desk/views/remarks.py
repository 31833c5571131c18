"""What the founding circle says about the draft."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.desk import access, pages
from letters.accounts.permissions import Permission
from letters.core.errors import RuleError
from letters.documents import commenting, drafting, rendering
from letters.documents.models import Comment, Letter


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_letter()
def comments(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, letter)
    try:
        _act(request, letter)
    except RuleError as error:
        status = 429 if isinstance(error, commenting.TooManyComments) else 422
        return _show(request, letter, notice=error.message, status=status)
    return HttpResponseRedirect(reverse("desk:comments", args=[letter.slug]), status=303)


def _act(request: HttpRequest, letter: Letter) -> None:
    typed, user = request.POST, access.user_of(request)
    action = typed.get("action", "say")
    if action == "say":
        commenting.say(
            letter, typed.get("body", ""), typed.get("quote", ""), author=user, name=typed.get("author_name", "")
        )
        messages.success(request, _("Your remark is there for the team and the circle."))
        return
    if Permission.EDIT_TEXT not in letter.permissions:  # type: ignore[attr-defined] # set by access
        raise Http404
    comment = _comment(letter, typed.get("comment", ""))
    if action == "resolve":
        commenting.resolve(comment, by=user)
    elif action == "reopen":
        commenting.reopen(comment, by=user)
    else:
        raise RuleError(_("Choose one of the buttons on this page."), code="action")


def _comment(letter: Letter, public_id: str) -> Comment:
    for comment in commenting.for_letter(letter):
        if str(comment.public_id) == public_id:
            return comment
    raise Http404


def _show(request: HttpRequest, letter: Letter, *, notice: str = "", status: int = 200) -> HttpResponse:
    found = list(commenting.for_letter(letter).select_related("resolved_by"))
    context = {
        "text": rendering.of_words(letter, drafting.words_for(letter)),
        "open": [comment for comment in found if comment.resolved_at is None],
        "done": [comment for comment in found if comment.resolved_at is not None],
        "typed": request.POST,
        "name": request.POST.get("author_name") or commenting.name_for(access.user_of(request)),
        "notice": notice,
        "may_settle": Permission.EDIT_TEXT in letter.permissions,  # type: ignore[attr-defined] # set by access
    }
    return pages.show(request, "desk/comments.html", letter, "comments", context, status=status)
