import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.moderation import batching, cases
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature
from tests.public.visitor import forms_in, words_of

pytestmark = pytest.mark.django_db


def path_of(letter):
    return reverse("desk:surge", args=[letter.slug])


@pytest.mark.parametrize("item_count", [1, 3])
def test_pace_costs_the_same_for_one_and_for_many(desk, item_count, django_assert_num_queries):
    letter = make_letter()
    for _ in range(item_count):
        cases.open_case(make_signature(letter), "spike", is_holding=True)

    with django_assert_num_queries(9):  # session, user, letter; confirmed, waiting, newest, pace twice, held
        desk.get(path_of(letter))


def test_what_fewer_than_three_share_is_shown_to_nobody(desk):
    letter = make_letter()
    for n in range(3):
        make_signature(letter, email=f"a{n}@flood.example", network=b"n" * 16)
    for n in range(2):
        make_signature(letter, email=f"b{n}@rare.example", network=b"r" * 16)

    page = desk.get(path_of(letter)).text

    assert "flood.example" in page
    assert "a0@" not in page
    assert "rare.example" not in page
    assert (b"n" * 16).hex() in page
    assert (b"r" * 16).hex() not in page


def test_numbers_stand_beside_the_picture_and_the_wave_can_be_released(strong_desk):
    letter, now = make_letter(), timezone.now()
    make_signature(letter, at=now - timedelta(minutes=5))
    make_signature(letter, state="pending", at=now - timedelta(minutes=5))
    cases.open_case(make_signature(letter, at=now - timedelta(minutes=2)), "spike", is_holding=True)

    answer = strong_desk.get(path_of(letter))

    assert "Confirmed in the last hour2" in words_of(answer)
    assert f"{now - timedelta(minutes=5):%H:%M}11" in words_of(answer)
    link = re.search(r'href="([^"]+)">Release 1 signature…', answer.text)[1].replace("&amp;", "&")
    form = next(form for form in forms_in(strong_desk.get(link)) if "what" in form.fields)
    run = strong_desk.post(path_of(letter).replace("pace", "many"), form.fields)["Location"]
    strong_desk.post(run, {"action": "start"})
    batching.run_due()
    assert Signature.objects.public().count() == 2
