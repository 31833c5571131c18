"""A kit in a folder, and what a forger or a spreadsheet does to it."""

import base64
import csv
import hashlib
import hmac
import importlib.util
import json
import subprocess
import sys
import uuid
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from letters.core import canonical
from letters.documents import texts
from letters.ledger import chain, note, witnessing
from letters.press import columns, exports, indexing, proofs, sequencing
from letters.signatures import counting, sentences

PROGRAM = Path(__file__).parents[2] / "letters/press/kit/verify.py"
PERMALINK = "https://letters.example/letters/lift/signatories/{id}/"
STRANGER = "00000000-0000-4000-8000-00000000e0e0"
ORIGIN = "letters.example/l/0123456789abcdef"
SITE = "letters.example/index"
TEXT = b"# Lift the restriction\n\nWe find holes before others do.\n"
NAMES = ("Suzie van der Berg", "Bob Brandt", "Charlie Čapek", "Łukasz Żółw", "O'Brien “Ng”", "李 X", "Émile Ñandú")


def run(folder, *arguments):
    """(exit status, what it printed) of the program in an interpreter that knows nothing of this project."""
    command = [sys.executable, "-I", "-S", PROGRAM, folder, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def load(program=PROGRAM):
    """The program as a module, for what would cost an interpreter each time."""
    spec = importlib.util.spec_from_file_location(program.stem, program)
    module = importlib.util.module_from_spec(spec)
    sys.modules[program.stem] = module  # where its named tuples look for their types
    spec.loader.exec_module(module)
    return module


class Signer:
    """A key and the notes that it signs; ``kind`` 4 is a witness."""

    def __init__(self, name=ORIGIN, kind=1, key=None):
        self.name, self.kind, self._key = name, kind, key or Ed25519PrivateKey.generate()
        self.public = self._key.public_key().public_bytes_raw()
        self.id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    def __str__(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def line(self, text, seconds=1_795_000_000):
        signed, before = text, b""
        if self.kind == 4:
            signed, before = f"cosignature/v1\ntime {seconds}\n{text}", seconds.to_bytes(8, "big")
        data = self.id + before + self._key.sign(signed.encode())
        return f"— {self.name} {base64.b64encode(data).decode()}\n"

    def note(self, text):
        return f"{text}\n{self.line(text)}"

    def named(self, name):
        """The same key under another name: one signs all logs of a site."""
        return Signer(name, self.kind, self._key)


def root_of(lines):
    """RFC 6962 2.1, as it is written there."""
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    half = 1
    while half * 2 < len(lines):
        half *= 2
    return hashlib.sha256(b"\1" + root_of(lines[:half]) + root_of(lines[half:])).digest()


def path_of(lines, index):
    """The hashes beside the way from a leaf to the root, the lowest first: RFC 6962 2.1.1, as it is written there."""
    if len(lines) == 1:
        return []
    half = 1
    while half * 2 < len(lines):
        half *= 2
    left, right = lines[:half], lines[half:]
    return [*path_of(left, index), root_of(right)] if index < half else [*path_of(right, index - half), root_of(left)]


def checkpoint_text(origin, lines):
    return f"{origin}\n{len(lines)}\n{base64.b64encode(root_of(lines)).decode()}\n"


class Folder:
    """The files of an unpacked kit."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write_bytes(self, name, data):
        (self.folder / name).write_bytes(data)

    def write_table(self, name, rows, *, encoding="utf-8", **style):
        with (self.folder / name).open("w", newline="", encoding=encoding, errors="replace") as file:
            csv.writer(file, **{"lineterminator": "\r\n", **style}).writerows(rows)

    def table(self, name="signatories.csv"):
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            return list(csv.reader(file))

    def edit(self, row, column, cell, name="signatories.csv"):
        """Overwrite a cell; ``row`` as spreadsheets count."""
        table = self.table(name)
        table[row - 1][table[0].index(column)] = cell
        self.write_table(name, table)

    def drop(self, row, name="signatories.csv"):
        table = self.table(name)
        del table[row - 1]
        self.write_table(name, table)


class Kit(Folder):
    """A list of seven people under text 1.1, one withheld, one withdrawn, one corrected, one export entry."""

    def __init__(self, folder, names=NAMES):
        super().__init__(folder)
        self.signer, self.lines, self.openings, self.is_proved = Signer(), [], [], False
        self.log(k="text", sha256="0" * 64, v=1, ver="1")
        self.log(k="text", sha256=hashlib.sha256(TEXT).hexdigest(), v=1, ver="1.1")
        self.log(b="withheld", c="1" * 64, k="sign", t="1", v=1)
        for number in (3, 4):
            self.log(b="email", c=str(number) * 64, k="sign", t="1", v=1)
        self.log(i=3, k="retract", r="withdrawn", v=1)
        self.log(i=4, k="retract", r="corrected", v=1)
        self.rows = [self._signed(place, name) for place, name in enumerate(names, 1)]
        self.write()

    def log(self, **entry):
        self.lines.append(canonical.dumps(entry))

    def _signed(self, place, name):
        public_id, salt = str(uuid.UUID(int=place * 7**40)), bytes([place]) * 32
        row = {
            "signature_id": public_id, "list_position": str(place), "signatory_type": "person", "role": "signatory",
            "display_name": name, "position": "=Professor" if place == 2 else "Professor", "affiliation": "@stake; Inc",
            "affiliation_status": "current", "country_code": "NLD", "country": "Netherlands", "capacity": "personal",
            "signed_on": f"2026-11-{place + 3:02}", "letter_version": "1.1", "verification": "email",
            "affiliation_basis": "none", "invited": "false", "reviewed": "true" if place == 1 else "false",
            "checked_on": f"2026-11-{place + 3:02}", "verification_sentence": "E-mail confirmed, nothing more.",
            "quote_permission": "none",
            "permalink": f"https://letters.example/letters/lift/signatories/{public_id}/",
        }  # fmt: skip
        committed = {name: cell for name, cell in row.items() if name not in ("list_position", "permalink")}
        message = canonical.dumps({"letter": ORIGIN, **committed})
        self.openings.append([public_id, len(self.lines), salt.hex()])
        self.log(b="email", c=hmac.digest(salt, message, "sha256").hex(), k="sign", t="1.1", v=1)
        return row

    def write(self):
        """All files anew from what is held here."""
        names = list(columns.names_of_columns)
        rows = [[columns.guarded(row.get(name, "")) for name in names] for row in self.rows]
        self.write_table("signatories.csv", [names, *rows])
        self.write_table("openings.csv", [["signature_id", "ledger_index", "salt"], *self.openings])
        self.write_bytes("signatories.json", json.dumps({"signatories": self.rows}).encode())
        self.write_bytes("letter.md", TEXT)
        self.write_bytes("key.txt", f"{self.signer}\n".encode())
        self.sign()

    def in_site(self, lines=(), *witnesses, **other):
        """The entry of this kit's checkpoint, after these in a site's log, and the proof of that; ``other`` overwrites
        parts of the entry."""
        entry = {"k": "checkpoint", "o": ORIGIN, "root": root_of(self.lines).hex(), "size": len(self.lines), "v": 1}
        lines = [*lines, canonical.dumps({**entry, **other})]
        self.prove(lines, len(lines) - 1, checkpoint_text(SITE, lines), *witnesses)
        return lines

    def prove(self, lines, index, text, *witnesses):
        self.is_proved = True
        path = "".join(f"{base64.b64encode(node).decode()}\n" for node in path_of(lines, index))
        signed = self.signer.named(text.split("\n")[0]).note(text) + "".join(one.line(text) for one in witnesses)
        extra = base64.b64encode(lines[index]).decode()
        proof = f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n{path}\n{signed}"
        self.write_bytes("checkpoint.tlog-proof", proof.encode())

    def sign(self, *witnesses):
        """Entries, checkpoint, hashes and, where no test made one, the proof of the site's log, by the key that this
        kit has now."""
        if not self.is_proved:
            self.in_site([b"one", b"two", b"three"])
            self.is_proved = False
        self.write_bytes("entries.jsonl", b"".join(line + b"\n" for line in self.lines))
        text = checkpoint_text(ORIGIN, self.lines)
        self.write_bytes("checkpoint", (self.signer.note(text) + "".join(w.line(text) for w in witnesses)).encode())
        sums = "".join(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
            for path in sorted(self.folder.iterdir())
            if not path.name.startswith("SHA256SUMS")
        )
        self.write_bytes("SHA256SUMS", sums.encode())
        self.write_bytes("SHA256SUMS.sig", self.signer.note(sums).encode())


# --- the kit that the site makes, and what a forger does to it ---


def published(letter, folder):
    """The list, its log and the letter's text as the site serves them now; everything is in the log."""
    kit, version = Folder(folder), letter.version
    kit.write_bytes("signatories.csv", b"".join(exports.signatories_csv(version, permalink=PERMALINK)))
    count = sentences.count_of(counting.tally_for(version), "Lift")
    kit.write_bytes("signatories.json", b"".join(exports.signatories_json(version, count, permalink=PERMALINK)))
    rows = [f"{public_id},{index},{salt}\r\n" for public_id, index, salt in sequencing.openings(version)]
    kit.write_bytes("openings.csv", "".join(["signature_id,ledger_index,salt\r\n", *rows]).encode())
    kit.write_bytes("checkpoint", proofs.checkpoint_of(letter))
    kit.write_bytes(indexing.FILE, indexing.proof_of(proofs.log_of(letter)).text.encode())
    kit.write_bytes("entries.jsonl", b"".join(proofs.entries_of(letter, proofs.size_of(letter))))
    kit.write_bytes("letter.md", texts.shown_of(version).text.encode())
    kit.write_bytes("key.txt", f"{proofs.vkey_of(letter)}\n".encode())
    return kit


def cosign(*signers, seconds):
    """Take what outside witnesses of the site's log send back; ``seconds`` since 1970 is when they looked."""
    shown = chain.shown(chain.newest(chain.INDEX))
    text = note.parse(shown.note.encode()).text
    witnessing.take((shown.note + "".join(one.line(text, seconds=seconds) for one in signers)).encode())


def later_checkpoint(letter, more=5):
    """What somebody holds who looked at the log before its database was rolled back by ``more`` entries."""
    log, size = sequencing.log_of(letter), proofs.size_of(letter)
    return note.sign(str(note.Checkpoint(log.origin, size + more, b"\x07" * 32)), *chain.signers(log)).encode()


def _change_a_cell(kit):
    kit.edit(4, "position", "Emperor")


def _drop_a_row(kit):
    kit.drop(5)


def _add_a_row(kit):
    table = kit.table()
    added = {**dict(zip(table[0], table[1], strict=True)), "signature_id": STRANGER, "display_name": "Eve Example"}
    kit.write_table("signatories.csv", [*table, [*{**added, "list_position": len(table)}.values()]])


def _swap_the_text(kit):
    kit.write_bytes("letter.md", (kit.folder / "letter.md").read_bytes().replace(b"Lift", b"Keep"))


def _sign_with_another_key(kit):
    body = (kit.folder / "checkpoint").read_text().split("\n\n")[0] + "\n"
    kit.write_bytes("checkpoint", Signer(body.split("\n")[0]).note(body).encode())


def _truncate_the_log(kit):
    lines = (kit.folder / "entries.jsonl").read_bytes().splitlines(keepends=True)
    kit.write_bytes("entries.jsonl", b"".join(lines[:-1]))


def _rewrite_an_entry(kit):
    lines = (kit.folder / "entries.jsonl").read_bytes().splitlines(keepends=True)
    digit = lines[1][lines[1].index(b'"c":"') + 5 :][:1]
    lines[1] = lines[1].replace(b'"c":"' + digit, b'"c":"' + (b"1" if digit == b"0" else b"0"))
    kit.write_bytes("entries.jsonl", b"".join(lines))


def _proof_of_another_log(kit):
    _edit_proof(kit, lambda extra, signed: (extra.replace(b"/l/", b"/l/0"), signed))


def _cut_the_proof(kit):
    path = kit.folder / indexing.FILE
    path.write_bytes(path.read_bytes()[:-1])


def _fork_the_sites_log(kit):
    log = chain.newest(chain.INDEX)
    other = note.sign(str(note.Checkpoint(log.origin, 1, b"\x07" * 32)), *chain.signers(log))
    _edit_proof(kit, lambda extra, _signed: (extra, other.encode()))


def _edit_proof(kit, edit):
    path = kit.folder / indexing.FILE
    head, _blank, signed = path.read_bytes().partition(b"\n\n")
    magic, extra, *rest = head.split(b"\n")
    extra, signed = edit(base64.b64decode(extra[6:]), signed)
    path.write_bytes(b"\n".join([magic, b"extra " + base64.b64encode(extra), *rest, b"", signed]))


DRILL = {
    "a cell was changed": (_change_a_cell, "row 4 (Bob Brandt), column position: the file says “Emperor”, signed was “",
                           "position: your file says Emperor, signed was Incident Responder."),
    "a row was dropped": (_drop_a_row, "a row was left out: signature ", "a row was left out: Charlie Čapek"),
    "a row was added": (_add_a_row, "(Eve Example): this row was added", "Never in this letter"),
    "the text was swapped": (_swap_the_text, "letter.md: this is no text that", "letter.md: this is no text that"),
    "another key signed": (_sign_with_another_key, "checkpoint: not signed with the key",
                           "checkpoint: not signed with the key"),
    "the log was truncated": (_truncate_the_log, "but the checkpoint was made of ", "the end is cut off"),
    "an entry was rewritten": (_rewrite_an_entry, "an entry was changed; the root", "an entry was changed; the root"),
    "the proof is of another log": (_proof_of_another_log, "checkpoint.tlog-proof: it is of another log (",
                                    "checkpoint.tlog-proof: it is of another log ("),
    "the proof was cut": (_cut_the_proof, "checkpoint.tlog-proof: this is no proof, or its end is cut off",
                          "checkpoint.tlog-proof: this is no proof, or its end is cut off"),
    "the site's log was forked": (_fork_the_sites_log, "checkpoint.tlog-proof: the checkpoint is not in the tree of 1 ",
                                  "checkpoint.tlog-proof: the checkpoint is not in the tree of 1 "),
}  # fmt: skip
"""{what was done: (how, what verify.py says, what the check page says)}; the list: Alice, Suzie, Bob, Charlie."""
