import json

import pytest
from django.core.management import CommandError, call_command

from letters.core import keyring, sealed, tokens
from letters.ledger.models import AuditEvent
from letters.signatures import rotating, signing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def ids(path):
    document = json.loads(path.read_text())
    return {purpose: [key["id"] for key in document[purpose]] for purpose in keyring.PURPOSES}


def rotate():
    told = []
    rotating.rotate(settle_seconds=0, tell=told.append, by="command")
    return told


def test_rotate_reads_every_address_after_the_old_keys_are_gone(key_file):
    letter = make_letter()
    rows = [make_signature(letter, state=state) for state in ("pending", "confirmed", "withdrawn", "erased")]
    addresses = [row.email for row in rows]
    token = tokens.make("mine", rows[1].public_id)

    rotate()

    assert ids(key_file) == {"field": [2], "index": [2], "site": [1], "ledger": [1], "token": [2, 1]}
    found = [Signature.objects.get(pk=row.pk) for row in rows]
    assert [row.email for row in found] == addresses
    assert [row.email_index_odd for row in found] == [None] * 4
    assert all(sealed.is_sealed_with_newest(bytes(row.email_sealed)) for row in found[:3])
    assert signing.find("mine", token) == rows[1]
    assert AuditEvent.objects.get(action="keys-rotated").detail == "3"

    rotate()
    assert ids(key_file) == {"field": [3], "index": [3], "site": [1], "ledger": [1], "token": [3, 2, 1]}
    assert [Signature.objects.get(pk=row.pk).email for row in rows] == addresses


def test_one_address_signs_once_at_every_step_of_a_rotation(key_file):
    letter = make_letter()
    standing = make_signature(letter, email="suzie@example.com")

    def second_is_refused():
        row = sign_up(letter)
        with pytest.raises(signing.AlreadySigned):
            signing.confirm(row.public_id)

    rotating.begin()
    second_is_refused()
    list(rotating.rewrite(batch=1))
    second_is_refused()
    rotating.finish()
    second_is_refused()
    rotating.drop_old_index(batch=1)
    second_is_refused()

    assert list(Signature.objects.all()) == [standing]


def test_a_rotation_that_was_broken_off_is_resumed(key_file):
    letter = make_letter()
    rows = [make_signature(letter) for _ in range(3)]
    addresses = [row.email for row in rows]
    rotating.begin()
    next(rotating.rewrite(batch=2))  # and then the machine stopped
    assert rotating.left() > 0
    during = ids(key_file)

    told = rotate()

    assert told[0] == "resuming a rotation that was begun before"
    assert during["field"] == [2, 1]
    assert ids(key_file)["field"] == [2]
    assert [Signature.objects.get(pk=row.pk).email for row in rows] == addresses
    assert rotating.left() == 0


def test_rewrite_does_nothing_twice(key_file):
    for _ in range(3):
        make_signature()
    rotating.begin()

    assert sum(rotating.rewrite(batch=2)) == 3
    assert sum(rotating.rewrite(batch=2)) == 0


def test_begin_goes_on_with_one_after_the_last_number(key_file):
    last = keyring.MAX_KEY_ID
    document = {**keyring.fresh_document(), "field": [keyring.new_key(last)], "index": [keyring.new_key(last)]}
    keyring.write(key_file, document, replace=True)
    keyring.forget()

    rotating.begin()

    assert (ids(key_file)["field"], ids(key_file)["index"]) == ([1, last], [1, last])


def test_keys_command_makes_shows_rotates_and_drops(key_file, tmp_path, capsys):
    make_signature()
    call_command("keys", "init", tmp_path / "other.json")
    with pytest.raises(CommandError, match="Keys are never overwritten"):
        call_command("keys", "init", tmp_path / "other.json")
    call_command("keys", "rotate", "--settle", "0")
    call_command("keys", "status")
    out = capsys.readouterr().out

    assert "token: keys 2, 1 (newest first)" in out
    assert "field: keys 2 (newest first)" in out
    for key in json.loads(key_file.read_text())["field"]:
        assert key["key"] not in out

    call_command("keys", "drop", "--yes")
    assert ids(key_file)["token"] == [2]


def test_keys_status_says_that_a_rotation_is_under_way(key_file, capsys):
    make_signature()
    rotating.begin()

    call_command("keys", "status")

    assert "A rotation is under way: " in capsys.readouterr().out
