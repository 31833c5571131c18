"""The site's own log: it takes every checkpoint of every letter, and proves each; so a kit can carry its witnesses."""

import io
import zipfile
from contextlib import redirect_stdout

import pytest
from django.utils import timezone, translation

from letters.ledger import chain, merkle, note, tiles
from letters.ledger.models import Checkpoint, Halt, Inclusion
from letters.press import indexing, proofs, recovering, sequencing, showing, snapshots
from tests.factories import make_letter, make_signature
from tests.press import kits
from tests.press.keeping import confirmed, kept, read
from tests.press.kits import cosign

pytestmark = pytest.mark.django_db
WITNESS = note.Signer("newsroom.example/w", bytes(range(32)), note.COSIGNATURE)
OTHER = note.Signer("paper.example/w", bytes(range(1, 33)), note.COSIGNATURE)
SECONDS = 1_790_000_000  # 2026-09-21 14:13:20 UTC
verify = kits.load()


@pytest.fixture
def letter():
    letter = make_letter()
    make_signature(letter)
    sequencing.run()
    return letter


def checked(proof, log, size):
    """Reads a proof as a stranger would; returns the entry's number in the site's log."""
    head, _blank, signed = proof.text.partition("\n\n")
    magic, extra, index, *path = head.split("\n")
    site, _note = note.open_checkpoint(signed.encode(), chain.keys_of(chain.newest(chain.INDEX)))
    entry = kits.base64.b64decode(extra.removeprefix("extra "))
    hashes = [kits.base64.b64decode(line) for line in path]
    number = int(index.removeprefix("index "))
    merkle.check_inclusion(merkle.leaf_hash(entry), number, site.size, hashes, site.root)
    root = merkle.root_at(size, tiles.Stored(log, size).node)
    assert magic == "c2sp.org/tlog-proof@v1"
    assert entry == f'{{"k":"checkpoint","o":"{log.origin}","root":"{root.hex()}","size":{size},"v":1}}'.encode()
    return number


def test_every_checkpoint_is_taken_in_and_proved_also_one_that_a_newer_one_overtook(letter):
    log = proofs.log_of(letter)
    sizes = [chain.shown(log).size]
    for _again in range(3):  # three are published before the site's log looks
        chain.append(log, [f'{{"f":"x","k":"export","n":{_again},"sha256":"{"0" * 64}","size":1,"v":1}}'])
        sizes.append(chain.publish(log).size)
    with pytest.raises(indexing.NotIndexed):
        indexing.proof_of(log)

    sequencing.run()

    found = [indexing.proof_of(log, size) for size in sizes]
    assert [checked(proof, log, size) for proof, size in zip(found, sizes, strict=True)] == [0, 1, 2, 3]
    assert indexing.proof_of(log) == found[-1]
    assert (found[-1].number, found[-1].size, found[-1].witnesses) == (4, 4, ())
    for unknown in (0, 1, 99):
        with pytest.raises(indexing.NotIndexed):
            indexing.proof_of(log, unknown)


def test_what_entries_hold_is_read_again_where_it_is_not_known(letter, monkeypatch):
    log = proofs.log_of(letter)
    make_signature(letter, person="bob")
    sequencing.run()
    assert indexing.proof_of(log).number == 2
    Inclusion.objects.all().delete()  # a site of an earlier release, or one whose database was restored
    monkeypatch.setattr(indexing, "NOTED_AT_ONCE", 1)

    found = []
    for _run in range(2):
        sequencing.run()
        found.append(list(Inclusion.objects.order_by("number").values_list("number", "origin", "size")))

    assert found == [[(0, log.origin, 2)], [(0, log.origin, 2), (1, log.origin, 3)]]
    assert checked(indexing.proof_of(log), log, 3) == 1


def test_the_state_that_most_have_witnessed_is_shown_before_a_newer_one(letter, settings):
    settings.WITNESSES = [str(WITNESS.verifier), str(OTHER.verifier)]
    log, size = proofs.log_of(letter), proofs.size_of(letter)
    assert indexing.proof_of(log, size).sentence == (
        "In the site’s log: no. 1 of 1. Unwitnessed: nobody outside this site has cosigned that yet."
    )
    cosign(WITNESS, OTHER, seconds=SECONDS)
    make_signature(letter, person="bob")
    sequencing.run()
    cosign(WITNESS, seconds=SECONDS + 60)

    older, newer = indexing.proof_of(log, size), indexing.proof_of(log)

    assert (older.size, newer.size) == (1, 2)
    assert older.sentence == (
        "In the site’s log: no. 1 of 1. Witnessed by newsroom.example/w on 21 September 2026, 14:13 UTC; "
        "paper.example/w on 21 September 2026, 14:13 UTC."
    )
    assert [name for name, _at in newer.witnesses] == ["newsroom.example/w"]
    settings.WITNESSES = [str(OTHER.verifier)]
    assert [name for name, _at in indexing.proof_of(log, size).witnesses] == ["paper.example/w"]
    assert indexing.proof_of(log).witnesses == ()
    with translation.override("de"):
        assert "newsroom.example" not in indexing.proof_of(log).text


