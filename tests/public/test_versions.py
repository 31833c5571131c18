"""Every exact text has its address and its hash; a signature remembers the words that were on its page."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.documents import amending
from letters.documents.models import Letter
from letters.signatures import counting, renewing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_user, make_words, sign_and_confirm
from tests.public.visitor import deliver, filled, form_with, send, sign_path, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.fixture
def amended(letter, alice):
    amending.amend(letter, make_words(title="Lift the restrictions"), note="A letter was missing.", by=alice)
    return Letter.objects.select_related("version", "amendment").get()


def path(name, *args):
    return reverse(f"public:{name}", args=["lift", *args])


def publish(letter, alice, **words):
    deadline = timezone.now() + timedelta(days=10)
    renewing.publish(letter, make_words(**words), note="Another meaning.", deadline=deadline, by=alice)
    return Letter.objects.select_related("version", "amendment").get(pk=letter.pk)


def test_fix_is_what_readers_read_sign_and_check(client, amended):
    fix = amended.amendment

    for name in ("letter", "version", "sign", "signatories"):
        words = words_of(client.get(path(name, *([1] if name == "version" else []))))
        assert "Lift the restrictions" in words, name
    assert fix.sha256 in words_of(client.get(path("letter")))
    assert fix.sha256[:16] in words_of(client.get(sign_path(amended)))
    assert "Lift the restrictions" in client.get(path("count")).json()["sentence"]


@pytest.mark.parametrize(
    ("label", "title"),
    [("1", "Lift the restrictions"), ("1.0", "Lift the restriction"), ("1.1", "Lift the restrictions")],
)
def test_bytes_of_every_text_have_the_hash_of_its_page(client, amended, label, title):
    file = client.get(path("version-text", label))

    assert file.content.decode().splitlines()[0] == f"# {title}"
    assert hashlib.sha256(file.content).hexdigest() in words_of(client.get(path("version", label)))
    assert file.headers["ETag"] == f'"{hashlib.sha256(file.content).hexdigest()}"'


@pytest.mark.parametrize("label", ["2", "0", "1.2", "99999", "1.99999"])
def test_text_that_does_not_exist_is_not_found(client, amended, label):
    for name in ("version", "version-text"):
        assert client.get(path(name, label)).status_code == 404
    assert client.get(path("changes", "1.0", label)).status_code == 404
    assert client.get(path("changes", label, "1.0")).status_code == 404


def test_version_page_lists_fixes_with_day_note_and_difference(client, amended):
    page = client.get(path("version", 1))

    assert "A letter was missing." in words_of(page)
    assert path("changes", "1.0", "1.1") in page.content.decode()


def test_changes_say_word_by_word_what_was_put_in_and_taken_out(client, amended):
    page = client.get(path("changes", "1.0", "1.1"))

    assert "Lift the [taken out: restriction end] [put in: restrictions end]" in words_of(page)
    assert "A letter was missing." in words_of(page)
    assert "1 put in, 1 taken out" in words_of(page)
    assert client.get(path("changes", "1.1", "1")).status_code == 404  # the same text


def test_changes_make_no_html_of_the_text(client, letter, alice):
    amending.amend(letter, make_words(body="<script>alert(1)</script> <b>bold</b>"), note="<i>x</i>", by=alice)

    page = client.get(path("changes", "1.0", "1.1")).content.decode()

    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "<i>x" not in page


def test_form_that_was_open_before_the_fix_signs_what_it_showed(client, letter, alice, mailoutbox):
    before = filled(letter)
    amending.amend(letter, make_words(title="Lift the restrictions"), note="A slip.", by=alice)

    assert client.post(sign_path(letter), before).status_code == 303

    row = Signature.objects.get()
    assert (row.version_id, row.amendment) == (letter.version_id, 0)
    assert deliver(mailoutbox)[0].subject.endswith("Lift the restriction")


def test_form_of_the_fix_is_remembered_with_it(client, amended, mailoutbox):
    data = form_with(client.get(sign_path(amended)), "display_name").hidden

    assert data["version"] == amended.amendment.sha256[:16]
    assert send(client, amended, version=data["version"]).status_code == 303
    assert Signature.objects.get().amendment == 1
    assert "Lift the restrictions" in deliver(mailoutbox)[0].subject


def test_form_of_another_version_is_refused(client, letter, alice):
    before = filled(letter)
    sign_and_confirm(letter, "bob")
    publish(letter, alice, body="Another text.")

    answer = client.post(sign_path(letter), before)

    assert answer.status_code == 409
    assert form_with(answer, "display_name").fields["display_name"] == "Suzie van der Berg"


def test_files_say_of_every_row_which_words_that_person_saw(client, amended):
    make_signature(amended, display_name="Early Bird")
    make_signature(amended, display_name="Late Riser", amendment=1)

    rows = json.loads(b"".join(client.get(path("signatories-json")).streaming_content))["signatories"]

    assert {row["display_name"]: (row["letter_version"], row["text_sha256"]) for row in rows} == {
        "Early Bird": ("1", amended.version.sha256),
        "Late Riser": ("1.1", amended.amendment.sha256),
    }


def test_line_names_the_text_that_was_seen(client, amended):
    early, late = make_signature(amended), make_signature(amended, amendment=1)

    assert amended.version.sha256[:16] in words_of(client.get(path("signature", early.public_id)))
    assert "editorial fix 1" in words_of(client.get(path("signature", late.public_id)))


def test_old_version_keeps_page_list_filters_and_files(client, letter, alice):
    sign_and_confirm(letter)
    publish(letter, alice, body="Another text.")
    counting.refresh()

    assert "Suzie van der Berg" not in words_of(client.get(path("signatories")))
    older = client.get(path("signatories") + "?version=1&evidence=email&q=Suzie")
    assert "Suzie van der Berg" in words_of(older)
    assert f'{path("signatories-csv")}?version=1"' in older.content.decode()
    assert b"Suzie" in b"".join(client.get(path("signatories-csv") + "?version=1").streaming_content)
    assert b"Suzie" not in b"".join(client.get(path("signatories-csv")).streaming_content)
    assert client.get(path("count") + "?version=1").json()["persons"] == 1
    assert "People who signed this version are counted for this version." in words_of(client.get(path("version", 1)))


def test_letter_says_that_the_signatories_before_are_being_asked(client, letter, alice):
    sign_and_confirm(letter)
    publish(letter, alice, body="Another text.")
    counting.refresh()

    words = words_of(client.get(path("letter")))

    assert "1 person signed version 1 and is being asked until" in words
    assert "Another meaning." in words
    assert "No person has signed" in words or "0" in words


@pytest.mark.parametrize("fixes", [0, 1, 3])
def test_reading_costs_one_query_more_for_a_fix_and_none_for_more(
    client, letter, alice, fixes, django_assert_num_queries
):
    for number in range(fixes):
        amending.amend(letter, make_words(closing=f"Fix {number}"), note="x", by=alice)
    counting.refresh()
    client.get(path("letter"))

    with django_assert_num_queries(3):
        client.get(path("letter"))
    with django_assert_num_queries(2 if fixes else 1):
        client.get(path("version", 1))
