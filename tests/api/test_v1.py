"""The read interface: its own description, tried against the site, and what it promises beyond that."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from campaign import caching
from campaign.api.v1 import document
from letters.documents import launching
from letters.documents.models import Amendment, Translation
from letters.press import sequencing, snapshots
from letters.signatures import counting, managing
from letters.signatures.models import Signature
from tests.factories import STATES, make_letter, make_signature, make_signatures, make_user, sign_and_confirm

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
LIFT = f"{V1}/letters/lift"


@pytest.fixture
def letter():
    return make_letter(slug="lift")


def names_of(answer):
    return [row["display_name"] for row in answer.json()["items"]]


def test_first_call_leads_to_everything_else(client, letter):
    sign_and_confirm(letter)
    counting.refresh()

    found = client.get(f"{V1}/letters").json()["items"]
    one = client.get(found[0]["api_url"]).json()

    assert [(row["slug"], row["persons"], row["text_sha256"]) for row in found] == [("lift", 1, letter.version.sha256)]
    assert {name: client.get(address).status_code for name, address in one["links"].items()} == dict.fromkeys(
        one["links"], 200
    )


def test_counts_are_those_of_the_page(client, letter):
    sign_and_confirm(letter)
    make_signature(letter, state="hidden")
    counting.refresh()

    found, page = client.get(f"{LIFT}/counts").json(), client.get("/letters/lift/count.json").json()

    assert found.pop("as_of")[:19] == page.pop("as_of")[:19]
    assert found == page


def test_pages_of_signatories_hold_each_row_of_the_file_once_and_in_order(client, letter):
    make_signatures(letter, 7)
    counting.refresh()
    rows = json.loads(client.get("/letters/lift/signatories.json").getvalue())["signatories"]

    found, address = [], f"{LIFT}/signatories?limit=3"
    while address:
        answer = client.get(address)
        page = answer.json()
        found += page["items"]
        assert (page["next"] is not None) == ('rel="next"' in answer.headers.get("Link", ""))
        address = page["next"]

    assert found == [{name: cell for name, cell in row.items() if name != "list_position"} for row in rows]


def test_the_next_page_behind_the_longest_name_is_there(client, letter):
    for end in ("an", "bo"):
        make_signature(letter, display_name=f"Żółć {'Wołodyjowska-' * 8}{end}")
    counting.refresh()

    first = client.get(f"{LIFT}/signatories?limit=1").json()

    assert names_of(client.get(first["next"])) == [f"Żółć {'Wołodyjowska-' * 8}bo"]


@pytest.mark.parametrize("amount", [1, 3])
def test_page_costs_the_same_for_one_line_and_for_three(client, letter, amount, django_assert_num_queries):
    make_signatures(letter, amount)
    counting.refresh()

    with django_assert_num_queries(3):
        assert len(client.get(f"{LIFT}/signatories").json()["items"]) == amount


def test_filters_are_those_of_the_page(client, letter):
    anna = make_signature(letter, display_name="Anna Ort")
    Signature.objects.filter(pk=anna.pk).update(verification="affiliation")
    make_signature(letter, display_name="Bert Post")
    make_signature(letter, display_name="Ort e. V.", signatory_type="organization")
    counting.refresh()

    assert names_of(client.get(f"{LIFT}/signatories?q=ort")) == ["Anna Ort"]
    assert names_of(client.get(f"{LIFT}/signatories?evidence=affiliation")) == ["Anna Ort"]
    assert names_of(client.get(f"{LIFT}/signatories?signatory_type=organization")) == ["Ort e. V."]
    assert names_of(client.get(f"{LIFT}/signatories?version=1&limit=1")) == ["Anna Ort"]


@pytest.mark.parametrize("state", STATES)
def test_only_published_lines_are_here(client, letter, state):
    row = make_signature(letter, state=state, **({} if state in ("withdrawn", "erased") else {"display_name": "Cora"}))
    counting.refresh()

    listed = client.get(f"{LIFT}/signatories")
    alone = client.get(f"{LIFT}/signatories/{row.public_id}")

    is_public = state in ("confirmed", "sample")
    assert (len(listed.json()["items"]), alone.status_code) == ((1, 200) if is_public else (0, 404))
    assert b"@" not in listed.content


def test_withdrawn_line_is_gone_although_the_reader_holds_the_page(client, letter):
    row = sign_and_confirm(letter)
    counting.refresh()
    before = client.get(f"{LIFT}/signatories")
    tag = {"If-None-Match": before.headers["ETag"]}
    assert client.get(f"{LIFT}/signatories", headers=tag).status_code == 304

    managing.withdraw(row.public_id)
    counting.refresh()

    after = client.get(f"{LIFT}/signatories", headers=tag)
    assert (after.status_code, after.json()["items"]) == (200, [])


def test_hidden_names_are_hidden_here_as_well(client, letter):
    row = sign_and_confirm(letter)
    counting.refresh()
    launching.hide_names(letter, by="test")

    for path in ("/signatories", f"/signatories/{row.public_id}"):
        answer = client.get(f"{LIFT}{path}")
        assert (answer.status_code, answer.json()["type"].split("#")[1]) == (403, "names-hidden")
        assert "Suzie" not in answer.content.decode()
    assert client.get(f"{LIFT}/counts").json()["persons"] == 1


def every_address(row):
    """All that this door answers for anybody without a question of its own: feeds, frames, the read interface."""
    taken = {"slug": "lift", "label": "1", "signature_id": str(row.public_id), "language": "de", "index": "0"}
    found = [reverse(f"api:{name}") for name in ("letters-feed", "robots", "sitemap", "try", "openapi")]
    found += [reverse(f"api:{name}", args=["lift"]) for name in ("embed", "embed-picture", "updates-feed")]
    found.append(f"{reverse('api:oembed')}?url={settings.SITE_URL}{row.letter.get_absolute_url()}")
    for path, operations in document()["paths"].items():
        if "get" in operations:
            found.append(path.format(**taken))
    return found


def test_what_names_somebody_is_kept_for_seconds_and_names_nobody_while_names_are_hidden(client, letter):
    """The promise is a minute: one second in a process, four at a proxy (docs/life-of-a-letter.md)."""
    row = sign_and_confirm(letter)
    make_signature(letter, person="charlie", role="selected")
    counting.refresh()
    before = {address: client.get(address) for address in every_address(row)}
    naming = [address for address, answer in before.items() if re.search("Suzie|Charlie", answer.getvalue().decode())]
    launching.hide_names(letter, by="test")

    assert len(naming) >= 2
    for address in naming:
        kept = re.search(r"max-age=(\d+)", before[address].headers["Cache-Control"])
        assert (address, int(kept[1])) == (address, caching.FRESH_SECONDS)
    for address in before:
        assert (address, re.findall("Suzie|Charlie", client.get(address).getvalue().decode())) == (address, [])


@pytest.mark.parametrize("state", ["draft", "private", "embargoed"])
def test_unpublished_letter_is_nowhere(client, state):
    make_letter(slug="lift", state=state, title="Nobody knows of this")

    assert client.get(f"{V1}/letters").json()["items"] == []
    for path in ("", "/counts", "/signatories", "/versions", "/versions/1", "/translations", "/timeline",
                 "/corrections", "/snapshots", "/ledger", "/ledger/0"):  # fmt: skip
        answer = client.get(f"{LIFT}{path}")
        assert (path, answer.status_code, b"Nobody" in answer.content) == (path, 404, False)


def test_texts_are_the_bytes_that_were_hashed(client, letter):
    import hashlib  # noqa: PLC0415 - here alone

    fixed = {**letter.version.words, "text": "Fixed.\n", "sha256": hashlib.sha256(b"Fixed.\n").hexdigest()}
    letter.amendment = Amendment.objects.create(version=letter.version, number=1, note="A comma", **fixed)
    letter.save()

    found = client.get(f"{LIFT}/versions").json()["items"]

    assert [(row["label"], row["is_current"], row["note"]) for row in found] == [
        ("1.1", True, "A comma"),
        ("1.0", False, ""),
    ]
    for row in found:
        whole = client.get(row["api_url"]).json()
        assert hashlib.sha256(whole["text"].encode()).hexdigest() == row["sha256"]
        assert client.get(row["text_url"]).content == whole["text"].encode()


def test_translations_are_the_public_ones(client, letter):
    for language, is_public in (("de", True), ("fr", False)):
        Translation.objects.create(
            letter=letter, version=letter.version, language=language, title="T", is_public=is_public,
            edited_at=timezone.now(), of_sha256="0" * 64,
        )  # fmt: skip
    letter.translations_revision = 1
    letter.save()

    (found,) = client.get(f"{LIFT}/translations").json()["items"]

    assert (found["language"], found["name"], found["is_older"]) == ("de", "Deutsch", True)
    assert client.get(found["api_url"]).json()["title"] == "T"
    assert client.get(f"{LIFT}/translations/fr").status_code == 404


def test_letters_follow_each_other_by_cursor(client):
    slugs = [make_letter().slug for _ in range(3)]

    first = client.get(f"{V1}/letters?limit=2").json()
    second = client.get(first["next"]).json()

    assert [row["slug"] for row in (*first["items"], *second["items"])] == slugs[::-1]
    assert second["next"] is None


def test_corrections_are_those_of_the_page_and_name_nobody(client, letter):
    rows = [sign_and_confirm(letter, person, display_name="Cora Canary") for person in ("suzie", "bob", "mona")]
    counting.refresh()
    for row in rows:
        managing.withdraw(row.public_id)

    first = client.get(f"{LIFT}/corrections?limit=2").json()
    second = client.get(first["next"]).json()

    found = [*first["items"], *second["items"]]
    assert [(row["kind"], row["note"]) for row in found] == [
        ("withdrawn", "One signature was withdrawn by its signatory.")
    ] * 3
    assert len({row["id"] for row in found}) == 3
    assert second["next"] is None


def test_snapshot_names_its_files_with_their_hashes(client, letter, settings, tmp_path):
    import hashlib  # noqa: PLC0415 - here alone

    settings.DATA_DIR = tmp_path
    sign_and_confirm(letter)
    counting.refresh()
    snapshots.ask(letter)
    snapshots.make_waiting()

    (row,) = client.get(f"{LIFT}/snapshots").json()["items"]
    found = client.get(row["api_url"]).json()
    file = next(file for file in found["files"] if file["name"] == "signatories.csv")

    assert (row["number"], row["persons"], file["rows"]) == (1, 1, 1)
    assert hashlib.sha256(client.get(file["url"]).getvalue()).hexdigest() == file["sha256"]
    assert client.get(f"{LIFT}/snapshots/2026-01-01T0000Z").status_code == 404


def test_entry_of_the_log_comes_with_its_proof(client, letter):
    assert client.get(f"{LIFT}/ledger").status_code == 404
    sign_and_confirm(letter)
    counting.refresh()
    sequencing.run()

    log = client.get(f"{LIFT}/ledger").json()
    found = client.get(f"{LIFT}/ledger/0").json()

    assert client.get(log["checkpoint_url"]).content.decode() == log["checkpoint"]
    lines = client.get(log["entries_url"]).getvalue().decode().splitlines()
    assert (len(lines), lines[0]) == (log["size"], found["entry"])
    assert found["proof"].startswith("c2sp.org/tlog-proof@v1\n")
    assert client.get(f"{LIFT}/ledger/{log['size']}").status_code == 404


# --- what every answer has in common ---


def problem(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == answer.status_code
    return found["type"].split("#")[1], [row["parameter"] for row in found.get("errors", [])]


@pytest.mark.parametrize(
    ("path", "status", "code", "parameters"),
    [
        ("/letters?after=x", 400, "bad-cursor", []),
        ("/letters/lift/signatories?after=AAAA", 400, "bad-cursor", []),
        ("/letters?limit=0", 422, "bad-parameter", ["limit"]),
        ("/letters?limt=5", 422, "bad-parameter", ["limt"]),
        ("/letters?limit=5&limit=6", 422, "bad-parameter", ["limit"]),
        ("/letters/lift?x=1", 422, "bad-parameter", ["x"]),
        ("/letters/lift/signatories?evidence=none&version=x", 422, "bad-parameter", ["version", "evidence"]),
        ("/letters/lift/signatories?after=%00", 422, "bad-parameter", ["after"]),
        ("/letters/lift/signatories/7", 422, "bad-parameter", ["signature_id"]),
        ("/letters/lift/versions/2", 404, "not-found", []),
        ("/letters/nobody", 404, "not-found", []),
        ("/nothing/here", 404, "not-found", []),
    ],
)
@pytest.mark.usefixtures("letter")
def test_refusals_are_problem_documents(client, path, status, code, parameters):
    answer = client.get(f"{V1}{path}")

    assert answer.status_code == status
    assert problem(answer) == (code, parameters)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written(client, letter, method):
    answer = getattr(client, method)(LIFT)

    assert (answer.status_code, problem(answer)[0]) == (405, "read-only")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_every_answer_may_be_read_from_any_page_and_knows_no_cookie(client, letter):
    client.force_login(make_user())
    client.cookies["csrftoken"] = "broken"

    for answer in (client.get(LIFT), client.get(f"{V1}/nothing"), client.post(LIFT), client.options(LIFT)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.cookies == {}
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_preflight_allows_a_token_and_a_tag(client, letter):
    answer = client.options(LIFT)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, If-None-Match"


def test_head_is_a_get_without_its_body(client, letter):
    counting.refresh()

    got, head = client.get(LIFT), client.head(LIFT)

    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", got.headers["ETag"])
    assert int(head.headers["Content-Length"]) == len(got.content)


def test_network_is_told_what_is_left_and_then_to_wait(client, letter, settings):
    settings.API_LIMIT_NETWORK = 2

    answers = [client.get(LIFT) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=1", "r=0", "r=0"]
    assert answers[0].headers["RateLimit-Policy"] == '"api-network";q=2;w=60'
    assert problem(answers[2])[0] == "too-many"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 61
    assert client.get(LIFT, REMOTE_ADDR="203.0.113.7").status_code == 200


ODD = {
    "If-None-Match": ("", "*", '"', 'W/"x', "\u00fc", '"a","b"' * 500),
    "Authorization": ("", "Bearer", "Bearer " + "x" * 9000, "Basic \u00fc", "bearer und_\x7f"),
    "Accept": ("", "text/html", "\u00e9" * 200, "*/*;q=1e309"),
    "Accept-Language": ("xx-" * 300, "de;q=NaN", "\x01"),
    "Cookie": ("sessionid=" + "x" * 4000, "=;;=", "\u00fc"),
    "Range": ("bytes=9-1", "bytes=-", "x=1"),
    "Origin": ("null", "javascript:1"),
    "X-HTTP-Method-Override": ("DELETE",),
    "Content-Type": ("multipart/form-data; boundary=", "application/json; charset=x"),
}


def test_odd_headers_are_no_fault(client, letter):
    counting.refresh()
    for name, values in ODD.items():
        for value in values:
            for path in (LIFT, f"{LIFT}/numbers", f"{LIFT}/signatories?limit=1"):
                answer = client.get(path, headers={name: value})
                assert (name, value[:20], path, answer.status_code in (200, 304, 401)) == (name, value[:20], path, True)
                assert answer.cookies == {}


def test_lost_database_is_a_problem_document(client, letter, monkeypatch):
    from django.db import OperationalError  # noqa: PLC0415 - here alone

    from campaign import finding  # noqa: PLC0415 - the same

    def away(slug):
        raise OperationalError

    monkeypatch.setattr(finding, "letter_for", away)

    answer = client.get(LIFT)

    assert (answer.status_code, problem(answer)[0], answer.headers["Retry-After"]) == (503, "away", "10")


# --- the page to try it ---


def test_form_leads_to_the_address_that_it_describes(client, letter):
    page = client.get(reverse("api:try"))
    sent = client.get("/api/v1/?call=signatories&slug=lift&q=a+b&evidence=&limit=100")

    assert page.status_code == 200
    assert "/api/v1/letters/lift/signatories" in page.content.decode()
    assert sent.headers["Location"] == "/api/v1/letters/lift/signatories?q=a+b&limit=100"


@pytest.mark.parametrize("slug", ["", "..", "a/b"])
def test_form_that_names_no_letter_comes_back(client, letter, slug):
    answer = client.get("/api/v1/", {"call": "letter", "slug": slug})

    assert answer.status_code == 422
    assert "Fill in every part" in answer.content.decode()


def test_embargo_ends_by_the_clock(client, time_machine):
    make_letter(slug="lift", state="embargoed", opens_at=timezone.now() + timedelta(hours=1))
    assert client.get(LIFT).status_code == 404

    time_machine.move_to(timezone.now() + timedelta(hours=2))

    assert client.get(LIFT).json()["state"] == "open"
