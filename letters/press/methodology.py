"""How the signatures of a letter are checked: generated from what is switched on and from what was counted, so that it
cannot promise more than was done."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.documents.models import Letter, PublishFrom, Version
from letters.signatures.models import Signature
from letters.verification import assurance
from letters.verification.models import Evidence, Method
from letters.verification.providers import PROVIDERS, accepts
from letters.verification.providers.base import Offer

# Evidence rows of one kind of check may carry several methods (an ORCID sign-in and an employment found there).
_KIND_OF = {Method.ORCID_EMPLOYMENT: "orcid", Method.GITHUB_MEMBER: "github"}

LEDGER_LIMITS: tuple[str | Promise, ...] = (
    gettext_lazy(
        "It does not say that signatories are real people; the sentences under the names do that. Whoever runs "
        "this site could still add invented people: visibly and dated, but looking like others."
    ),
    gettext_lazy(
        "A signature could be passed over before it is entered; only the signatory, whose receipt never comes, "
        "would know."
    ),
    gettext_lazy("Without a witness outside this site, two people could be shown two ledgers."),
    gettext_lazy(
        "Whoever kept an older list with its openings can prove that somebody signed who has withdrawn since. The"
        " ledger itself no longer can: what is left there is a hash that nobody opens."
    ),
    gettext_lazy("That entries are taken back, how many and when, is public."),
    gettext_lazy(
        "Old lists name a line by a random id. The site says of such an id whether its line stands, was corrected"
        " or ended, and on which day; with the openings of that list the ledger also says why, as a code: withdrawn, "
        "corrected, held, invalid, duplicate, or taken off by the operator. It tells nothing to those who have no such "
        "list."
    ),
    gettext_lazy(
        "How many names are withheld in a country or a sector can be compared between two snapshots: whoever knows who "
        "joined meanwhile may guess whose name it is. Groups of fewer than three are merged, which makes that harder "
        "and not impossible."
    ),
    gettext_lazy(
        "An empty row in an older file keeps the id of its line. Whoever has the file of before can still put the two "
        "together."
    ),
    gettext_lazy("A stolen key could sign another ledger. Whoever kept a checkpoint can tell the two apart."),
)
"""What the public ledger cannot show: on the methodology page, and in the file of it."""


@dataclass(frozen=True)
class MethodUsed:
    """One method that the letter accepts or accepted: what it proves, and how many published signatures carry it."""

    kind: str
    offer: Offer
    is_on: bool
    amount: int


@dataclass(frozen=True)
class Methodology:
    """What the page of a version says beside its count."""

    methods: list[MethodUsed]
    publish_from: str | Promise
    is_held_for_review: bool
    watches_names: bool
    reviewers: int


def methodology_of(letter: Letter, version: Version) -> Methodology:
    """Methods in the order in which they are offered, those switched off only where somebody still carries them; four
    queries at any size."""
    amounts = amounts_of(version)
    methods = [
        MethodUsed(kind, provider.OFFER, is_on, amounts.get(kind, 0))
        for kind, provider in PROVIDERS.items()
        if (is_on := accepts(letter, kind) and provider.is_ready()) or amounts.get(kind)
    ]
    return Methodology(
        methods=methods,
        publish_from=PublishFrom(letter.publish_from).label,
        is_held_for_review=letter.publish_from != PublishFrom.EMAIL,
        watches_names=bool(letter.watched_names),
        reviewers=_reviewers(version),
    )


def sentences() -> list[tuple[str, str]]:
    """(short label, the sentence as readers meet it, with blanks in brackets): the whole scale, weakest first."""
    blanks = {
        "date": "[date]", "domain": "[domain]", "organization": "[organisation]", "orcid": "[iD]", "host": "[host]",
        "login": "[account]", "org": "[organisation]", "source_name": "[source]", "affiliation": "[faculty or staff]",
    }  # fmt: skip
    graded = []
    for name, row in assurance.TABLE.items():
        found = {**blanks, "affiliation": "[member]"} if name == "member" else blanks
        whole = " ".join((_(row.head).format(**found), assurance.tail_for(row.unproven)))
        graded.append((str(assurance.LABELS[row.verification]), whole))
    review = _(assurance.REVIEWED["name", "position", "affiliation"]).format(**{**blanks, "source": "[public source]"})
    behalf = _(assurance.ON_BEHALF).format(**blanks, representative="[name], [position]")
    flags = [
        (str(assurance.LABELS["invited"]), _(assurance.INVITED).format(**blanks)),
        (str(assurance.LABELS["reviewed"]), review),
        (_("Organisation"), behalf),
    ]
    return graded + flags


def amounts_of(version: Version) -> dict[str, int]:
    """{kind: published signatures that carry evidence of it}; plain confirmations are not in it."""
    standing = Evidence.objects.standing().exclude(method=Method.EMAIL).filter(letter_id=version.letter_id)
    published = Signature.objects.public().for_version(version)
    rows = standing.filter(signature__in=published).order_by().values_list("method")
    found: dict[str, int] = {}
    for method, amount in rows.annotate(Count("signature", distinct=True)):
        kind = _KIND_OF.get(method, method)
        found[kind] = max(found.get(kind, 0), amount)
    return found


def _reviewers(version: Version) -> int:
    rows = Evidence.objects.standing().filter(letter_id=version.letter_id, method=Method.REVIEW, reviewer__isnull=False)
    return rows.aggregate(found=Count("reviewer", distinct=True))["found"] or 0
