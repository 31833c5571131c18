import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation

from letters.core.typed import FORMULA_STARTS
from letters.press import columns, exports
from letters.press.kit import lists
from letters.signatures import counting, sentences
from letters.signatures.models import Signature
from letters.verification import recording
from letters.verification.providers.base import Proof
from tests.factories import STATES, make_letter, make_signature, make_signatures, make_version, utc
from tests.verification.test_never_claimed import claims_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PERMALINK = "https://letters.example.org/s/{id}/"
NOW = utc("2026-03-03 23:30")
HEADER = (
    "signature_id,list_position,signatory_type,role,display_name,sort_name,given_name,family_name,name_latin,"
    "honorific_prefix,honorific_suffix,position,affiliation,affiliation_status,organization_id,organization_name,sector,"
    "country_code,country,capacity,signed_on,letter_version,verification,affiliation_basis,email_domain,invited,reviewed,"
    "checked_on,verification_sentence,comment,quote_permission,orcid,website,permalink"
)


def csv_of(version):
    return b"".join(exports.signatories_csv(version, permalink=PERMALINK))


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def written(version):
    """What the Python path writes, on any database."""
    context = columns.Context(version.number, PERMALINK, texts=exports.texts_of(version))
    return b"".join(exports._written(version, context))


def count_of(version):
    return sentences.count_of(counting.recount(version.pk, now=NOW), version.title)


PAYLOADS = [
    '=HYPERLINK("http://x","y")', "+1", "-2+3|cmd", "@SUM(1)", "=1+1", "＝1", "＋1", "－1", "＠x", "@stake", "'=1",
    "''", "'", '"', ",", 'a "quoted" b', "a,b", "a;b", " =1", "%s {0} {{7*7}}", "\\.", "\\N", "NULL", "C:\\n", "–dash",
    "Łódź 李",
]  # fmt: skip


def make_varied(letter):
    for number, payload in enumerate(PAYLOADS):
        make_signature(
            letter,
            display_name=f"Anna {'abcdefghijklmnopqrstuvwxyz'[number]}", position=payload, affiliation=payload,
            affiliation_status=["", "emeritus", "former"][number % 3], country=["", "NL", "CI", "XX"][number % 4],
            comment=payload, consent_comment=number % 2 == 0, consent_quote=number % 3 == 0,
            consent_quote_unnamed=number % 2 == 0,
            given_name=payload, family_name=payload, name_latin=payload, honorific_prefix=payload,
            honorific_suffix=payload, website=payload, sector=["", "civil society"][number % 2],
            orcid=["", "0000-0002-1825-0097"][number % 2],
            state="sample" if number % 5 == 1 else "confirmed", role=["signatory", "selected"][number % 2],
            at=NOW + timedelta(days=31 * number),
        )  # fmt: skip


PROOFS = [
    Proof("work_email", "affiliation", {"domain": "uni.example", "kind": "mixed", "organization": "=University X"}),
    Proof("institution", "affiliation", {"organization": "@University\nX", "affiliation": "faculty"}),
    Proof("orcid", "account", {"orcid": "0000-0002-1825-0097"}),
    Proof("review", "affiliation", {"source": "uni.example"}),
    Proof("invitation", "name"),
    Proof("work_email", "address", {"domain": "secret.example", "kind": "unmapped"}),
]


def test_csv_of_lines_with_evidence_is_the_same_from_the_database_and_from_python():
    letter = make_letter()
    for number, proof in enumerate(PROOFS * 2):
        row = make_signature(
            letter, display_name=f"Anna {'abcdefghijklmnop'[number]}", consent_domain=number < 5, at=NOW
        )
        recording.record_email(row)
        recording.record(row, [proof], by="test")

    content = csv_of(letter.version)

    assert content == written(letter.version)
    rows = rows_of(content)
    first, login = rows[0], rows[1]
    assert (first["verification"], first["affiliation_basis"], first["email_domain"]) == (
        "affiliation", "work_email", "uni.example",
    )  # fmt: skip
    assert first["organization_name"] == "'=University X"
    assert login["verification_sentence"].startswith("'@University X confirmed by institutional login that the")
    assert [row["invited"] for row in rows[:6]] == ["false", "false", "false", "false", "true", "false"]
    assert [row["reviewed"] for row in rows[:6]] == ["false", "false", "false", "true", "false", "false"]
    assert [row["email_domain"] for row in rows[5:]] == [""] * 7
    assert b"secret.example" not in content
    assert claims_in(content.decode()) == []
    assert {row["checked_on"] for row in rows} == {timezone.now().date().isoformat()}


