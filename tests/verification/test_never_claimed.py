"""What no page, mail, file or sentence of ours may ever claim."""

import re
from pathlib import Path

import pytest

from letters.verification import assurance
from letters.verification.providers import PROVIDERS

ROOT = Path(__file__).parents[2]
# A claim is found wherever it stands, in any case; "not verified" and the like are claims as well to a hasty reader.
NEVER = [
    r"verified (identity|professor|signator|signature|person|people|expert|account|member)",
    r"identity (is |was |has been )?verified",
    r"works (at|for) \{\{?\s*(?!days)\w",
    r"endorsed by",
    r"all signatures (are |were |have been )?(verified|checked|confirmed)",
    r"blue tick|verified badge|verification badge|trust badge|trust score",
    r"[✔✓☑✅🔵🏅]",
    r"\d+ ?% (of (the )?(signator|signature|people))?.*(verified|checked|confirmed)",
    r"is (really|truly|indeed) (a |the )",
    r"guarante",
    r"proves? (their|his|her|the) (identity|employment)",
]
NEVER_RE = re.compile("|".join(f"(?:{pattern})" for pattern in NEVER), re.IGNORECASE)
TEXTS = sorted(
    path
    for folder in ("templates", "letters", "campaign", "static/js")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".html", ".txt", ".py", ".js") and "migrations" not in path.parts
)


def claims_in(text):
    return [found.group(0) for found in NEVER_RE.finditer(text)]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_text_claims_more_than_is_proven(path):
    assert claims_in(path.read_text(encoding="utf-8")) == []


def test_texts_were_found_at_all():
    assert len(TEXTS) > 150


@pytest.mark.parametrize(
    "text",
    ["Verified identity", "A verified professor signed", "Works at {organization}", "endorsed by University X",
     "All signatures verified", "✔ Suzie", "93 % of signatories verified"],
)  # fmt: skip
def test_the_list_finds_what_it_is_for(text):
    assert claims_in(text) != []


def test_no_sentence_and_no_offer_claims_more_than_is_proven():
    offers = [p.OFFER for p in PROVIDERS.values()]
    texts = [row.head for row in assurance.TABLE.values()]
    texts += [str(part) for offer in offers for part in (offer.label, offer.proves, offer.readers_see, offer.stored)]

    assert [claim for text in texts for claim in claims_in(text)] == []
    assert [text for text in texts if re.search(r"\bverif(y|ied|ies)\b", text, re.IGNORECASE)] == []
