import pytest
from django.urls import reverse

from letters.documents.models import Letter
from letters.signatures import anonymising
from letters.signatures.anonymous_lines import Words
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


def form_at(desk, path):
    """What the open page of a case would send."""
    (form,) = [form for form in forms_in(desk.get(path)) if "printed_position" in form.fields]
    return form.fields


def test_the_case_shows_what_will_be_printed_and_warns_of_few(desk, letter):
    signature = anonymous.ask(letter)

    alone = desk.get(path_of(signature))

    shown = words_of(alone)
    assert "Will be printed, without the name" in shown
    assert "Professor of Cryptography, University X" in shown
    assert "Nobody else who signed gave this position and affiliation" in shown
    assert ("not printed" in shown, "Readers will see it" in shown) == (True, False)
    for _ in range(2):
        make_signature(letter)
    assert "gave this position and affiliation" not in words_of(desk.get(path_of(signature)))


def test_a_reviewer_makes_it_say_less_and_prints_it(desk, letter):
    signature = anonymous.ask(letter)
    path = path_of(signature)
    form = form_at(desk, path)
    assert form["printed_affiliation"] == "University X"

    words = {"printed_position": "Professor", "printed_affiliation": "a university in the Netherlands"}
    done = desk.post(path, {**form, **CHECKED, **words, "action": "accept"})

    assert done.status_code == 303
    line = AnonymousLine.objects.printed().get()
    assert line.label == "Professor, a university in the Netherlands"


def test_nothing_to_print_is_refused_with_a_sentence(desk, letter):
    signature = anonymous.ask(letter)

    path = path_of(signature)
    emptied = {**form_at(desk, path), "printed_position": "", "printed_affiliation": ""}

    refused = desk.post(path, {**emptied, **CHECKED, "action": "accept"})

    assert refused.status_code == 409
    assert "Give your position or your affiliation" in words_of(refused)
    assert not AnonymousLine.objects.printed().exists()


def test_words_that_the_signatory_took_back_meanwhile_are_not_printed(desk, letter):
    signature = anonymous.ask(letter)
    path = path_of(signature)
    before = form_at(desk, path)
    less = Words("Professor", "a university in the Netherlands")
    anonymising.ask(signature.public_id, less, consent_text_sha256="d" * 64)

    refused = desk.post(path, {**before, **CHECKED, "action": "accept"})

    assert refused.status_code == 409
    assert "changed while you looked" in words_of(refused)
    assert AnonymousLine.objects.of(signature).words == less
    assert not AnonymousLine.objects.printed().exists()
    (now,) = [form.fields for form in forms_in(refused) if "printed_position" in form.fields]
    assert desk.post(path, {**now, **CHECKED, "action": "accept"}).status_code == 303
    assert AnonymousLine.objects.printed().get().words == less


def test_a_part_of_the_name_in_the_words_is_pointed_out(desk, letter):
    notice = "A part of the name stands in these words"
    told = anonymous.ask(letter, affiliation="Berg Institute")
    other = anonymous.ask(letter, "bob")

    assert notice in words_of(desk.get(path_of(told)))
    assert notice not in words_of(desk.get(path_of(other)))


def test_the_rules_of_a_letter_offer_it(desk):
    letter = make_letter()
    path = reverse("desk:rules", args=[letter.slug])
    (form,) = [form for form in forms_in(desk.get(path)) if "publish_from" in form.fields]
    assert not Letter.objects.get(pk=letter.pk).offers_anonymous

    desk.post(path, {**form.fields, "offers_anonymous": "on"})

    assert Letter.objects.get(pk=letter.pk).offers_anonymous
