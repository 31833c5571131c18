import pytest


@pytest.fixture
def alice(db):
    from tests.factories import make_user  # noqa: PLC0415 - needs the settings

    return make_user("alice", is_staff=True)


@pytest.fixture
def letter(db):
    from tests.factories import make_letter  # noqa: PLC0415 - the same

    return make_letter(slug="lift", contact="press@example.org")
