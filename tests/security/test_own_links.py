"""Whoever holds the link to one row opens that row: every finder is asked among others of its kind."""

import pytest
from django.utils import timezone

from letters.accounts import teams
from letters.accounts.models import TeamInvitation
from letters.core import tokens
from letters.moderation import disputing
from letters.moderation.models import Dispute
from letters.outbox import suppressing
from letters.outbox.models import Suppression
from letters.outreach import unsubscribing
from letters.press import embargoes, following, relaying
from letters.press.models import CorrectionReader
from letters.signatures import answering, inviting, managing, renewing, signing
from letters.signatures.models import Renewal
from letters.verification import checking
from letters.verification.providers import work_email
from tests.factories import make_invitation, make_letter, make_signature, make_team, make_user, make_version

pytestmark = pytest.mark.django_db
AMOUNT = 3


def _signatures(letter):
    return [make_signature(letter, consent_press=True) for _ in range(AMOUNT)]


def _questions(letter):
    for number, line in enumerate(_signatures(letter)):
        relaying.ask(line, relaying.Asked("Jo", "The Paper", f"jo{number}@paper.example", "Why did you sign this one?"))
    return list(relaying.Question.objects.order_by("pk"))


def _accesses(letter):
    letter, by = make_letter(state="embargoed"), make_user("alice")
    who = [{"name": "Jo", "outlet": "The Paper", "email": f"jo{number}@paper.example"} for number in range(AMOUNT)]
    return [embargoes.invite(letter, one, days=2, by=by) for one in who]


def _readers(letter):
    for number in range(AMOUNT):
        following.ask(letter, f"jo{number}@paper.example", language="en")
    return list(CorrectionReader.objects.order_by("pk"))


def _disputes(letter):
    found = [Dispute(signature=line, kind="affiliation", asked_at=timezone.now()) for line in _signatures(letter)]
    for row in found:
        row.set_text("They do not work here.")
        row.set_email("registrar@uni.example")
        row.save()
    return found


def _renewals(letter):
    lines, version = _signatures(letter), make_version(letter)
    return [Renewal.objects.create(signature=line, version=version, asked_at=timezone.now()) for line in lines]


def _team_invitations(letter):
    team = make_team("bob")
    by = team.memberships.get().user
    for number in range(AMOUNT):
        teams.invite(team, f"p{number}@example.org", "reader", by=by)
    return list(TeamInvitation.objects.order_by("pk"))


LINKS = {
    "the own page": (_signatures, managing.token_for, lambda token: signing.find(managing.MINE, token)),
    "a confirmation": (
        lambda letter: [make_signature(letter, state="pending") for _ in range(AMOUNT)],
        lambda row: tokens.make(signing.CONFIRM, row.public_id),
        lambda token: signing.find(signing.CONFIRM, token),
    ),
    "no more updates": (_signatures, unsubscribing.token_for, unsubscribing.find),
    "no more questions": (_signatures, relaying.stop_token_for, relaying.find_line),
    "a journalist's question": (_questions, relaying.token_for, relaying.find),
    "a journalist's access": (_accesses, embargoes.token_for, embargoes.find),
    "corrections by mail": (_readers, following.token_for, following.find),
    "a dispute": (_disputes, disputing.token_for, disputing.find),
    "a new version": (_renewals, renewing.token_for, renewing.find),
    "an invitation to sign": (
        lambda letter: [make_invitation(letter) for _ in range(AMOUNT)],
        inviting.token_for,
        answering.find,
    ),
    "an invitation to a team": (_team_invitations, teams.token_for, teams.invitation_for),
}
"""{what the link is for: (make some rows, the token of one, what the token opens)}."""


@pytest.mark.parametrize("what", LINKS)
def test_link_opens_its_own_row_among_others(what):
    make, token_for, find = LINKS[what]
    rows = make(make_letter())
    assert len({row.pk for row in rows}) == AMOUNT

    assert [find(token_for(row)) for row in rows] == rows


def test_link_to_a_work_address_opens_its_own_check(client):
    lines = _signatures(make_letter())
    checks = [checking.open_check(line, work_email.KIND, f"1p{line.pk}@uni{line.pk}.example") for line in lines]

    for check in checks:
        page = client.get(f"/verify/{tokens.make(work_email.MAIL, check.public_id)}/").content.decode()
        assert [f"uni{line.pk}.example" in page for line in lines] == [line == check.signature for line in lines]


def test_blocking_that_is_taken_back_leaves_other_addresses_blocked():
    for number in range(AMOUNT):
        suppressing.suppress(f"p{number}@example.org", "not-me")
    first, mine, last = Suppression.objects.order_by("pk")

    assert suppressing.lift(mine.public_id) is True

    assert list(Suppression.objects.order_by("pk")) == [first, last]
    assert suppressing.lift(mine.public_id) is False
