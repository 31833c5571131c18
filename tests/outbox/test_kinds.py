"""Building mails one by one."""

import pytest

from letters.outbox import kinds
from tests.factories import make_message

pytestmark = pytest.mark.django_db


def test_one_mail_that_fails_delays_no_other():
    first, broken, last = (make_message() for _ in range(3))
    mail = kinds.Mail(to="suzie@example.org", subject="s", text="t", html="h")
    failure = LookupError("no template")

    def write(message):
        if message is broken:
            raise failure
        return mail

    assert kinds.each([first, broken, last], write) == {first.pk: mail, broken.pk: failure, last.pk: mail}
