"""The mail of this room: the question to a work address. It holds the name, no other word that was typed."""

from collections.abc import Sequence

from django.urls import reverse

from letters.core import tokens
from letters.outbox import kinds
from letters.outbox.models import Message
from letters.signatures import emails
from letters.verification import checking
from letters.verification.models import Check
from letters.verification.providers import work_email


def build_work_email(messages: Sequence[Message]) -> dict[int, kinds.Built | Exception]:
    """The question to each work address; withheld where the check is over."""
    alive = checking.alive().filter(public_id__in=[message.subject_id for message in messages])
    checks = {
        check.public_id: check for check in alive.select_related("signature__letter__version", "signature__version")
    }
    built: dict[int, kinds.Built | Exception] = {}
    for message in messages:
        check = checks.get(message.subject_id)
        try:
            built[message.pk] = _question(check) if check is not None else kinds.Withhold("gone")
        except Exception as error:  # one mail that fails delays no other
            built[message.pk] = error
    return built


def _question(check: Check) -> kinds.Mail:
    address, _agreed = work_email.asked_in(check)
    link = emails.absolute(reverse("public:verify-mail", args=[tokens.make(work_email.MAIL, check.public_id)]))
    return emails.render(
        "work_email",
        check.signature,
        to=address,
        verify_url=link,
        not_me_url=link + "#not-me",
        code=emails.shown_code(check.public_id),
        days=work_email.ANSWER_WITHIN.days,
    )


def register() -> None:
    """Called once when the site starts."""
    kinds.register(work_email.MAIL, build_work_email, capped=True)
