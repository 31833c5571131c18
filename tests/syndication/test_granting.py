"""Tokens: what one opens, for how long, and that it is never more than its maker may do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.ledger.models import AuditEvent
from letters.press.models import Export
from letters.signatures import counting, rotating
from letters.syndication import granting, retaining
from letters.syndication.enums import Scope
from letters.syndication.granting import TokenRefused, Wanted
from letters.syndication.models import Token
from tests.factories import make_letter, make_team, sign_and_confirm
from tests.key_files import own_keys

pytestmark = pytest.mark.django_db
CONTACTS = {"contact_list": "updates", "purpose": "update", "reason": "Our newsletter about this letter"}


def make(letter, by, *scopes, **changes):
    wanted = {"name": "Our site", "scopes": scopes or ("read:numbers",), "days": 90, **changes}
    return granting.make(letter, Wanted(**wanted), by=by)


def test_token_is_found_by_its_secret_and_the_secret_is_stored_nowhere(letter, alice):
    row, secret = make(letter, alice, "read:numbers")

    assert granting.find(secret) == row
    assert secret.startswith(row.prefix)
    assert len(row.prefix) < len(secret) / 3
    stored = " ".join(str(value) for value in Token.objects.values().get().values())
    assert secret not in stored
    assert bytes(row.digest) not in secret.encode()
    assert list(AuditEvent.objects.values_list("action", "detail").filter(action="access-granted")) == [
        ("access-granted", "read:numbers")
    ]


@pytest.mark.parametrize("change", ["x", "", "und_" + "A" * 43, "ünd_" + "A" * 43, "und_" + "A" * 500])
def test_another_secret_opens_nothing(letter, alice, change):
    make(letter, alice)

    with pytest.raises(TokenRefused):
        granting.find(change)


def test_token_ends_by_the_clock_and_by_hand(letter, alice):
    row, secret = make(letter, alice, days=7)
    _, other = make(letter, alice)

    granting.find(secret, now=row.expires_at - timedelta(seconds=1))
    with pytest.raises(TokenRefused):
        granting.find(secret, now=row.expires_at)
    granting.revoke(Token.objects.latest("pk"), by=alice)
    with pytest.raises(TokenRefused):
        granting.find(other)


def test_what_happens_to_one_token_happens_to_no_other(letter, alice, settings, tmp_path):
    with own_keys(settings, tmp_path):
        (first, _), (mine, secret), (last, other) = (make(letter, alice) for _ in range(3))
        rotating.begin()

        granting.find(secret)
        granting.revoke(mine, by=alice)
        assert AuditEvent.objects.filter(action="access-revoked").count() == 1
        granting.revoke(mine, by=alice)

        rows = {row.pk: row for row in Token.objects.all()}
        assert [rows[row.pk].used_on is None for row in (first, mine, last)] == [True, False, True]
        assert [rows[row.pk].digest == row.digest for row in (first, mine, last)] == [True, False, True]
        assert [rows[row.pk].revoked_at is None for row in (first, mine, last)] == [True, False, True]
        assert granting.find(other) == last
    ended = AuditEvent.objects.filter(action="access-revoked")
    assert list(ended.values_list("object_id", "actor")) == [(str(mine.public_id), f"user:{alice.pk}")]


def test_a_letter_has_so_many_living_tokens(letter, alice):
    elsewhere = make_letter()
    make_team("bob", letter=elsewhere)
    make(elsewhere, User.objects.get(email="bob@example.org"))
    for _ in range(granting.MOST):
        make(letter, alice)

    with pytest.raises(RuleError) as caught:
        make(letter, alice)

    assert (caught.value.code, Token.objects.filter(letter=letter).count()) == ("many", granting.MOST)
    ended, revoked = Token.objects.filter(letter=letter)[:2]
    Token.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
    make(letter, alice)
    granting.revoke(revoked, by=alice)
    make(letter, alice)


@pytest.mark.parametrize(
    ("scope", "days", "about"), [("read:numbers", 1, {}), ("read:numbers", 365, {}), ("export:contacts", 90, CONTACTS)]
)
def test_token_may_last_until_its_last_day(letter, alice, scope, days, about):
    row, _ = make(letter, alice, scope, days=days, **about)

    assert (row.expires_at - row.made_at).days == days


def test_token_ends_with_the_right_of_its_maker(letter, alice):
    _, secret = make(letter, alice)
    alice.memberships.update(role="editor")

    with pytest.raises(TokenRefused):
        granting.find(secret)

    alice.memberships.update(role="owner")
    assert granting.find(secret)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(TokenRefused):
        granting.find(secret)


def test_token_is_for_its_letter_and_its_scope_alone(letter, alice):
    row, _ = make(letter, alice, "read:numbers")

    assert granting.require(row, "lift", Scope.NUMBERS) == letter
    for slug, scope in (("other", Scope.NUMBERS), ("lift", Scope.SIGNATORIES), ("lift", Scope.CONTACTS)):
        with pytest.raises(granting.ScopeMissing):
            granting.require(row, slug, scope)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "name"),
        ({"scopes": ()}, "scopes"),
        ({"scopes": ("write:everything",)}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"scopes": ("export:contacts",), **CONTACTS, "days": 91}, "days"),
        ({"scopes": ("export:contacts",), **CONTACTS, "contact_list": "everybody"}, "contact_list"),
        ({"scopes": ("export:contacts",), **CONTACTS, "purpose": ""}, "purpose"),
        ({"scopes": ("export:contacts",), **CONTACTS, "reason": "mail"}, "reason"),
    ],
)
def test_wish_that_cannot_be_granted_is_refused_at_its_field(letter, alice, changes, code):
    wanted = Wanted(**{"name": "Our site", "scopes": ("read:numbers",), "days": 90, **changes})

    with pytest.raises(RuleError) as caught:
        granting.make(letter, wanted, by=alice)

    assert caught.value.code == code
    assert not Token.objects.exists()


def test_nobody_makes_one_who_may_not_export(letter, alice):
    make_team("bob", letter=letter, is_owner=False, may_work=True)

    with pytest.raises(TokenRefused):
        make(letter, User.objects.get(email="bob@example.org"))


def test_team_takes_no_list_of_another_team(letter, alice):
    make_team("bob", letter=letter, is_owner=False, may_export=True, consent_line="May we write to you?")
    bob = User.objects.get(email="bob@example.org")

    with pytest.raises(RuleError) as caught:
        make(letter, bob, "export:contacts", **CONTACTS)

    assert caught.value.code == "contact_list"


def test_list_by_token_holds_those_who_agreed_and_stands_in_the_log(letter, alice):
    sign_and_confirm(letter, "suzie", consent_updates=True)
    sign_and_confirm(letter, "bob")
    counting.refresh()
    _, secret = make(letter, alice, "export:contacts", **CONTACTS)

    text = b"".join(granting.addresses(granting.find(secret))).decode()

    assert ("suzie@example.com" in text, "bob@example.org" in text) == (True, False)
    log = Export.objects.get()
    assert (log.letter, log.made_by, log.reason, log.people) == (letter, alice, CONTACTS["reason"], 1)
    assert AuditEvent.objects.filter(action="contacts-exported", actor=f"user:{alice.pk}").count() == 1


def test_token_outlives_a_rotation_of_the_keys_once_it_is_used(letter, alice, settings, tmp_path):
    with own_keys(settings, tmp_path):
        row, secret = make(letter, alice)
        assert rotating.begin()

        assert granting.find(secret) == row

        before, row = bytes(row.digest), Token.objects.get()
        assert bytes(row.digest) != before
        assert granting.find(secret) == row


def test_use_is_noted_by_day(letter, alice, django_assert_num_queries):
    _, secret = make(letter, alice)
    granting.find(secret)

    assert Token.objects.get().used_on == timezone.now().date()
    with django_assert_num_queries(2):  # the token, the right of its maker
        granting.find(secret)


def test_ended_tokens_are_forgotten_a_year_later(letter, alice):
    make(letter, alice, days=7)
    make(letter, alice, days=365)

    assert retaining.run(now=timezone.now() + timedelta(days=380))["tokens"] == 1
