import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from letters.verification import apps
from letters.verification.models import Organization, OrganizationDomain

pytestmark = pytest.mark.django_db


def test_migrating_brings_the_shipped_organisations_once():
    apps.load_shipped(plan=[("migration", False)])
    first = set(OrganizationDomain.objects.values_list("domain", "kind", "source", "checked_on"))

    apps.load_shipped(plan=[("migration", False)])

    assert len(first) >= 60
    assert set(OrganizationDomain.objects.values_list("domain", "kind", "source", "checked_on")) == first


@pytest.mark.parametrize("plan", [None, [], [("migration", True)]], ids=["emptied", "nothing new", "backwards"])
def test_nothing_is_loaded_where_nothing_was_added(plan):
    apps.load_shipped(plan=plan)

    assert not Organization.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_explaining_without_a_database_says_what_to_do():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE verification_organizationdomain RENAME TO away")
    try:
        with pytest.raises(CommandError, match=r"manage\.py migrate"):
            call_command("explain_address", "suzie@uni.example")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO verification_organizationdomain")
