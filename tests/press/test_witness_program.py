"""witness.py, one file for whoever wants to be a witness: what it signs, refuses and keeps."""

import ast
import subprocess
import sys

import pytest
from django.utils import timezone

from letters.ledger import chain, following, merkle, note, tiles, witnessing
from letters.ledger.models import Checkpoint, Cosignature, Entry
from letters.press import proofs, sequencing
from tests.factories import make_letter, make_signature
from tests.ledger.tampering import tampering
from tests.press import kits

PROGRAM = kits.PROGRAM.with_name("witness.py")
witness = kits.load(PROGRAM)
LOG = note.Signer("letters.example/index", bytes(range(32)))
SEED = bytes(range(2, 34))


def leaves(amount, start=0):
    return [merkle.leaf_hash(str(number).encode()) for number in range(start, amount)]


class Site:
    """A log as a site shows it. ``asked`` are the addresses that were fetched."""

    def __init__(self, hashes, signer=LOG):
        self.asked, self.hashes, self.signer = [], list(hashes), signer

    def __call__(self, name):
        self.asked.append(name)
        if name == "key":
            return f"{self.signer.verifier}\n".encode()
        if name == "checkpoint":
            root = merkle.root_of(self.hashes)
            return note.sign(str(note.Checkpoint(self.signer.name, len(self.hashes), root)), self.signer).encode()
        _tile, level, path = name.split("/", 2)
        number, width = tiles.parse_path(path)
        start, span = number * 256 << 8 * int(level), 1 << 8 * int(level)
        parts = [self.hashes[start + at * span : start + (at + 1) * span] for at in range(width)]
        return b"".join(merkle.root_of(part) for part in parts if len(part) == span)


def look(site, store, *, seconds=1_795_000_000, pin=None):
    return witness.look(site, str(store), witness.Key("newsroom.example/w", 4, SEED), pin, seconds)


@pytest.mark.parametrize("sizes", [(1, 2, 3, 7, 8), (5, 256, 257, 300), (255, 512, 70_000, 70_001), (66_000, 66_000)])
def test_a_log_that_grew_is_cosigned_as_the_standard_has_it(tmp_path, sizes):
    ours = note.Signer("newsroom.example/w", SEED, note.COSIGNATURE)

    for before, size in zip((0, *sizes), sizes, strict=False):
        site = Site(leaves(size))
        cosigned, said = look(site, tmp_path, seconds=size)

        found = note.parse(cosigned.encode())
        assert found.signed_by([LOG.verifier, ours.verifier]) == [(LOG.verifier, 0), (ours.verifier, size)]
        assert cosigned == site("checkpoint").decode() + ours.line(found.text, seconds=size)
        assert f"{before:,} entries before, {size:,} now" in said
        assert (tmp_path / "newest").read_text(encoding="utf-8") == cosigned
        assert len(site.asked) < 24, "a few tiles, whatever the size"


