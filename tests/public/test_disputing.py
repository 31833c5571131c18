import pytest
from django.test import Client
from django.urls import reverse

from letters.moderation.models import Case, Dispute
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, sign_and_confirm
from tests.public.visitor import deliver, link_in, words_of

pytestmark = pytest.mark.django_db

GOOD = {"kind": "not-them", "text": "She says so on her own page.", "email": "third@example.net"}


def path_of(row):
    return reverse("public:dispute", args=[row.letter.slug, row.public_id])


def test_third_party_disputes_a_line_and_it_is_hidden_after_the_mail(client, mailoutbox):
    row = sign_and_confirm(make_letter())

    assert "Look in your mailbox" in words_of(client.post(path_of(row), GOOD))
    assert Signature.objects.public().count() == 1
    mail = next(mail for mail in deliver(mailoutbox) if mail.to == ["third@example.net"])
    link = link_in(mail, "/dispute/")
    assert "Confirm your report" in words_of(client.get(link))
    assert not Case.objects.exists()

    assert "The organisers are asked to look at it within twelve hours" in words_of(client.post(link))
    assert Case.objects.get().reason == "dispute"
    assert Signature.objects.public().count() == 0
    assert client.get(path_of(row)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": ""}, "Choose what is wrong."),
        ({"kind": "hate"}, "Choose what is wrong."),
        ({"text": " "}, "Write how you know; without that nobody can check it."),
        ({"text": "x" * 2001}, "Use at most 2000 characters."),
        ({"email": ""}, "Enter your e-mail address."),
        ({"email": "a@b@c"}, "There is a problem"),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_stored(client, changes, sentence):
    response = client.post(path_of(sign_and_confirm(make_letter())), {**GOOD, **changes})

    assert (response.status_code, sentence in words_of(response)) == (422, True)
    assert not Dispute.objects.exists()


@pytest.mark.parametrize("state", ["pending", "held", "hidden", "withdrawn", "removed", "sample"])
def test_what_readers_do_not_see_cannot_be_disputed(client, state):
    row = make_signature(state=state)

    assert client.get(path_of(row)).status_code == 404
    assert client.post(path_of(row), GOOD).status_code == 404


def test_a_line_is_disputed_under_its_own_letter_alone(client):
    row, other = sign_and_confirm(make_letter()), make_letter()

    assert client.get(reverse("public:dispute", args=[other.slug, row.public_id])).status_code == 404


def test_disputes_are_limited(client, settings):
    settings.DISPUTE_LIMIT = 2
    path = path_of(sign_and_confirm(make_letter()))

    answers = [client.post(path, GOOD).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_a_strange_link_is_refused(client):
    assert client.get(reverse("public:dispute-confirm", args=["x"])).status_code in (404, 410)


def test_both_forms_need_their_mark(mailoutbox):
    row, strict = sign_and_confirm(make_letter()), Client(enforce_csrf_checks=True)

    assert strict.post(path_of(row), GOOD).status_code == 403
    assert not Dispute.objects.exists()


def test_the_page_of_one_line_leads_to_the_form(client):
    row = sign_and_confirm(make_letter())

    page = client.get(reverse("public:signature", args=[row.letter.slug, row.public_id]))

    assert f'href="{path_of(row)}"' in page.text


def test_the_link_to_a_report_names_nobody_who_withheld_the_name_since(client, mailoutbox):
    row = sign_and_confirm(make_letter())
    client.post(path_of(row), GOOD)
    mail = next(mail for mail in deliver(mailoutbox) if mail.to == ["third@example.net"])
    link = link_in(mail, "/dispute/")
    assert row.display_name in words_of(client.get(link))

    managing.hide(row.public_id, hidden=True)

    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 200
        assert row.display_name not in words_of(answer)
