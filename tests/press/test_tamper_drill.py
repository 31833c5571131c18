"""The kit that the site makes, and everything that can be done to it: verify.py turns red and names the place."""

import io
import json
from contextlib import redirect_stdout

import pytest
from django.db import connection
from django.utils import timezone

from letters.press import ended, sequencing
from letters.press.models import Commitment
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_version, utc
from tests.press import kits

pytestmark = pytest.mark.django_db
verify = kits.load()


@pytest.fixture
def letter():
    """Alice, Bob, Charlie and Suzie in the list, Mona withheld, one who withdrew and one who was removed."""
    letter = make_letter()
    for person in ("alice", "bob", "charlie"):
        make_signature(letter, person=person)
    make_signature(letter, affiliation="=Institute", comment="'+1 from me", consent_comment=True)
    make_signature(letter, person="mona", state="hidden")
    gone = make_signature(letter, person="mona", display_name="Gone Girl", sort_name="Gone Girl")
    removed = make_signature(letter, person="mona", display_name="Fake Name", sort_name="Fake Name")
    sequencing.run()
    managing.withdraw(gone.public_id)
    Signature.objects.filter(pk=removed.pk).update(
        state="removed", removed_at=utc("2026-11-20 10:00"), removed_reason="impersonation", changed_at=timezone.now()
    )
    sequencing.run()
    return letter


def check(kit, *arguments):
    with redirect_stdout(io.StringIO()) as printed:
        result = verify.main([str(kit.folder), *map(str, arguments)])
    return result, printed.getvalue()


@pytest.mark.database
def test_kit_of_the_site_is_right(letter, tmp_path):
    kit = kits.published(letter, tmp_path)
    key = (tmp_path / "key.txt").read_text().split("+")[1]

    result, printed = check(kit)

    expected = f"OK 4 shown + 1 withheld, 2 retracted, text v1, key {key}, witnesses 0/0 (unwitnessed)"
    assert (result, printed.splitlines()[0]) == (0, expected)
    names = ["Alice Adeyemi", "Suzie van der Berg", "Bob Brandt", "Charlie Čapek"]
    assert [row[4] for row in kit.table()[1:]] == names


def test_whatever_is_done_to_the_kit_turns_it_red(letter, tmp_path):
    for number, (done, (tamper, expected, _on_the_page)) in enumerate(kits.DRILL.items()):
        kit = kits.published(letter, tmp_path / str(number))

        tamper(kit)

        result, printed = check(kit)
        assert (done, result, expected in printed) == (done, 1, True), printed


def test_database_that_was_rolled_back_is_found_by_whoever_kept_a_checkpoint(letter, tmp_path):
    kit = kits.published(letter, tmp_path / "kit")
    (tmp_path / "held").write_bytes(kits.later_checkpoint(letter))

    result, printed = check(kit, "--checkpoint", tmp_path / "held")

    assert result == 1
    assert "it was rolled back" in printed


def test_line_that_was_edited_in_the_database_does_not_open(letter, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE signatures_signature SET position = 'Emperor' WHERE display_name = 'Bob Brandt'")

    result, printed = check(kits.published(letter, tmp_path))

    assert result == 1
    assert "signatories.csv, row 4 (Bob Brandt): changed after it was signed" in printed


def test_list_of_a_later_version_is_checked_by_itself(letter, tmp_path):
    make_version(letter)
    make_signature(letter, person="bob")
    sequencing.run()

    assert check(kits.published(letter, tmp_path))[1].startswith("OK 1 shown + 0 withheld, 2 retracted, text v2")


@pytest.mark.database
def test_ended_lines_are_those_that_were_printed_and_hold_no_name(client, letter):
    never_printed = make_signature(letter, state="hidden")
    sequencing.run()
    withdrawn, removed = Signature.objects.get(state="withdrawn"), Signature.objects.get(state="removed")

    response = client.get(f"/letters/{letter.slug}/ended.json")

    found = {line["id"]: (line["kind"], line["on"]) for line in json.loads(response.content)["ended"]}
    assert found == {
        str(withdrawn.public_id): ("withdrawn", withdrawn.withdrawn_at.date().isoformat()),
        str(removed.public_id): ("removed", "2026-11-20"),
    }
    assert Commitment.objects.filter(signature=never_printed).exists()
    assert b"Gone" not in response.content
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert (
        client.get(
            f"/letters/{letter.slug}/ended.json", headers={"If-None-Match": response.headers["ETag"]}
        ).status_code
        == 304
    )


def test_hidden_and_held_lines_are_ended_in_one_word_each(letter):
    bob, alice = (Signature.objects.get(display_name=name) for name in ("Bob Brandt", "Alice Adeyemi"))
    Signature.objects.filter(pk=bob.pk).update(hidden_at=utc("2026-11-21 10:00"))
    Signature.objects.filter(pk=alice.pk).update(held_reason="disputed", changed_at=utc("2026-11-22 10:00"))

    found = {line["id"]: (line["kind"], line["on"]) for line in ended.lines_of(letter)}

    assert found[str(bob.public_id)] == ("withdrawn", "2026-11-21")
    assert found[str(alice.public_id)] == ("held", "2026-11-22")


def test_check_page_offers_the_program_and_no_form(client, letter):
    page = client.get(f"/letters/{letter.slug}/check/").content.decode()

    assert "<form" not in page
    assert f'data-key="{kits.proofs.vkey_of(letter)}"' in page
    program = client.get(f"/letters/{letter.slug}/check/verify.py")
    assert program.content == kits.PROGRAM.read_bytes()
    assert client.get(f"/letters/{letter.slug}/check/VERIFY.txt").status_code == 200
    assert client.get(f"/letters/{letter.slug}/check/__init__.py").status_code == 404
