"""A letter with its team, for whatever leaves the site."""

import pytest


@pytest.fixture
def letter(db):
    from tests.factories import make_letter, make_team  # noqa: PLC0415 - needs the settings

    letter = make_letter(slug="lift")
    make_team("alice", letter=letter)
    return letter


@pytest.fixture
def alice(letter):
    from letters.accounts.models import User  # noqa: PLC0415 - the same

    return User.objects.get(email="alice@example.org")
