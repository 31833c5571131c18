"""The mail of this room: what another team offers, to those who can answer for the team that is asked."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from letters.accounts import emails
from letters.documents import standing, teaming
from letters.documents.models import TeamOffer
from letters.outbox import kinds, suppressing
from letters.outbox.models import Message


def build_offer(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """What is offered, by whom, and where to answer; nothing when it was answered or taken back meanwhile, or when the
    person owns that team no more."""
    offers = TeamOffer.objects.filter(public_id__in=[message.subject_id for message in messages])
    related = ("team", "offered_by", "letter__version", "letter__amendment")
    rows = {row.public_id: row for row in offers.select_related(*related)}

    def write(message: Message) -> kinds.Built:
        row = rows.get(message.subject_id)
        return _offer(row, message) if row else kinds.Withhold("gone")

    return kinds.each(messages, write)


def _offer(row: TeamOffer, message: Message) -> kinds.Built:
    wanted = bytes(message.recipient_index or b"")
    owners = teaming.owners_of(row.team)
    user = next((user for user in owners if suppressing.index_of(user.email) == wanted), None)
    if user is None:
        return kinds.Withhold("not-theirs")
    owner = standing.owner_of(row.letter)
    context = {
        "team": row.team.name,
        "letter_title": row.letter.title,
        "by": row.offered_by.email if row.offered_by else "",
        "owner": owner.name if owner else "",
        "is_transfer": row.is_transfer,
        "team_url": settings.SITE_URL.rstrip("/") + reverse("desk:team", args=[row.team.public_id]),
    }
    return emails.render(teaming.OFFER, user.email, context)


def register() -> None:
    """Called once when the site starts. Capped: whoever knows the address of a team's page can make it offers."""
    kinds.register(teaming.OFFER, build_offer, capped=True)