def test_an_address_has_the_newest_proof_and_says_when_there_is_none(client, letter, settings):
    settings.WITNESSES = [str(WITNESS.verifier)]
    log, size = proofs.log_of(letter), proofs.size_of(letter)
    base = f"/letters/{letter.slug}/ledger"

    first = client.get(f"{base}/checkpoint.tlog-proof")
    same = client.get(f"{base}/checkpoint.tlog-proof", headers={"If-None-Match": first["ETag"]})
    cosign(WITNESS, seconds=SECONDS)
    then = client.get(f"{base}/checkpoint.tlog-proof?size={size}", headers={"If-None-Match": first["ETag"]})
    named = client.get(f"{base}/log/{chain.name_of(log)}/checkpoint.tlog-proof?size={size}")
    none = client.get(f"{base}/checkpoint.tlog-proof?size={size + 1}")

    assert (first.status_code, same.status_code, then.status_code, named.content) == (200, 304, 200, then.content)
    assert first["Access-Control-Allow-Origin"] == none["Access-Control-Allow-Origin"] == "*"
    assert "immutable" not in named["Cache-Control"]
    assert then.content.decode() == first.content.decode() + WITNESS.line(
        first.content.decode().split("\n\n")[1] + "\n", seconds=SECONDS
    )
    assert (none.status_code, "?size= names the one that you mean" in none.content.decode()) == (404, True)
    for wrong in ("x", "-1", "1" * 10):
        assert client.get(f"{base}/checkpoint.tlog-proof?size={wrong}").status_code == 404


# --- in a kit ---


@pytest.fixture
def snapshot(without_printing):
    letter = make_letter()
    confirmed(letter)
    return kept(letter)


def unpacked(row, folder):
    (kit,) = [file.name for file in row.files.all() if file.name.endswith(".zip")]
    with zipfile.ZipFile(io.BytesIO(read(row, kit))) as packed:
        packed.extractall(folder)
    return folder / kit.removesuffix(".zip")


def run(folder, *arguments):
    with redirect_stdout(io.StringIO()) as printed:
        result = verify.main([str(folder), *map(str, arguments)])
    return result, printed.getvalue()


@pytest.mark.database
def test_kit_carries_the_proof_and_a_newer_one_its_witness(client, snapshot, settings, tmp_path):
    settings.WITNESSES = [str(WITNESS.verifier)]
    folder = unpacked(snapshot, tmp_path)
    before = run(folder, "--witness", WITNESS.verifier)
    cosign(WITNESS, seconds=SECONDS)
    page = client.get(f"/letters/{snapshot.letter.slug}/press/{snapshot.label}/").content.decode()
    address = page.split('download="checkpoint.tlog-proof"')[0].rpartition('href="')[2].split('"')[0]
    (tmp_path / "newer").write_bytes(client.get(address).content)

    result, printed = run(folder, "--witness", WITNESS.verifier, "--proof", tmp_path / "newer")

    assert (before[0], "no. 1 of " in before[1], "witnesses 0/1 (unwitnessed)" in before[1]) == (0, True, True)
    assert (result, "witnesses 1/1\n" in printed) == (0, True), printed
    assert "; witnessed by newsroom.example/w on 2026-09-21 14:13 UTC\n" in printed
    assert "Witnessed by newsroom.example/w on 21 September 2026, 14:13 UTC." in page
    hashes = read(snapshot, "SHA256SUMS").decode()
    assert "  checkpoint.tlog-proof\n" in hashes


def test_snapshot_of_a_log_that_was_given_up_keeps_its_proof(snapshot):
    old = proofs.log_of(snapshot.letter)
    size = read(snapshot, "entries.jsonl").count(b"\n")
    recovering._begin_anew(old, tell=str)
    sequencing.run()
    assert proofs.log_of(snapshot.letter) != old

    found = showing.in_site(snapshot)

    assert (found.log, found.size) == (chain.name_of(old), size)
    assert found.sentence.startswith("In the site’s log: no. 1 of ")


def test_kit_of_a_site_whose_own_log_is_halted_has_no_proof(without_printing, tmp_path):
    letter = make_letter()
    confirmed(letter)
    sequencing.run()
    log = chain.newest(chain.INDEX)
    Inclusion.objects.all().delete()
    Halt.objects.create(log=log, code="damaged", since=timezone.now())

    row = kept(letter)

    assert row.files.filter(name="checkpoint").exists()
    assert not row.files.filter(name=indexing.FILE).exists()
    result, printed = run(unpacked(row, tmp_path))
    assert (result, "note: no checkpoint.tlog-proof in this folder" in printed) == (0, True)


def test_snapshot_waits_for_the_sites_log(without_printing, monkeypatch):
    letter = make_letter()
    confirmed(letter)
    with monkeypatch.context() as patch:
        patch.setattr(indexing, "take_in", lambda index, wait: 0)  # as if a worker were at it
        row = snapshots.ask(letter)
        assert snapshots.make_waiting() == 0

    assert snapshots.make_waiting() == 1

    row.refresh_from_db()
    assert row.files.filter(name=indexing.FILE).exists()
    assert Checkpoint.objects.filter(log=proofs.log_of(letter)).exists()
