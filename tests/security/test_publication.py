"""What the public sees is confirmed, shown and not held; nothing else leaves by any door."""

import csv
import io
import json

import pytest
from django.urls import reverse

from letters.signatures import counting, deciding, managing
from tests.factories import STATES, make_letter, make_signature, sign_and_confirm

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NAMES = dict(zip(STATES, ("Pia", "Egon", "Cora", "Sam", "Hilda", "Hugo", "Wanda", "Remy", "Erna"), strict=True))
LIST = ("letter", "signatories", "signatories-csv", "signatories-json")


@pytest.fixture
def letter():
    return make_letter(slug="lift", is_sample=True)


def shown(client, name, query=""):
    return client.get(reverse(f"public:{name}", args=["lift"]) + query).getvalue().decode()


def persons(client):
    return client.get("/letters/lift/count.json").json()["persons"]


@pytest.mark.parametrize("name", LIST)
def test_only_confirmed_lines_are_public(client, letter, name):
    for state, person in NAMES.items():
        make_signature(letter, state=state, **({} if state in ("withdrawn", "erased") else {"display_name": person}))
    counting.refresh()

    page = shown(client, name)

    assert [state for state, person in NAMES.items() if person in page] == ["confirmed", "sample"]
    assert "@" not in page.replace("@context", "")


@pytest.mark.parametrize("state", STATES)
def test_only_confirmed_lines_have_a_page_and_are_found(client, letter, state):
    fields = {} if state in ("withdrawn", "erased") else {"display_name": "Cora"}
    row = make_signature(letter, state=state, **fields)
    counting.refresh()

    page = client.get(reverse("public:signature", args=["lift", row.public_id]))
    found = client.get("/letters/lift/signatories/?q=cora").context["lines"]

    public = state in ("confirmed", "sample")
    assert (page.status_code, len(found), persons(client)) == ((200, 1, 1) if public else (404, 0, 0))


def end(row, how):
    if how == "hidden":
        managing.hide(row.public_id, hidden=True)
    elif how == "removed":
        deciding.remove(row, reason="impersonation", by="test")
    else:
        getattr(managing, {"withdrawn": "withdraw", "erased": "erase"}[how])(row.public_id)


@pytest.mark.parametrize("how", ["withdrawn", "erased", "hidden", "removed"])
def test_line_that_ended_leaves_page_list_count_and_files(client, letter, how):
    row = sign_and_confirm(letter, display_name="Cora Canary")
    sign_and_confirm(letter, "bob")
    counting.refresh()
    before = {name: client.get(reverse(f"public:{name}", args=["lift"])) for name in (*LIST, "count")}
    assert [name for name in LIST if "Cora Canary" in before[name].getvalue().decode()] == list(LIST)
    assert persons(client) == 2

    end(row, how)
    counting.refresh()

    for name in (*LIST, "count"):
        tag = {"If-None-Match": before[name].headers["ETag"]}
        after = client.get(reverse(f"public:{name}", args=["lift"]), headers=tag)
        assert (name, after.status_code, "Canary" in after.getvalue().decode()) == (name, 200, False)
    assert persons(client) == 1
    assert client.get("/letters/lift/signatories/?q=canary").context["lines"] == []


@pytest.mark.parametrize(("consent", "expected"), [(False, []), (True, ["signatories", "csv", "json", "permalink"])])
def test_comment_is_public_only_with_its_consent(client, letter, consent, expected):
    row = sign_and_confirm(letter, comment="Xylophone", consent_comment=consent)
    counting.refresh()

    pages = {
        "signatories": shown(client, "signatories"),
        "csv": shown(client, "signatories-csv"),
        "json": shown(client, "signatories-json"),
        "permalink": client.get(reverse("public:signature", args=["lift", row.public_id])).content.decode(),
    }

    assert [name for name, page in pages.items() if "Xylophone" in page] == expected


@pytest.mark.parametrize("field", ["position", "affiliation", "comment"])
@pytest.mark.parametrize("attack", ["=1+1", "+1", "-2+3|cmd", "@SUM(1)", '=HYPERLINK("http://x","y")', "＝1"])
def test_no_cell_of_the_file_is_a_formula(client, letter, field, attack):
    row = sign_and_confirm(letter, **{field: attack, "consent_comment": True})
    counting.refresh()

    (cells,) = csv.DictReader(io.StringIO(shown(client, "signatories-csv"), newline=""))
    (line,) = json.loads(shown(client, "signatories-json"))["signatories"]

    stored = getattr(row, field)
    assert cells[field] == f"'{stored}"
    assert line[field] == stored
    assert [cell for cell in cells.values() if cell.startswith(("=", "+", "-", "@"))] == []


ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 191919|add:1 }}{% debug %}",
    "%s %(password)s",
    "[x](javascript:alert(1))",
    "<!-- ",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_typed_text_is_text_on_every_page(client, letter, attack):
    typed = {"position": attack, "affiliation": attack, "comment": attack, "consent_comment": True}
    row = sign_and_confirm(letter, **typed)
    counting.refresh()
    paths = [
        *(reverse(f"public:{name}", args=["lift"]) for name in ("letter", "signatories")),
        reverse("public:signature", args=["lift", row.public_id]),
        reverse("public:mine", args=[managing.token_for(row)]),
        f"/letters/lift/signatories/?q={attack.replace('%', '%25').replace('#', '%23')}",
    ]

    for path in paths:
        page = client.get(path).content.decode()
        assert "<" not in attack or attack not in page
        assert not any(tag in page for tag in ("<script>alert", "<img src=x", "<svg onload", "' onmouseover='"))
        assert 'href="javascript:' not in page
        assert "191920" not in page
