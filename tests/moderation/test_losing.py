import pytest

from letters.moderation import deciding, losing
from letters.moderation.models import Case
from letters.outbox.models import MessageState
from letters.verification.models import Organization, OrganizationDomain
from tests.factories import make_evidence, make_letter, make_message, make_signature, utc

pytestmark = pytest.mark.django_db


def working(email="suzie@uni.example", domain="uni.example", **fields):
    row = make_signature(make_letter(), email=email)
    make_evidence(row, "work_email", "affiliation", claim={"domain": domain}, **fields)
    return row


def bounce(row):
    make_message(kind="confirm", subject_id=row.public_id, state=MessageState.BOUNCED)


def organization(*domains, status="active"):
    found = Organization.objects.create(
        name="University X", source="curated", checked_on=utc("2026-01-01 00:00").date(), status=status
    )
    for domain in domains:
        OrganizationDomain.objects.create(
            organization=found, domain=domain, kind="staff", source="curated", checked_on=found.checked_on
        )
    return found


def test_mail_that_came_back_opens_a_case_once_and_changes_nothing_by_itself(mona):
    row = working()
    bounce(row)
    bounce(working(email="private@mail.example"))  # another address than the one that proved the work
    working()

    assert losing.look() == {"bounced": 1, "domain-lost": 0}
    case = Case.objects.get()
    assert (case.signature, case.reason, case.is_holding) == (row, "evidence-lost", False)
    assert losing.look() == {"bounced": 0, "domain-lost": 0}
    deciding.accept(case.public_id, by=mona)
    assert losing.look() == {"bounced": 0, "domain-lost": 0}


@pytest.mark.parametrize(
    ("domains", "status", "lost"),
    [(["uni.example"], "active", 0), (["other.example"], "active", 1), (["uni.example"], "withdrawn", 1)],
)
def test_a_domain_that_is_no_longer_the_organisations(domains, status, lost):
    working(organization=organization(*domains, status=status))

    assert losing.look() == {"bounced": 0, "domain-lost": lost}
    assert losing.look() == {"bounced": 0, "domain-lost": 0}