OTHERS = {
    "shrank": (leaves(299), "it had 300 entries and has 299 now"),
    "one of the same size": ([*leaves(299), b"x" * 32], "its first 300 entries are not those that it had"),
    "a larger one": ([b"x" * 32, *leaves(900, 1)], "its first 300 entries are not those that it had"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_second_past_is_refused_and_kept_as_evidence(tmp_path, other):
    look(Site(leaves(300)), tmp_path)
    kept = (tmp_path / "newest").read_bytes()
    hashes, expected = OTHERS[other]
    site = Site(hashes)

    with pytest.raises(witness.Refused, match=expected) as refused:
        look(site, tmp_path)

    assert "Nothing is signed" in str(refused.value)
    assert (tmp_path / "newest").read_bytes() == kept
    (evidence,) = tmp_path.glob("conflict-*")
    assert evidence.read_bytes() == site("checkpoint")
    assert "300 entries before, 301 now" in look(Site(leaves(301)), tmp_path)[1], "it goes on with the first one"


def test_tiles_that_do_not_lead_to_the_signed_root_are_refused(tmp_path):
    look(Site(leaves(300)), tmp_path)
    site, lying = Site(leaves(400)), Site([*leaves(399), b"x" * 32])

    with pytest.raises(witness.Refused, match="do not lead to the root that it signed for 400 entries"):
        look(lambda name: (lying if name.startswith("tile") else site)(name), tmp_path)


def test_a_site_that_does_not_answer_whole_is_no_evidence(tmp_path):
    look(Site(leaves(300)), tmp_path)
    site = Site(leaves(400))

    with pytest.raises(witness.Unreadable, match=r"tile/0/001.p/144 has 100 bytes instead of 4608. Try again later"):
        look(lambda name: site(name)[:100] if "001" in name else site(name), tmp_path)

    assert not list(tmp_path.glob("conflict-*"))


def test_the_key_that_was_seen_first_is_followed_alone(tmp_path):
    first = look(Site(leaves(3)), tmp_path)[1]
    assert f"compare it with a print: {LOG.verifier}" in first
    assert "compare it" not in look(Site(leaves(4)), tmp_path)[1]
    thief, elsewhere = note.Signer(LOG.name, bytes(32)), note.Signer("letters.example/index/ab", LOG.secret)

    for site, expected in ((Site(leaves(5), thief), "not signed by the key"), (Site(leaves(5), elsewhere), "followed")):
        with pytest.raises(witness.Unreadable, match=expected):
            look(site, tmp_path)
    with pytest.raises(witness.Unreadable, match="names another key than the one given"):
        look(Site(leaves(5)), tmp_path, pin=str(thief.verifier))
    with pytest.raises(witness.Unreadable, match="not signed by the key"):
        look(Site(leaves(5)), tmp_path / "other", pin=str(thief.verifier))


@pytest.mark.parametrize(
    "edit", [lambda data: data[:-1], lambda data: b"", lambda data: data.replace(b"\n3\n", b"\n03\n")]
)
def test_a_checkpoint_that_is_none_is_not_signed(tmp_path, edit):
    site = Site(leaves(3))

    with pytest.raises(witness.Unreadable, match="no signed checkpoint"):
        look(lambda name: edit(site(name)) if name == "checkpoint" else site(name), tmp_path)

    assert not (tmp_path / "newest").exists()


def test_a_checkpoint_that_the_log_did_not_sign_is_not_signed(tmp_path):
    site, other = Site(leaves(3)), Site(leaves(4))
    text, signature = other("checkpoint").decode().split("\n\n")[0], site("checkpoint").decode().split("\n\n")[1]
    forged = f"{text}\n\n{signature}".encode()

    with pytest.raises(witness.Unreadable, match="not signed by the key"):
        look(lambda name: forged if name == "checkpoint" else other(name), tmp_path)


def test_the_program_follows_what_the_site_itself_kept_of_another(tmp_path):
    """The folder of ``manage.py ledger witness`` is the same one."""
    look(Site(leaves(300)), tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {following.NEWEST, following.PINNED}
    assert note.parse_key((tmp_path / following.PINNED).read_text()) == LOG.verifier


# --- as somebody runs it ---


def run(folder, *arguments):
    command = [sys.executable, "-I", "-S", PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=folder)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.django_db(transaction=True)
def test_a_newsroom_cosigns_the_site_and_is_shown_on_it(client, live_server, settings, tmp_path):
    make_signature(make_letter())
    sequencing.run()
    url = live_server.url.replace("localhost", "127.0.0.1")
    (tmp_path / "witness.py").write_bytes(client.get("/ledger/witness.py").content)

    made = run(tmp_path, "--make-key", "newsroom.example/w")
    again = run(tmp_path, "--make-key", "newsroom.example/w")
    code, cosigned, said = run(tmp_path, url)

    settings.WITNESSES = [made[2].split("WITNESSES: ")[1].strip()]
    assert (made[:2], again[0], "never overwritten" in again[2]) == ((0, ""), 2, True)
    assert (code, "0 entries before, 1 now" in said) == (0, True)
    assert (tmp_path / "witness.key").stat().st_mode & 0o077 == 0
    assert note.parse_signer((tmp_path / "witness.key").read_text()).name == "newsroom.example/w"
    assert [row.witness for row in witnessing.take(cosigned.encode())] == ["newsroom.example/w"]
    assert proofs.site_checkpoint().decode() == cosigned
    (tmp_path / "kept/lock").touch()
    assert "another one is running" in run(tmp_path, url)[2]
    (tmp_path / "kept/lock").unlink()
    _show_another_past()
    refused = run(tmp_path, url)
    assert (refused[:2], "together prove it: show them to others" in refused[2]) == ((1, ""), True)
    assert not (tmp_path / "kept/lock").exists()


def _show_another_past():
    index = chain.newest(chain.INDEX)
    with tampering():
        Entry.objects.filter(log=index).update(line="another")
        Cosignature.objects.all().delete()
        Checkpoint.objects.filter(log=index).delete()
        root = merkle.leaf_hash(b"another")
        signed = note.sign(str(note.Checkpoint(index.origin, 1, root)), *chain.signers(index))
        Checkpoint.objects.create(log=index, size=1, note=signed, signed_at=timezone.now())


def test_what_cannot_be_read_is_said_with_what_to_do(tmp_path):
    for arguments, expected in (
        (["https://letters.example/ledger"], "witness.key does not exist. Make it with --make-key NAME"),
        (["--make-key", "two words"], "neither spaces nor a plus"),
        (["--make-key", "w", "http://letters.example"], "give the address of the log, such as https://"),
        (["http://127.0.0.1:9/ledger"], "http://127.0.0.1:9/ledger/key cannot be read"),
    ):
        code, printed, said = run(tmp_path, *arguments)
        assert (code, printed, expected in said, "Traceback" in said) == (2, "", True, False), said


def test_it_is_one_file_of_the_standard_library_for_old_pythons():
    found = ast.walk(ast.parse(PROGRAM.read_text(), feature_version=(3, 8)))
    imported = {node.module for node in found if isinstance(node, ast.ImportFrom)}

    assert imported == {"__future__", "typing", "urllib.parse"}
    assert run(PROGRAM.parent, "--help")[0] == 0
