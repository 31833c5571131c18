import pytest
from django.urls import reverse

from letters.documents.models import Letter
from letters.signatures.models import AnonymousLine
from tests import anonymous
from tests.factories import make_letter, make_signature
from tests.public.visitor import forms_in, words_of

pytestmark = pytest.mark.django_db

CHECKED = {
    "evidence_url": anonymous.SOURCE, "is_name": "on", "is_position": "on", "is_affiliation": "on", "is_public": "on",
    "is_not_own_profile": "on",
}  # fmt: skip


@pytest.fixture
def letter():
    return make_letter(offers_anonymous=True)


def path_of(signature):
    case = anonymous.case_of(signature)
    return reverse("desk:case", args=[case.letter.slug, case.public_id])


def test_the_case_shows_what_will_be_printed_and_warns_of_few(desk, letter):
    signature = anonymous.ask(letter)

    alone = desk.get(path_of(signature))

    shown = words_of(alone)
    assert "Will be printed, without the name" in shown
    assert "Professor of Cryptography, University X" in shown
    assert "Nobody else who signed gave this position and affiliation" in shown
    for _ in range(2):
        make_signature(letter)
    assert "gave this position and affiliation" not in words_of(desk.get(path_of(signature)))


def test_a_reviewer_makes_it_say_less_and_prints_it(desk, letter):
    signature = anonymous.ask(letter)
    path = path_of(signature)
    (form,) = [form for form in forms_in(desk.get(path)) if "printed_position" in form.fields]
    assert form.fields["printed_affiliation"] == "University X"

    words = {"printed_position": "Professor", "printed_affiliation": "a university in the Netherlands"}
    done = desk.post(path, {**CHECKED, **words, "action": "accept"})

    assert done.status_code == 303
    line = AnonymousLine.objects.printed().get()
    assert line.label == "Professor, a university in the Netherlands"


def test_nothing_to_print_is_refused_with_a_sentence(desk, letter):
    signature = anonymous.ask(letter)

    refused = desk.post(
        path_of(signature), {**CHECKED, "printed_position": "", "printed_affiliation": "", "action": "accept"}
    )

    assert refused.status_code == 409
    assert "Give your position or your affiliation" in words_of(refused)
    assert not AnonymousLine.objects.printed().exists()


def test_the_rules_of_a_letter_offer_it(desk):
    letter = make_letter()
    path = reverse("desk:rules", args=[letter.slug])
    (form,) = [form for form in forms_in(desk.get(path)) if "publish_from" in form.fields]
    assert not Letter.objects.get(pk=letter.pk).offers_anonymous

    desk.post(path, {**form.fields, "offers_anonymous": "on"})

    assert Letter.objects.get(pk=letter.pk).offers_anonymous
