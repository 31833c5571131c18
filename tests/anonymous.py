"""People who sign without their name in print, by the real rules."""

from letters.moderation import deciding
from letters.moderation.models import Case, Reason
from letters.signatures.models import AnonymousLine, Signature
from letters.verification.providers.review import Checked
from tests.factories import sign_and_confirm

SOURCE = "https://uni.example/staff/who"
ALL = frozenset({"name", "position", "affiliation"})


def checked(**changes):
    filled = {"evidence_url": SOURCE, "axes": ALL, "is_public": True, "is_not_own_profile": True, **changes}
    return Checked(**filled)


def case_of(signature):
    return Case.objects.waiting().get(signature=signature, reason=Reason.ANONYMOUS)


def ask(letter, person="suzie", **changes):
    """A confirmed signature that asks for its name to be withheld; nobody checked it yet."""
    type(letter).objects.filter(pk=letter.pk).update(offers_anonymous=True)
    letter.offers_anonymous = True
    return sign_and_confirm(letter, person, is_anonymous=True, **changes)


def accept(signature, by, **more):
    """A reviewer checks the name, and the line is printed."""
    seen = AnonymousLine.objects.of(signature).public_id
    deciding.accept(case_of(signature).public_id, by=by, checked=checked(), **{"seen": seen, **more})
    return AnonymousLine.objects.of(Signature.objects.get(pk=signature.pk))


def printed(letter, by, person="suzie", **changes):
    """(the signature, its printed line)."""
    signature = ask(letter, person, **changes)
    line = accept(signature, by)
    return Signature.objects.select_related("letter", "version").get(pk=signature.pk), line
