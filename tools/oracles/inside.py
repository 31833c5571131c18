"""What must run inside the site's own settings, as a process of its own: ``manage.py shell`` calls these functions.

Each prints its answer as JSON on the last line.
"""

from __future__ import annotations

import base64
import json
from itertools import cycle, islice, product
from pathlib import Path

from django.db import transaction

from letters.ledger import chain, merkle, tiles
from letters.ledger.models import Log
from letters.signatures import counting
from tests.factories import make_letter, make_signature, sign_and_confirm, sign_up
from tests.public.addresses import addresses_for

BEGINNINGS = (
    "=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", "'=", '"=', "\u00a0=", "\u200b=", ";=", ",=",
    "%=", "|=",
)  # fmt: skip
ENDINGS = (
    "1+1", "SUM(1;1)", 'HYPERLINK("http://x.example";"y")', "cmd|' /C calc'!A0", 'WEBSERVICE("http://x.example")',
    'IMPORTXML("http://x.example","//a")', "2+5+cmd|'/C calc'!A0", 'DDE("cmd";"/C calc";"x")', "A1", "NOW()",
)  # fmt: skip


def doors() -> None:
    """The path of every page that visitors may open, those behind the links of mails included, for a small letter."""
    letter = make_letter(slug="every-page")
    confirmed, waiting = sign_and_confirm(letter), sign_up(letter, "bob")
    counting.refresh()
    paths = addresses_for(confirmed, waiting)  # type: ignore[no-untyped-call] # tests have no types
    _tell(sorted(paths.values()))


def hostile(amount: int) -> None:
    """A letter with so many printed signatories whose words a spreadsheet would like to run; past the form's own rules,
    which refuse most of them."""
    letter = make_letter(slug="hostile-cells", title='=HYPERLINK("http://x.example";"Title")')
    attacks = list(islice(cycle(f"{begin}{end}" for begin, end in product(BEGINNINGS, ENDINGS)), amount))
    names = []
    with transaction.atomic():
        for number, attack in enumerate(attacks):
            names.append(f"Person {number:03}")
            make_signature(
                letter, display_name=f"{attack} {names[-1]}"[:200], position=attack, affiliation=attack,
                comment=attack, consent_comment=True, email=f"person-{number}@example.org",
            )  # fmt: skip
    counting.refresh()
    _tell({"letter": letter.get_absolute_url(), "rows": amount, "names": names})


def log(folder: str, size: int) -> None:
    """Grow a log to this many entries in two steps, and write down all that its readers would get."""
    place, old = Path(folder), size // 2 + 1
    one = chain.start("oracles:1")
    older = _grow(one, 0, old)
    newer = _grow(one, old, size)
    stored = tiles.Stored(one, size)
    files = {"key": f"{chain.keys_of(one)[0]}\n".encode(), "older": older.encode(), "checkpoint": newer.encode()}
    files["entries"] = b"".join(line + b"\n" for line in tiles.lines_of(one, 0, size))
    files["consistency"] = _lines(merkle.consistency_proof(old, size, stored.node))
    for index in {0, 1, 255, 256, size // 2, size - 2, size - 1, *range(0, size, 97)}:
        files[f"inclusion/{index}"] = _lines(merkle.inclusion_proof(index, size, stored.node))
    for level in range(tiles.MAX_LEVEL):
        for number in range((size >> tiles.HEIGHT * level) // tiles.WIDTH + 1):
            width = tiles.width_at(size, level, number)
            if width:
                files[f"tile/{level}/{tiles.path_of(number, width)}"] = stored.tile(level, number)
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    _tell(len(files))


def _grow(one: Log, start: int, end: int) -> str:
    lines = [f'{{"b":"email","c":"{number:064x}","k":"sign","t":"1","v":1}}' for number in range(start, end)]
    with transaction.atomic():
        chain.alone(wait=True)
        chain.append(one, lines)
    shown = chain.publish(one)
    if shown is None:
        raise RuntimeError("Nothing was published.")
    return shown.note


def _lines(hashes: list[bytes]) -> bytes:
    return b"".join(base64.b64encode(found) + b"\n" for found in hashes)


def _tell(answer: object) -> None:
    print(json.dumps(answer))
