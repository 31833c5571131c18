"""What the founding circle says about a draft: kept with the words it is about, dealt with, and forgotten on time."""

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts.models import User
from letters.core import typed
from letters.core.errors import RuleError
from letters.documents.models import ENDED, Comment, Draft, Letter
from letters.ledger import audit

BODY_MAX = 2_000
QUOTE_MAX = 300
NAME_MAX = 120
MOST = 1_000
"""Comments of one letter."""


class CommentRefused(RuleError):
    code = "comment"


class TooManyComments(CommentRefused):
    code = "many"
    default = gettext_lazy("So many comments were made on this letter that it takes no more. Talk to each other.")


class CircleClosed(RuleError):
    code = "circle-closed"
    default = gettext_lazy("This letter is over. Its comments can be read until thirty days after it closed.")


@transaction.atomic
def say(
    letter: Letter,
    body: str,
    quote: str = "",
    *,
    author: User | None = None,
    name: str = "",
    invitation: UUID | None = None,
) -> Comment:
    """Keep what somebody of the circle says, with the number of the draft that is the newest one now.

    ``name`` is what the circle sees; an organiser who gives none is called as their account is. Line breaks stay.
    Audited without a word of it.

    Raises:
        CommentRefused: empty, too long, without a name, or with characters that no text takes.
        TooManyComments: the letter has MOST of them.
        CircleClosed: the letter is over.
    """
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if letter.state in ENDED:
        raise CircleClosed
    words = clean_body(body)
    about = _clean(quote, QUOTE_MAX, _("The words of the draft: {message}"))
    called = _clean(name or _name_of(author), NAME_MAX, _("Your name: {message}"))
    if not called:
        raise CommentRefused(_("Enter your name, as the others shall see it."), code="name")
    if letter.comments.count() >= MOST:
        raise TooManyComments
    newest = Draft.objects.filter(letter=letter).values_list("number", flat=True).first()
    comment = Comment.objects.create(
        letter=letter, draft_number=newest or 0, quote=about, body=words, author=author, author_name=called,
        invitation=invitation, created_at=timezone.now(),
    )  # fmt: skip
    audit.record(audit.Action.COMMENT_SAID, comment, by=f"user:{author.pk}" if author else f"invitation:{invitation}")
    return comment


def clean_body(body: str) -> str:
    """The text of a comment with its line breaks, at most one empty line in a row. Raises CommentRefused."""
    if len(body) > BODY_MAX + body.count("\r"):
        sentence = _("Use at most {most} characters; this has {count}.").format(most=BODY_MAX, count=len(body))
        raise CommentRefused(sentence, code="too-long")
    try:
        lines = [typed.clean(line, most=BODY_MAX) for line in body.splitlines()]
    except typed.TextRefused as error:
        raise CommentRefused(error.message, code=error.code) from error
    words = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if not words:
        raise CommentRefused(_("Write what should change, and why."), code="empty")
    return words


def _clean(value: str, most: int, sentence: str) -> str:
    try:
        return typed.clean(value, most=most)
    except typed.TextRefused as error:
        raise CommentRefused(sentence.format(message=error.message), code=error.code) from error


def _name_of(author: User | None) -> str:
    return (author.get_full_name() or author.email.partition("@")[0]) if author else ""


def name_for(author: User) -> str:
    """How an organiser is called among the circle: as they last said it, else as their account is called. One query."""
    said = Comment.objects.filter(author=author).order_by("-created_at", "-id").values_list("author_name", flat=True)
    return said.first() or _name_of(author)


@transaction.atomic
def resolve(comment: Comment, *, by: User) -> Comment:
    """Mark a comment as dealt with. Idempotent: the first one who did it stays named."""
    comment = Comment.objects.select_for_update().get(pk=comment.pk)
    if comment.resolved_at is None:
        comment.resolved_at, comment.resolved_by = timezone.now(), by
        comment.save(update_fields=["resolved_at", "resolved_by"])
        audit.record(audit.Action.COMMENT_RESOLVED, comment, by=f"user:{by.pk}")
    return comment


@transaction.atomic
def reopen(comment: Comment, *, by: User) -> Comment:
    """Take that back. Idempotent."""
    comment = Comment.objects.select_for_update().get(pk=comment.pk)
    if comment.resolved_at is not None:
        comment.resolved_at, comment.resolved_by = None, None
        comment.save(update_fields=["resolved_at", "resolved_by"])
        audit.record(audit.Action.COMMENT_REOPENED, comment, by=f"user:{by.pk}")
    return comment


def for_letter(letter: Letter) -> QuerySet[Comment]:
    """All comments of a letter, oldest first. One query."""
    return Comment.objects.filter(letter=letter)


def open_count(letter: Letter) -> int:
    """How many still wait to be dealt with."""
    return Comment.objects.filter(letter=letter, resolved_at__isnull=True).count()


def retain(now: datetime) -> int:
    """Delete the comments of letters that closed thirty days ago; returns how many. Safe to run twice."""
    return Comment.objects.filter(letter__in=Letter.objects.long_closed(now)).delete()[0]
