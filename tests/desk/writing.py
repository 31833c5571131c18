"""Alice with her letter, and the forms that she sends."""

from letters.accounts.models import User
from letters.documents import drafting
from tests.factories import CAST, make_team


def begin(title="Lift it"):
    """(letter, its owner)."""
    team = make_team("alice")
    user = User.objects.get(email=CAST["alice"].email)
    return drafting.create(title=title, team=team, by=user), user


def typed(**changes):
    """What the form of the text sends."""
    fields = {
        "title": "Lift the restriction",
        "addressees-0-name": "Jo Doe",
        "addressees-0-office": "Minister",
        "addressees-0-organization": "",
        "salutation": "Dear Minister,",
        "body": "We find holes **before** others do.",
        "demands-0-text": "Lift the restriction.",
        "demands-1-text": "Publish the criteria.",
        "closing": "Yours sincerely",
        "dateline_place": "The Hague",
        "dateline_on": "2026-11-16",
        "based_on": "1",
        "action": "save",
    }
    return {**fields, **{name.replace("__", "-"): value for name, value in changes.items()}}
