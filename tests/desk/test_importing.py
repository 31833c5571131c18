import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from letters.moderation import importing, tables
from letters.moderation.models import ListImport
from letters.signatures.models import Invitation
from tests.factories import make_letter
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db
LIST = b"Who,Mail\nAda Example,ada@uni.example\n=2+2,bo@uni.example\n"


def path_of(letter):
    return reverse("desk:invitations-import", args=[letter.slug])


def upload(desk, letter, content=LIST):
    return desk.post(path_of(letter), {"file": SimpleUploadedFile("list.csv", content)})


def test_from_a_file_to_invitations_by_choosing_columns(desk):
    letter = make_letter()
    run = upload(desk, letter)["Location"]
    assert "There is no name." in words_of(desk.get(run))

    looked = desk.post(run, {"action": "look", "name": "0", "email": "1", "role": "signatory"})
    assert "1 row can be invited" in words_of(looked)
    assert "A cell holds a formula" in words_of(looked)
    refused = desk.post(run, {"action": "send", "name": "0", "email": "1", "role": "signatory"})
    assert (refused.status_code, Invitation.objects.count()) == (409, 0)
    assert "Say where you have the addresses from" in words_of(refused)

    sent = {"action": "send", "name": "0", "email": "1", "role": "signatory", "source_text": "Our conference"}
    assert desk.post(run, sent).status_code == 303
    assert "0 of 2 rows looked at" in words_of(desk.get(run))
    importing.run_due()
    assert "2 of 2 rows looked at" in words_of(desk.get(run))
    assert Invitation.objects.get().name == "Ada Example"

    left = desk.get(run + "left/")
    assert left.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "Row,name,e-mail,Why not" in left.text
    assert "3,'=2+2,bo@uni.example,A cell holds a formula" in left.text


def test_columns_of_one_name_are_told_apart_by_their_letters_and_a_guessed_encoding_is_said(desk):
    content = "Name,E-mail,E-mail\nZoë,,zoe@uni.example\n".encode("cp1252")

    page = words_of(desk.get(upload(desk, make_letter(), content)["Location"]))

    assert "B: E-mail" in page
    assert "C: E-mail" in page
    assert "it was read as Western European" in page


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "Choose a file."),
        (b"", "This file is empty."),
        (b"x" * (tables.MOST_BYTES + 1), "larger than 2 MB"),
        (b"PK\x03\x04", "not whole"),
    ],
)
def test_what_is_no_list_is_refused_at_the_field(desk, content, says):
    letter = make_letter()

    answer = desk.post(path_of(letter)) if content is None else upload(desk, letter, content)

    assert (answer.status_code, ListImport.objects.count()) == (422, 0)
    assert says in words_of(answer)


def test_a_table_can_be_deleted_and_is_found_under_its_own_letter_alone(desk):
    letter, other = make_letter(), make_letter()
    run = upload(desk, letter)["Location"]
    assert desk.get(run.replace(letter.slug, other.slug)).status_code == 404
    assert desk.get(run + "left/").status_code == 404

    desk.post(run, {"action": "stop"})
    assert ListImport.objects.get().rows_sealed is None
    assert desk.get(run).status_code == 200


@pytest.mark.parametrize("item_count", [1, 3])
def test_tables_so_far_cost_the_same_for_one_and_for_many(desk, item_count, django_assert_num_queries):
    letter = make_letter()
    for _ in range(item_count):
        upload(desk, letter)

    with django_assert_num_queries(4):  # session, user, letter, tables
        desk.get(path_of(letter))


def test_columns_that_nobody_knows_are_asked_for_with_an_example_of_each(desk):
    run = upload(desk, make_letter(), b"Who,\nBo Li,bo@uni.example\nJo Do,jo@uni.example\n")["Location"]
    asked = "Say which column holds the names and which one the addresses."

    page = words_of(desk.get(run))
    assert (asked in page, "B: (bo@uni.example)" in page) == (True, True)
    looked = words_of(desk.post(run, {"action": "look", "name": "0", "email": "1", "role": "signatory"}))
    assert (asked in looked, "2 rows can be invited" in looked) == (False, True)
