"""A provider that listens, a signatory, and the wish that no account is ever made."""

import pytest
from django.apps import apps

FACULTY = {"sub": "person-1", "eduperson_scoped_affiliation": ["faculty@uni.example", "member@uni.example"]}
ACCOUNTS = ("accounts.User", "socialaccount.SocialAccount", "socialaccount.SocialApp", "socialaccount.SocialToken")


@pytest.fixture
def provider(settings):
    """An honest provider, set up as the login of University X."""
    from tests.openid import flow  # noqa: PLC0415 - the apps must be ready
    from tests.openid.provider import Server  # noqa: PLC0415 - the same

    with Server() as server:
        server.userinfo = dict(FACULTY)
        flow.set_up(settings, flow.app(server))
        yield server


@pytest.fixture
def suzie(db):
    """A confirmed signature; whatever the test does, nobody has an account afterwards and no token is kept."""
    from tests import factories  # noqa: PLC0415 - the apps must be ready

    yield factories.sign_and_confirm(factories.make_letter())
    assert {name: apps.get_model(name).objects.count() for name in ACCOUNTS} == dict.fromkeys(ACCOUNTS, 0)
