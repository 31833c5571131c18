"""What a signatory's own page says while something is checked, and after it was refused."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from letters.moderation import cases, deciding
from letters.moderation.models import Case, Upload
from letters.signatures import managing
from letters.signatures.models import Signature
from letters.verification.providers.review import Checked
from tests.factories import make_letter, sign_and_confirm
from tests.moderation.files import PDF
from tests.moderation.people import reviewer
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db
SOURCE = "https://uni.example/staff/suzie"


def mine(row):
    return reverse("public:mine", args=[managing.token_for(row)])


def reviewed(mona):
    row = sign_and_confirm(make_letter(publish_from="review"))
    checked = Checked(SOURCE, frozenset({"name", "position", "affiliation"}), True, True)
    deciding.accept(Case.objects.get().public_id, by=mona, checked=checked)
    return Signature.objects.get(pk=row.pk)


def test_held_line_says_what_it_waits_for_and_how_long(client):
    letter = make_letter(publish_from="affiliation")
    row = sign_and_confirm(letter)

    text = words_of(client.get(mine(row)))
    assert "This letter prints lines that have more evidence than a confirmed address." in text
    assert "How long this takes: no figure yet." in text

    closed = timezone.now()
    other = sign_and_confirm(letter, "bob")
    Case.objects.filter(signature=other).update(
        opened_at=closed - timedelta(hours=5), closed_at=closed, decision="accepted"
    )
    assert "Usually within 5 hours." in words_of(client.get(mine(row)))


def test_a_changed_line_that_was_checked_shows_old_and_new_and_both_ways_out(client):
    row = reviewed(reviewer())
    form = form_with(client.get(mine(row)), "display_name")

    client.post(mine(row), {**form.fields, "position": "Dean", "action": "correct"})

    page = client.get(mine(row))
    text = words_of(page)
    assert "Printed now Suzie van der Berg, Professor of Cryptography" in text
    assert "Waits Suzie van der Berg, Dean" in text
    assert f"checked by the organisers on {timezone.now():%-d %B %Y} against {SOURCE}." in text
    assert form_with(page, "display_name").fields["position"] == "Dean"

    client.post(mine(row), {"action": "take-back"})
    assert "Waits Suzie" not in words_of(client.get(mine(row)))


def test_print_now_by_the_button(client):
    row = reviewed(reviewer())
    form = form_with(client.get(mine(row)), "display_name")
    client.post(mine(row), {**form.fields, "position": "Dean", "action": "correct"})

    client.post(mine(row), {"action": "print-now"})

    row.refresh_from_db()
    assert row.position == "Dean"
    assert "Position as stated by the signatory." in words_of(client.get(mine(row)))


def test_a_refusal_is_explained_and_appealed_on_the_page(client):
    mona = reviewer()
    row = sign_and_confirm(make_letter())
    case = cases.open_case(row, "mixed-script", is_holding=True)
    deciding.refuse(case.public_id, by=mona, reason_code="impersonation", note="She told us <b>so</b>.")

    page = client.get(mine(row))
    assert "The organisers believe that somebody else signed with this name." in words_of(page)
    assert "She told us <b>so</b>." in words_of(page)
    assert "<b>so" not in page.text

    client.post(mine(row), {"action": "appeal", "words": "It is me."})
    assert Case.objects.get(reason="appeal").words == "It is me."
    assert "You appealed. Somebody who did not take the first decision decides." in words_of(client.get(mine(row)))
    assert client.post(mine(row), {"action": "appeal"}).status_code == 409


def test_review_with_a_file_by_the_form(client):
    row = sign_and_confirm(make_letter())
    path = reverse("public:verify", args=[managing.token_for(row), "review"])

    response = client.post(
        path, {"url": SOURCE, "file": SimpleUploadedFile("../../x.pdf", PDF, "text/html")}, follow=True
    )

    assert response.status_code == 200
    assert "You asked the organisers to check your line against a public source." in words_of(response)
    assert Upload.objects.get().content == PDF


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><script>alert(1)</script>", "Only PDF, PNG and JPEG files can be taken."),
        (b"%PDF-1.7\n" + b"x" * 5_000_001, "This file has more than 5 MB."),
        (PDF + b"PK\x05\x06", "Something else is hidden in this file."),
    ],
)
def test_a_hostile_file_is_refused_by_the_form_and_nothing_is_stored(client, content, sentence):
    row = sign_and_confirm(make_letter())
    path = reverse("public:verify", args=[managing.token_for(row), "review"])

    response = client.post(path, {"url": SOURCE, "file": SimpleUploadedFile("cat.png", content, "image/png")})

    assert (response.status_code, sentence in words_of(response)) == (422, True)
    assert not Upload.objects.exists()
    assert not Case.objects.exists()


def test_a_huge_body_arrives_without_its_file_and_is_not_kept(client, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10_000
    row = sign_and_confirm(make_letter())
    path = reverse("public:verify", args=[managing.token_for(row), "review"])

    response = client.post(path, {"url": "", "file": SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * 20_000)})

    assert response.status_code == 422
    assert not Upload.objects.exists()
