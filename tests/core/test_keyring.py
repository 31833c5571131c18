import base64
import json
import stat

import pytest

from letters.core import keyring
from letters.core.errors import KeyRingError


def encoded(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def fresh(**changes):
    return {**keyring.fresh_document(), **changes}


def test_fresh_document_has_a_key_of_its_own_for_each_purpose():
    ring = keyring.parse(keyring.fresh_document())

    secrets = [key.secret for purpose in keyring.PURPOSES for key in ring.of(purpose)]
    assert [len(secret) for secret in secrets] == [32] * 5
    assert len(set(secrets)) == 5


@pytest.mark.parametrize(
    "entry",
    [
        {"id": 1, "key": encoded(bytes(range(31)))},
        {"id": 1, "key": encoded(bytes(range(33)))},
        {"id": 1, "key": encoded(b"")},
        {"id": 1, "key": encoded(b"\0" * 32)},
        {"id": 1, "key": encoded(b"abcd" * 8)},
        {"id": 0, "key": encoded(bytes(range(32)))},
        {"id": 256, "key": encoded(bytes(range(32)))},
        {"id": -1, "key": encoded(bytes(range(32)))},
    ],
)
def test_parse_refuses_a_key_that_is_not_thirty_two_random_bytes(entry):
    with pytest.raises(KeyRingError, match="A token key is not 32 random bytes"):
        keyring.parse(fresh(token=[entry]))


@pytest.mark.parametrize(
    "entry",
    [
        {"key": encoded(bytes(range(32)))},
        {"id": 1},
        {"id": "one", "key": encoded(bytes(range(32)))},
        {"id": 1, "key": "not base64!"},
        {"id": 1, "key": None},
        {"id": 1, "key": 7},
        {"id": None, "key": encoded(bytes(range(32)))},
        "key",
        None,
    ],
)
def test_parse_refuses_a_malformed_key(entry):
    with pytest.raises(KeyRingError, match="A field key is malformed"):
        keyring.parse(fresh(field=[entry]))


@pytest.mark.parametrize("entries", [[], None, "key", {"id": 1}])
def test_parse_refuses_a_purpose_without_a_list_of_keys(entries):
    with pytest.raises(KeyRingError, match="no list of keys for index"):
        keyring.parse(fresh(index=entries))


@pytest.mark.parametrize("document", [None, [], "text", {}, {"version": 2}, fresh(version="1")])
def test_parse_refuses_what_is_no_key_file(document):
    with pytest.raises(KeyRingError, match="must be a JSON object with version 1"):
        keyring.parse(document)


def test_parse_refuses_one_key_for_two_purposes():
    document = fresh()

    with pytest.raises(KeyRingError, match="uses one key twice"):
        keyring.parse({**document, "index": document["site"]})


def test_parse_refuses_one_number_for_two_keys():
    with pytest.raises(KeyRingError, match="field key number 1 stands twice"):
        keyring.parse(fresh(field=[keyring.new_key(1), keyring.new_key(1)]))


@pytest.mark.parametrize("ids", [(3, 1), (3, 2, 1)])
def test_parse_refuses_index_keys_that_would_share_a_column(ids):
    with pytest.raises(KeyRingError, match="at most two index keys, one with an odd and one with an even number"):
        keyring.parse(fresh(index=[keyring.new_key(number) for number in ids]))


@pytest.mark.parametrize("as_text", [encoded, lambda secret: secret.decode()])
def test_parse_refuses_a_key_that_equals_secret_key(settings, as_text):
    secret = b"0123456789abcdefghijklmnopqrstuv"
    settings.SECRET_KEY = as_text(secret)

    with pytest.raises(KeyRingError, match="equals SECRET_KEY"):
        keyring.parse(fresh(token=[{"id": 1, "key": encoded(secret)}]))


def test_write_makes_a_file_for_its_owner_alone(tmp_path):
    path = tmp_path / "new" / "keys.json"

    keyring.write(path, fresh())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]
    assert keyring.parse(keyring.read(path)).token[0].id == 1


