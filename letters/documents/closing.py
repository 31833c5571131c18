"""The closing statement: what the organisers say when all is done. Theirs alone; nobody signed it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from letters.core import typed
from letters.core.errors import RuleError
from letters.documents.models import Letter
from letters.ledger import audit

STATEMENT_MAX = 10_000


class NotPublic(RuleError):
    code = "not-public"
    default = _("A closing statement stands below a letter that readers can see. Launch the letter first.")


class TooLong(RuleError):
    code = "too-long"


class ChangedMeanwhile(RuleError):
    code = "changed"
    default = _("Somebody else changed the statement after you opened this page. Theirs stands below; yours is kept.")


@transaction.atomic
def state(letter: Letter, text: str, *, by: str, before: str | None = None) -> bool:
    """Print a closing statement below the letter, in Markdown, or take it away with an empty one; True when it changed.

    ``before`` is the statement that the writer saw. Audited by its length alone.

    Raises:
        NotPublic: readers do not see the letter.
        TooLong: more than STATEMENT_MAX characters.
        ChangedMeanwhile: the statement is not the one that the writer saw.
        TextRefused: it holds a character that nobody can see.
    """
    row = Letter.objects.select_for_update(no_key=True, of=("self",)).get(pk=letter.pk)
    if not letter.is_public:
        raise NotPublic
    cleaned = clean(text)
    if row.closing_statement == cleaned:
        return False
    if before is not None and clean(before) != row.closing_statement:
        raise ChangedMeanwhile
    row.closing_statement = letter.closing_statement = cleaned
    row.save(update_fields=["closing_statement"])
    audit.record(audit.Action.CLOSING_STATED, row, by=by, detail=str(len(cleaned)))
    return True


def clean(text: str) -> str:
    """The statement without hidden characters, its lines kept. Raises TooLong, TextRefused."""
    if len(text) > 2 * STATEMENT_MAX:
        raise TooLong(_too_long())
    lines = [typed.clean(line, most=2 * STATEMENT_MAX) for line in text.replace("\r\n", "\n").split("\n")]
    cleaned = "\n".join(lines).strip()
    if len(cleaned) > STATEMENT_MAX:
        raise TooLong(_too_long())
    return cleaned


def _too_long() -> str:
    return str(_("Shorten the statement to {most} characters.")).format(most=f"{STATEMENT_MAX:,}")
