"""Strengthening one's line: what the pages refuse, and what they leave alone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.core import tokens
from letters.outbox.models import Message, Suppression
from letters.signatures import managing
from letters.verification.models import Check, Evidence, Organization, OrganizationDomain
from letters.verification.providers import PROVIDERS
from tests.factories import make_letter, sign_and_confirm, sign_up

pytestmark = pytest.mark.django_db
WORK = {"action": "start", "email": "s.berg@uni.example", "consent_domain": "on"}


@pytest.fixture
def suzie():
    today = timezone.now().date()
    row = Organization.objects.create(name="University X", source="curated", checked_on=today)
    OrganizationDomain.objects.create(
        organization=row, domain="uni.example", kind="mixed", source="curated", checked_on=today
    )
    return sign_and_confirm(make_letter(slug="lift"))


def page_of(signature, kind="work_email"):
    return reverse("public:verify", args=[managing.token_for(signature), kind])


def mail_page(check):
    return reverse("public:verify-mail", args=[tokens.make("work_email", check.public_id)])


def test_mine_offers_what_site_and_letter_accept_and_the_site_can_do(client, suzie, settings):
    settings.VERIFICATION_METHODS = ("work_email", "website", "google", "review")
    suzie.letter.methods = ["work_email", "google", "dns"]
    suzie.letter.save()

    response = client.get(reverse("public:mine", args=[managing.token_for(suzie)]))

    assert [provider.KIND for provider in response.context["offers"]] == ["work_email"]
    assert page_of(suzie) in response.content.decode()


def test_page_says_what_it_proves_what_readers_see_and_what_is_stored(client, suzie):
    offer = PROVIDERS["work_email"].OFFER

    text = client.get(page_of(suzie)).content.decode()

    for part in (offer.proves, offer.example, offer.kept):
        assert str(part).replace("'", "&#x27;") in text


@pytest.mark.parametrize("kind", ["invitation", "nothing", "google", "dns"])
def test_method_that_is_not_offered_is_not_there(client, suzie, kind):
    suzie.letter.methods = ["work_email", "invitation", "google"]
    suzie.letter.save()

    assert client.get(page_of(suzie, kind)).status_code == 404
    assert client.post(page_of(suzie, kind), WORK).status_code == 404
    assert not Check.objects.exists()


def test_page_is_its_owners_alone(client, suzie):
    waiting = sign_up(suzie.letter, "bob")
    confirm = tokens.make("confirm", suzie.public_id)

    assert client.get(page_of(suzie))["Cache-Control"] == "no-store"
    assert client.get(page_of(waiting)).status_code == 404
    assert client.get(reverse("public:verify", args=[confirm, "work_email"])).status_code == 404


def test_looking_changes_nothing(client, suzie):
    client.post(page_of(suzie), WORK)
    check = Check.objects.get()
    before = list(Evidence.objects.values()) + list(Check.objects.values())

    for address in (page_of(suzie), mail_page(check)):
        for method in (client.get, client.head):
            assert method(address).status_code == 200

    assert list(Evidence.objects.values()) + list(Check.objects.values()) == before


def test_wrong_address_comes_back_with_what_was_typed(client, suzie):
    response = client.post(page_of(suzie), {**WORK, "email": "s.berg(at)uni"})

    assert response.status_code == 422
    assert 'value="s.berg(at)uni"' in response.content.decode()
    assert "Enter one e-mail address" in response.content.decode()


def test_code_is_asked_for_after_the_start_and_a_wrong_one_changes_nothing(client, suzie):
    assert client.post(page_of(suzie), WORK).status_code == 303

    response = client.post(page_of(suzie), {"action": "complete", "code": "AAAA-AAAA"})

    assert response.status_code == 409
    assert "That is not the code in the mail." in response.content.decode()
    assert Check.objects.get().tries == 1
    assert not Evidence.objects.filter(method="work_email").exists()


def test_answer_without_a_start_says_to_start(client, suzie):
    response = client.post(page_of(suzie), {"action": "complete", "code": "AAAA-AAAA"})

    assert response.status_code == 409
    assert "Start it again" in response.content.decode()


def test_pressed_button_behind_the_mail_proves_once(client, suzie):
    client.post(page_of(suzie), WORK)
    address = mail_page(Check.objects.get())

    first, second = client.post(address, {"action": "confirm"}), client.post(address, {"action": "confirm"})

    assert (first.status_code, second.status_code) == (200, 410)
    suzie.refresh_from_db()
    assert suzie.verification == "affiliation"


def test_not_me_forgets_the_address_and_leaves_the_signature(client, suzie):
    client.post(page_of(suzie), WORK)
    address = mail_page(Check.objects.get())

    assert client.post(address, {"action": "not-me"}).status_code == 200

    assert not Check.objects.exists()
    assert Suppression.objects.get().reason == "not_me"
    suzie.refresh_from_db()
    assert (suzie.is_confirmed, suzie.verification) == (True, "email")


@pytest.mark.parametrize("damage", [lambda t: t[:-1], lambda t: t + "A", lambda t: t[::-1]])
def test_link_of_the_mail_must_be_whole(client, suzie, damage):
    client.post(page_of(suzie), WORK)
    token = tokens.make("work_email", Check.objects.get().public_id)

    assert client.post(reverse("public:verify-mail", args=[damage(token)])).status_code == 404
    assert Check.objects.get().state == "waiting"


def test_twenty_checks_an_hour_are_enough(client, suzie, settings):
    settings.VERIFY_LIMIT = 3

    statuses = [client.post(page_of(suzie), {**WORK, "email": f"a{n}@uni.example"}).status_code for n in range(4)]

    assert statuses == [303, 303, 303, 429]
    assert Message.objects.filter(kind="work_email").count() == 3


def test_letters_methodology_is_made_of_what_is_on_and_counted(client, suzie):
    from letters.signatures import counting  # noqa: PLC0415

    suzie.letter.methods = ["work_email", "review"]
    suzie.letter.watched_names = ["Ada Lovelace"]
    suzie.letter.publish_from = "account"
    suzie.letter.save()
    counting.refresh()

    response = client.get(reverse("public:methodology", args=["lift"]))

    text = response.content.decode()
    assert [method.kind for method in response.context["found"].methods] == ["work_email", "review"]
    assert "As of" in text
    assert "“Account confirmed”" in text
    assert "Names that make news are held" in text
    assert "Ada Lovelace" not in text
    assert "Record in your domain" not in text