def test_write_never_overwrites_keys_by_mistake(tmp_path):
    path = tmp_path / "keys.json"
    keyring.write(path, fresh())
    before = path.read_bytes()

    with pytest.raises(KeyRingError, match="Keys are never overwritten"):
        keyring.write(path, fresh())

    assert path.read_bytes() == before
    keyring.write(path, fresh(), replace=True)
    assert path.read_bytes() != before


def test_write_refuses_bad_keys_before_it_touches_the_file(tmp_path):
    path = tmp_path / "keys.json"
    keyring.write(path, fresh())
    before = path.read_bytes()

    with pytest.raises(KeyRingError):
        keyring.write(path, fresh(token=[]), replace=True)

    assert path.read_bytes() == before


def test_write_names_the_reason_when_the_folder_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(KeyRingError, match=r"cannot be written: (Not a directory|File exists)"):
        keyring.write(tmp_path / "file" / "keys.json", fresh())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "There is no key file"), (b"{", "JSONDecodeError"), (b"\xff\xfe", "UnicodeDecodeError")],
)
def test_read_names_what_is_wrong_with_the_file(tmp_path, content, sentence):
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(KeyRingError, match=sentence):
        keyring.read(path)


def test_find_refuses_a_number_that_is_not_kept():
    ring = keyring.parse(fresh())

    assert ring.find("site", 1) is ring.site[0]
    with pytest.raises(KeyRingError, match="no site key number 9"):
        ring.find("site", 9)


def test_ring_is_read_again_when_the_file_changed(key_file, monkeypatch):
    monkeypatch.setattr(keyring, "RECHECK_SECONDS", 0.0)
    before = keyring.ring()
    assert keyring.ring() is before

    keyring.write(key_file, fresh(token=[keyring.new_key(7)]), replace=True)

    assert keyring.ring().token[0].id == 7


def test_ring_does_not_look_at_the_file_more_than_once_a_second(key_file):
    before = keyring.ring()
    keyring.write(key_file, fresh(), replace=True)

    assert keyring.ring() is before


def test_ring_refuses_a_file_that_was_broken_until_it_is_whole_again(key_file, monkeypatch):
    monkeypatch.setattr(keyring, "RECHECK_SECONDS", 0.0)
    before, whole = keyring.ring(), key_file.read_text()
    key_file.write_text("{")

    with pytest.raises(KeyRingError, match="cannot be read: JSONDecodeError"):
        keyring.ring()

    key_file.write_text(whole)
    assert keyring.ring() == before


def test_ring_makes_missing_keys_in_development_alone(settings, tmp_path):
    usual, settings.KEYS_FILE = settings.KEYS_FILE, str(tmp_path / "keys.json")
    keyring.forget()
    try:
        settings.MAKE_MISSING_KEYS = False
        with pytest.raises(KeyRingError, match="There is no key file"):
            keyring.ring()

        settings.MAKE_MISSING_KEYS = True
        assert keyring.ring().index[0].id == 1
        assert json.loads((tmp_path / "keys.json").read_text())["version"] == 1
    finally:
        settings.KEYS_FILE = usual
        keyring.forget()


def older_file(path):
    document = keyring.fresh_document()
    del document["ledger"]
    path.write_text(json.dumps(document))
    keyring.forget()
    return document


def test_a_key_file_of_an_older_release_is_refused_with_what_to_do(key_file, settings):
    settings.MAKE_MISSING_KEYS = False
    older_file(key_file)

    with pytest.raises(KeyRingError, match="no ledger key"):
        keyring.ring()


def test_complete_adds_what_is_missing_and_changes_nothing_else(key_file, settings):
    settings.MAKE_MISSING_KEYS = False
    before = older_file(key_file)

    assert keyring.complete(key_file) == ["ledger"]
    assert keyring.complete(key_file) == []

    after = json.loads(key_file.read_text())
    assert {purpose: after[purpose] for purpose in before} == before
    assert len(keyring.ring().ledger) == 1


def test_development_completes_its_key_file_by_itself(key_file):
    before = older_file(key_file)

    assert len(keyring.ring().ledger) == 1
    assert keyring.ring().site[0].secret == base64.b64decode(before["site"][0]["key"])
