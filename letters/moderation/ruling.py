"""A letter's own rules: which checks it takes, what it prints at once, which names and waves it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from letters.core.errors import RuleError
from letters.documents.models import Letter, PublishFrom
from letters.ledger import audit
from letters.moderation import cases, screening, watchlist
from letters.moderation.models import Case, Reason
from letters.signatures import names
from letters.signatures.models import Signature

MOST_WATCHED = 500


@dataclass(frozen=True)
class Rules:
    """What an organiser may set; the fields are columns of ``Letter``."""

    methods: list[str]
    publish_from: str
    watched_names: list[str]
    spike_per_hour: int
    names_noindex: bool = False
    offers_anonymous: bool = False


def rules_of(letter: Letter) -> Rules:
    return Rules(
        list(letter.methods), letter.publish_from, list(letter.watched_names), letter.spike_per_hour,
        letter.names_noindex, letter.offers_anonymous,
    )  # fmt: skip


def clean_names(lines: Iterable[str]) -> list[str]:
    """One watched name a line, cleaned, each once.

    Raises:
        RuleError: a line is no name, or there are too many; the message says which.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            name = names.clean(line)
        except RuleError as error:
            text = _("Line {number}: {message}").format(number=number, message=error.message)
            raise RuleError(text, code="watched") from error
        found.setdefault(watchlist.skeleton(name), name)
    if len(found) > MOST_WATCHED:
        text = _("Use at most {most} names; these are {count}.").format(most=MOST_WATCHED, count=len(found))
        raise RuleError(text, code="watched")
    return list(found.values())


class ChangedMeanwhile(RuleError):
    """Somebody else set the same rules otherwise; ``parts`` are their names, ``now`` what stands."""

    code = "changed-meanwhile"

    def __init__(self, parts: list[str], now: Rules) -> None:
        super().__init__(
            _("Somebody else changed the same rule meanwhile. Nothing is saved yet: compare, and save again.")
        )
        self.parts, self.now = parts, now


def merged(base: Rules, mine: Rules, theirs: Rules) -> Rules:
    """What two people made of the same rules: of a list everything that either added and nothing that either took
    away, of everything else the changed one.

    Raises:
        ChangedMeanwhile: both changed one rule, and to something else.
    """
    found, clashes = {}, []
    for name, before in asdict(base).items():
        one, other = getattr(mine, name), getattr(theirs, name)
        if one == other or other == before:
            found[name] = one
        elif one == before:
            found[name] = other
        elif isinstance(before, list):
            kept = [item for item in other if item in one or item not in before]
            found[name] = kept + [item for item in one if item not in before and item not in kept]
        else:
            clashes.append(name)
    if clashes:
        raise ChangedMeanwhile(clashes, theirs)
    return Rules(**found)


@transaction.atomic
def save(letter: Letter, rules: Rules, *, by: str, base: Rules | None = None) -> list[str]:
    """Store the rules and bring the queue in line with them; returns the names of what changed. Idempotent.

    ``base`` is what the writer saw: what somebody else changed since is kept (``merged``).

    A lower threshold of evidence lets go what reached it; a higher one is for signatures from now on, printed lines
    stay. A new watched name also holds lines that are printed already; a removed one lets go what waited for it.

    Raises:
        RuleError: a method that this site does not have, or an unknown level.
        ChangedMeanwhile: somebody else changed the same rule since ``base``.
    """
    Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=letter.pk)
    letter.refresh_from_db(fields=list(Rules.__dataclass_fields__))
    rules = merged(base, rules, rules_of(letter)) if base else rules
    unknown = sorted(set(rules.methods) - set(settings.VERIFICATION_METHODS))
    if unknown:
        raise RuleError(_("This site has no such method: {names}.").format(names=", ".join(unknown)), code="methods")
    if rules.publish_from not in PublishFrom.values:
        raise RuleError(_("Choose the lowest evidence from the list."), code="publish-from")
    before = asdict(rules_of(letter))
    changed = [name for name, value in asdict(rules).items() if before[name] != value]
    if not changed:
        return []
    for name in changed:
        setattr(letter, name, getattr(rules, name))
    letter.save(update_fields=changed)
    audit.record(audit.Action.RULES_CHANGED, letter, by=by, detail=",".join(changed))
    if "publish_from" in changed:
        _let_go(letter)
    if "watched_names" in changed:
        _watch(letter, before["watched_names"])
    return changed


def _waiting(letter: Letter, reason: Reason) -> list[Signature]:
    rows = (
        Case.objects.waiting().filter(letter=letter, reason=reason).select_related("signature").order_by("signature_id")
    )
    found = [case.signature for case in rows]
    for signature in found:
        signature.letter = letter
    return found


def _let_go(letter: Letter) -> None:
    for signature in _waiting(letter, Reason.POLICY):
        screening.apply_policy(signature)


def _watch(letter: Letter, before: Sequence[str]) -> None:
    for signature in _waiting(letter, Reason.WATCHED):
        if not watchlist.match(signature.display_name, letter.watched_names):
            cases.settle(signature, [Reason.WATCHED])
    known = {watchlist.skeleton(name) for name in before}
    fresh = [name for name in letter.watched_names if watchlist.skeleton(name) not in known]
    if not fresh:
        return
    standing = Signature.objects.confirmed().filter(letter=letter, is_sample=False)
    for pk, name in standing.order_by("pk").values_list("pk", "display_name").iterator(2000):
        if watchlist.match(name, fresh):
            cases.open_case(Signature.objects.get(pk=pk), Reason.WATCHED, is_holding=True)
