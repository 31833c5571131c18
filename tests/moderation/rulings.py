"""What tests of rulings have in common: a filled-in checklist, a refusal, a case that holds a line."""

from letters.ledger.models import AuditEvent
from letters.moderation import cases, deciding
from letters.verification.providers.review import Checked
from tests.factories import make_letter, sign_and_confirm

SOURCE = "https://uni.example/staff/suzie"
ALL = frozenset({"name", "position", "affiliation"})


def checked(**changes):
    return Checked(**{"evidence_url": SOURCE, "axes": ALL, "is_public": True, "is_not_own_profile": True, **changes})


def refuse(case, by, **changes):
    words = {"reason_code": "no-evidence", "note": "No page names this person.", **changes}
    return deciding.refuse(case.public_id, by=by, **words)


def again(row):
    return type(row).objects.get(pk=row.pk)


def acts():
    return list(AuditEvent.objects.filter(action__startswith="case").order_by("id").values_list("actor", "action"))


def case_of(reason="mixed-script", **fields):
    return cases.open_case(sign_and_confirm(make_letter()), reason, is_holding=True, **fields)
