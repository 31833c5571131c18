"""The ledger at its public addresses, read as a stranger's tool would read it."""

import csv
import io

import pytest
from django.utils import timezone

from letters.documents.models import Letter
from letters.ledger import chain, merkle, note, tiles
from letters.ledger.models import Halt, Tile
from letters.press import proofs, recovering, sequencing
from letters.signatures import counting
from tests.factories import make_letter, make_signature, make_signatures
from tests.ledger.tampering import tampering

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def letter(settings):
    letter = make_letter(slug="lift")
    make_signatures(letter, 299)
    sequencing.run()
    counting.refresh()
    return letter


def body(client, path, status=200):
    response = client.get(path)
    assert (path, response.status_code) == (path, status)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies
    return b"".join(response.streaming_content) if response.streaming else response.content


def checkpoint(client, base="/letters/lift"):
    key = note.parse_key(body(client, f"{base}/ledger/key").decode().split("\n")[0])
    return note.open_checkpoint(body(client, f"{base}/ledger/checkpoint"), [key])[0]


def test_the_root_is_that_of_the_tiles_the_bundles_and_the_lines(client, letter):
    found = checkpoint(client)
    base = "/letters/lift/ledger"

    hashes = body(client, f"{base}/tile/0/000") + body(client, f"{base}/tile/0/001.p/44")
    bundle = body(client, f"{base}/tile/entries/000") + body(client, f"{base}/tile/entries/001.p/44")
    lines = body(client, f"{base}/entries.jsonl").splitlines()
    above = body(client, f"{base}/tile/1/000.p/1")

    assert found.size == 300 == len(lines)
    leaves = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    assert merkle.root_of(leaves) == found.root
    assert leaves == [merkle.leaf_hash(line) for line in lines]
    assert bundle == tiles.bundle(lines)
    assert above == merkle.root_of(leaves[:256])
    assert len(body(client, f"{base}/entries.jsonl?size=7").splitlines()) == 7
    assert len(body(client, f"{base}/entries.jsonl?size=000300").splitlines()) == 300  # as many digits as 100,000


def test_the_sites_own_log_holds_the_letters_checkpoint(client, letter):
    found = checkpoint(client, "")

    assert found.size == 1
    assert found.origin.endswith("/index")
    bundle = body(client, "/ledger/tile/entries/000.p/1")
    assert merkle.leaf_hash(bundle[2:]) == found.root == body(client, "/ledger/tile/0/000.p/1")
    assert checkpoint(client).root.hex().encode() in bundle


def test_what_is_final_is_kept_for_ever_and_the_rest_for_seconds(client, letter):
    final = client.get(f"/letters/lift/ledger/log/{chain.name_of(proofs.log_of(letter))}/tile/0/000")
    growing = client.get("/letters/lift/ledger/checkpoint")

    assert final.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "max-age=4" in growing.headers["Cache-Control"]
    assert client.get("/letters/lift/ledger/checkpoint", headers={"If-None-Match": growing["ETag"]}).status_code == 304
    assert growing.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert final.headers["Content-Type"] == "application/octet-stream"


def test_a_new_log_is_never_taken_for_the_old_one_by_a_cache(client, letter):
    old = chain.name_of(proofs.log_of(letter))
    paths = ("tile/0/000", "tile/entries/000", "entries.jsonl?size=100", "checkpoint")
    before = {path: client.get(f"/letters/lift/ledger/{path}") for path in paths}
    kept = {path: body(client, f"/letters/lift/ledger/log/{old}/{path}") for path in paths}
    assert [path for path in paths if "immutable" in before[path].headers["Cache-Control"]] == []
    openings = client.get("/letters/lift/openings.csv")["ETag"]

    _give_up(proofs.log_of(letter))

    for path in paths:
        again = client.get(f"/letters/lift/ledger/{path}", headers={"If-None-Match": before[path]["ETag"]})
        assert (path, again.status_code) == (path, 200)
        assert body(client, f"/letters/lift/ledger/log/{old}/{path}") == kept[path]
    assert client.get("/letters/lift/openings.csv", headers={"If-None-Match": openings}).status_code == 200
    new = chain.name_of(proofs.log_of(letter))
    first = body(client, f"/letters/lift/ledger/log/{new}/entries.jsonl").splitlines()[0]
    assert (new != old, f'/l/{old}"'.encode() in first) == (True, True)
    assert "immutable" in client.get(f"/letters/lift/ledger/log/{new}/tile/0/000").headers["Cache-Control"]


