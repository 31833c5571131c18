import pytest
from django.db import IntegrityError, transaction

from letters.accounts.models import User

pytestmark = pytest.mark.django_db


def test_user_is_known_by_the_address_in_small_letters():
    user = User.objects.create_user(email="Alice@Example.ORG", password="x")

    assert (user.email, user.username, user.is_staff) == ("alice@example.org", "alice@example.org", False)
    assert User.objects.get_by_natural_key("alice@example.org") == user
    assert user.password.startswith("argon2")


def test_superuser_is_made_from_either_name():
    assert User.objects.create_superuser("Mona@Example.org", password="x").email == "mona@example.org"
    assert User.objects.create_superuser(email="bob@example.org", password="x").is_superuser


def test_database_refuses_two_users_of_one_address():
    User.objects.create_user(email="alice@example.org")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email="ALICE@example.org")


def test_copy_of_the_address_follows_it():
    user = User.objects.create_user(email="alice@example.org")

    user.email = "alice@example.net"
    user.save(update_fields=["email"])

    assert User.objects.get().username == "alice@example.net"
