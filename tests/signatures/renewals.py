"""A new version by the real rules, and the answer of somebody who is asked about it."""

from datetime import timedelta

from django.utils import timezone

from letters.documents.models import Letter
from letters.signatures import renewing
from letters.signatures.models import Renewal
from tests.factories import make_words

NOTE = "The second demand names a date."


def publish(letter, alice, *, days=14, **words):
    """A new version; the letter as it stands afterwards."""
    words = {"body": "We find holes before others do, every day.", **words}
    deadline = timezone.now() + timedelta(days=days)
    renewing.publish(letter, make_words(**words), note=NOTE, deadline=deadline, by=alice)
    return Letter.objects.select_related("version", "amendment").get(pk=letter.pk)


def asked(signature):
    """The first question that was put to this line."""
    rows = Renewal.objects.select_related("version__succession", "signature__letter__version", "signature__version")
    return rows.filter(signature=signature).earliest("version__number")


def sign_again(signature):
    row = asked(signature)
    return renewing.sign_again(row, text_sha256=row.version.sha256[:16])