def _give_up(log):
    recovering._begin_anew(log, tell=str)
    sequencing.run(seconds=60)


def test_the_sites_own_log_that_was_given_up_stays_under_its_name(client, letter):
    before = body(client, "/ledger/log/index/tile/entries/000.p/1")

    _give_up(chain.newest(chain.INDEX))
    now = checkpoint(client, "")

    assert body(client, "/ledger/log/index/tile/entries/000.p/1") == before
    assert now.origin.rpartition("/")[0].endswith("/index")
    name = now.origin.rpartition("/")[2]
    assert body(client, f"/ledger/log/{name}/checkpoint") == body(client, "/ledger/checkpoint")


@pytest.mark.parametrize("name", ["index", "x", "documents"])
def test_a_letter_has_no_log_of_another_name(client, letter, name):
    other = make_letter(slug="other")
    make_signature(other)
    sequencing.run()

    for found in (name, chain.name_of(proofs.log_of(other))):
        assert client.get(f"/letters/lift/ledger/log/{found}/checkpoint").status_code == 404
        assert client.get(f"/letters/lift/ledger/log/{found}/tile/0/000.p/1").status_code == 404


def test_a_damaged_tile_is_refused_instead_of_kept_for_a_year(client, letter):
    log = proofs.log_of(letter)
    with tampering():
        Tile.objects.filter(log=log, level=0, number=0).update(hashes=b"x" * 8192)

    answer = client.get(f"/letters/lift/ledger/log/{chain.name_of(log)}/tile/0/000")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert b"ledger fsck" in answer.content


def test_nothing_of_a_halted_log_is_kept_for_long(client, letter):
    log = proofs.log_of(letter)
    Halt.objects.create(log=log, code="fork", since=timezone.now())

    answer = client.get(f"/letters/lift/ledger/log/{chain.name_of(log)}/tile/0/000")

    assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, False)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001", "tile/0/001.p/45", "tile/0/002.p/1", "tile/1/000", "tile/2/000.p/1", "tile/00/000", "tile/9/000",
        "tile/x/000", "tile/0/0", "tile/0/000/", "tile/entries/001", "tile/entries/0", "tile/0/000.p/256",
        "entries.jsonl?size=301",
    ],
)  # fmt: skip
def test_what_the_log_does_not_have_is_not_found_and_not_kept(client, letter, path):
    response = client.get(f"/letters/lift/ledger/{path}")

    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"


def test_the_openings_are_those_of_the_list(client, letter):
    table = list(csv.DictReader(io.StringIO(body(client, "/letters/lift/openings.csv").decode())))
    shown = list(csv.DictReader(io.StringIO(body(client, "/letters/lift/signatories.csv").decode())))

    assert [row["signature_id"] for row in table] == [row["signature_id"] for row in shown]
    assert {len(row["salt"]) for row in table} == {64}
    assert sorted(int(row["ledger_index"]) for row in table) == list(range(1, 300))


def test_nobody_is_opened_while_names_are_hidden(client, letter):
    Letter.objects.update(names_hidden_at=timezone.now())

    response = client.get("/letters/lift/openings.csv")

    assert response.status_code == 403
    assert b"," not in response.content
    assert checkpoint(client).size == 300


@pytest.mark.parametrize("state", ["draft", "private"])
def test_a_letter_that_nobody_may_read_has_no_address_here(client, state):
    make_signature(make_letter(slug="lift", state=state))
    sequencing.run()

    for path in ("openings.csv", "ledger/checkpoint", "ledger/key", "ledger/entries.jsonl", "ledger/tile/0/000.p/1"):
        assert client.get(f"/letters/lift/{path}").status_code == 404


def test_before_the_first_run_every_address_says_when(client):
    make_letter(slug="lift")

    for path in ("openings.csv", "ledger/checkpoint", "ledger/key", "ledger/entries.jsonl"):
        assert b"within a minute" in body(client, f"/letters/lift/{path}", 404)
    assert client.get("/ledger/checkpoint").status_code == 404
