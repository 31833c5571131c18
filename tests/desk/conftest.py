import pytest


@pytest.fixture
def mona(db):
    from tests.moderation.people import reviewer  # noqa: PLC0415 - needs the settings

    return reviewer("mona")


@pytest.fixture
def alice(db):
    from tests.moderation.people import reviewer  # noqa: PLC0415 - the same

    return reviewer("alice")


@pytest.fixture
def desk(client, mona):
    client.force_login(mona)
    return client


@pytest.fixture
def strong_desk(desk):
    """The desk of somebody who has shown a second factor."""
    from tests.moderation.people import show_second_factor  # noqa: PLC0415 - the same

    show_second_factor(desk)
    return desk