def test_csv_has_the_promised_header_and_no_byte_order_mark():
    letter = make_letter()

    assert csv_of(letter.version) == f"{HEADER}\r\n".encode()


def test_csv_row_says_what_the_page_says():
    letter = make_letter()
    row = make_signature(letter, comment="Let us, please.", consent_comment=True, consent_quote=True,
                         affiliation_status="emeritus", at=NOW)  # fmt: skip

    (cells,) = rows_of(csv_of(letter.version))

    assert cells == {
        "signature_id": str(row.public_id), "list_position": "1", "signatory_type": "person", "role": "signatory",
        "display_name": "Suzie van der Berg", "sort_name": "Berg, Suzie van der",
        "given_name": "", "family_name": "", "name_latin": "", "honorific_prefix": "", "honorific_suffix": "",
        "sector": "", "orcid": "", "website": "",
        "position": "Professor of Cryptography", "affiliation": "University X", "affiliation_status": "emeritus",
        "organization_id": "", "organization_name": "", "email_domain": "", "invited": "false", "reviewed": "false",
        "country_code": "NLD", "country": "Netherlands", "capacity": "personal", "signed_on": "2026-03-03",
        "letter_version": "1", "verification": "email", "affiliation_basis": "none", "checked_on": "2026-03-03",
        "verification_sentence": "Confirmed by e-mail on 3 March 2026. Name, position and affiliation as stated by the "
        "signatory.",
        "comment": "Let us, please.", "quote_permission": "named",
        "permalink": f"https://letters.example.org/s/{row.public_id}/",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_csv_by_the_database_and_by_python_are_equal_byte_for_byte(language):
    letter = make_letter()
    make_varied(letter)

    with translation.override(language):  # files speak English, whoever asks
        content, by_python = csv_of(letter.version), written(letter.version)

    assert content == by_python
    assert content.count(b"\r\n") == len(PAYLOADS) + 1
    assert content.count(b"\n") == content.count(b"\r\n")
    assert b"3 March 2026" in content


@pytest.mark.skipif(connection.vendor != "postgresql", reason="COPY is PostgreSQL's")
def test_csv_is_written_by_the_database_where_it_can():
    letter = make_letter()
    make_signatures(letter, 3)

    chunks = exports.signatories_csv(letter.version, permalink=PERMALINK)

    assert chunks.__name__ == "_copied"  # type: ignore[attr-defined]  # a generator is named as its function
    assert len(rows_of(b"".join(chunks))) == 3


def test_csv_holds_no_cell_that_a_spreadsheet_runs():
    letter = make_letter()
    make_varied(letter)

    cells = [cell for row in rows_of(csv_of(letter.version)) for cell in row.values()]

    assert [cell for cell in cells if cell.startswith(FORMULA_STARTS)] == []
    assert "'=1+1" in cells
    assert "'@stake" in cells


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_guarded_cell_begins_with_an_apostrophe(start):
    assert columns.guarded(f"{start}1") == f"'{start}1"
    assert columns.guarded(f"1{start}") == f"1{start}"
    assert columns.guarded("") == ""


def test_csv_and_json_hold_what_is_published_alone_and_never_an_address():
    letter = make_letter()
    rows = {
        state: make_signature(letter, state=state, display_name=f"Zyx {state}", email=f"zyx-{state}@secret.example.org")
        for state in STATES
    }

    content = csv_of(letter.version)
    text = b"".join(exports.signatories_json(letter.version, count_of(letter.version), permalink=PERMALINK))

    published = {str(rows["confirmed"].public_id), str(rows["sample"].public_id)}
    assert {row["signature_id"] for row in rows_of(content)} == published
    assert {row["signature_id"] for row in json.loads(text)["signatories"]} == published
    for file in (content, text):
        assert b"@" not in file
        assert b"secret" not in file
        for state in set(STATES) - {"confirmed", "sample"}:
            assert f"Zyx {state}".encode() not in file


def test_csv_prints_a_comment_where_that_was_ticked():
    letter = make_letter()
    make_signature(letter, comment="Private words", display_name="Anna A")
    make_signature(letter, comment="Public words", consent_comment=True, display_name="Anna B")

    assert [row["comment"] for row in rows_of(csv_of(letter.version))] == ["", "Public words"]


@pytest.mark.parametrize("ordering", ["alphabetical", "signing_order", "by_organization", "by_country"])
def test_csv_is_in_the_letters_order_page_by_page(ordering, monkeypatch):
    letter = make_letter(ordering=ordering)
    make_signatures(letter, 3, display_name="Anna Same")
    make_signatures(letter, 6)
    order = [str(pk) for pk in Signature.objects.order_by("list_key", "id").values_list("public_id", flat=True)]

    for page in (1, 2, 3, 9, 10):
        found = [str(row.public_id) for row in exports.rows_in_order(letter.version, page=page)]
        assert found == order
    rows = rows_of(csv_of(letter.version))
    assert [row["signature_id"] for row in rows] == order
    assert [row["list_position"] for row in rows] == [str(number) for number in range(1, 10)]


def test_csv_comes_in_chunks_that_are_the_file_together(monkeypatch):
    letter = make_letter()
    make_signatures(letter, 5)
    whole = [csv_of(letter.version), written(letter.version)]
    monkeypatch.setattr(exports, "CHUNK_BYTES", 300)

    chunks = list(exports.signatories_csv(letter.version, permalink=PERMALINK))

    assert len(chunks) >= 5
    assert [b"".join(chunks), written(letter.version)] == whole


def test_csv_belongs_to_one_version():
    letter = make_letter()
    make_signature(letter, display_name="Old Signer")
    old = letter.version
    make_version(letter)
    make_signature(letter, display_name="New Signer")

    assert [(r["display_name"], r["letter_version"]) for r in rows_of(csv_of(old))] == [("Old Signer", "1")]
    assert [(r["display_name"], r["letter_version"]) for r in rows_of(csv_of(letter.version))] == [("New Signer", "2")]


def test_json_says_what_is_counted_under_which_text(monkeypatch):
    monkeypatch.setattr(lists, "CHUNK_CHARS", 100)
    letter = make_letter(slug="lift", title='Lift “it” "now"')
    make_varied(letter)
    make_signature(letter, state="hidden")

    chunks = list(exports.signatories_json(letter.version, count_of(letter.version), permalink=PERMALINK))
    data = json.loads(b"".join(chunks))

    assert len(chunks) > 5
    assert (data["letter"], data["title"], data["letter_version"]) == ("lift", 'Lift “it” "now"', 1)
    assert (data["text_sha256"], data["is_sample"]) == (letter.version.sha256, False)
    assert (data["persons"], data["withheld"], data["as_of"]) == (len(PAYLOADS), 1, NOW.isoformat())
    assert data["count_sentence"].startswith("As of 23:30 UTC, 3 March 2026, 26 people have signed")
    assert [row["position"] for row in data["signatories"]] == PAYLOADS  # nothing runs JSON: not guarded
    csv_rows = rows_of(csv_of(letter.version))
    assert [list(row) for row in data["signatories"]] == [[*row, "text_sha256", "press_contact"] for row in csv_rows]


def test_json_of_nobody_is_an_empty_list():
    letter = make_letter()

    data = json.loads(b"".join(exports.signatories_json(letter.version, count_of(letter.version), permalink=PERMALINK)))

    assert data["signatories"] == []
    assert data["persons"] == 0
