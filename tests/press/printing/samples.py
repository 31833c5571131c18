"""Letters and lists to be set, and how a test reads a PDF."""

import csv
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from letters.press.printing.data import PrintedLetter, PrintedLine, PrintedList, PrintedText

AS_OF = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
BODY = "We find holes **before** others do.\n\n## One piece of work\n\nIt is *one* work.[^1]\n\n[^1]: Said in 2013."
COMPLEX = ("THAI", "ARABIC", "DEVANAGARI", "BENGALI", "TAMIL", "HEBREW")
"""Scripts whose letters pypdf does not put together again; pdftotext does (make oracles)."""


def text(**changes):
    words = {
        "title": "Lift the restriction",
        "body": BODY,
        "salutation": "Dear Minister,",
        "demands": ("**Lift** the restriction.", "Publish the criteria."),
        "closing": "Yours sincerely",
        "dateline": "The Hague, 16 November 2026",
        "addressees": (("Jo Doe", "Minister", ""),),
    }
    return PrintedText(**{**words, **changes})


def letter(**changes):
    url = "https://letters.example.org/letters/lift/"
    fixed = {"url": url, "as_of": AS_OF, "as_of_text": "14:00 UTC, 23 November 2026", "site_name": "Undersigned"}
    return PrintedLetter(**{"text": text(), **fixed, **changes})


def people(amount):
    """So many of the sample's people; from 130 on their names are made of others' names."""
    with Path("letters/sample/signatories.csv").open(encoding="utf-8", newline="") as file:
        rows = [PrintedLine(r["display_name"], r["position"], r["affiliation"]) for r in csv.DictReader(file)]
    first, last = ([row.name.split()[place] for row in rows] for place in (0, -1))
    made = (
        replace(rows[n % len(rows)], name=f"{first[n % len(rows)]} {last[n * 7 % len(rows)]}")
        for n in range(len(rows), amount)
    )
    return [*rows[:amount], *made]


def printed_list(amount, **changes):
    """A list of so many: four initiators, two selected, an organisation beside them."""
    rows = people(amount)
    parts = {
        "letter": letter(),
        "count_sentence": f"As of 14:00 UTC, 23 November 2026, {amount} people have signed.",
        "disclaimer": "Signatories sign in a personal capacity.",
        "initiators": rows[:4],
        "selected": rows[4:6],
        "signatories": rows[6:],
        "organizations": [PrintedLine("Prüfverein e. V.", country="Germany")],
        "organisers": ["Brinelantern Foundation"],
    }
    return PrintedList(**{**parts, **changes})


def read(content):
    return PdfReader(BytesIO(content))


def words_of(content):
    """All text of a PDF, bare: no white space, no invisible characters."""
    return bare("".join(page.extract_text() for page in read(content).pages))


def bare(words):
    found = unicodedata.normalize("NFC", re.sub(r"\s", "", words))
    return "".join(char for char in found if unicodedata.category(char) != "Cf")


def is_simple(name):
    return not any(unicodedata.name(char, "").startswith(COMPLEX) for char in name)
