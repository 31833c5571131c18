"""Who may come in: every address of the desk, for a stranger, a person without the right, and staff."""

import uuid

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from campaign.desk import urls
from letters.moderation import cases
from letters.moderation.models import Upload
from tests.factories import make_letter, sign_and_confirm
from tests.moderation.files import PDF
from tests.moderation.people import reviewer

pytestmark = pytest.mark.django_db


def all_paths():
    letter = make_letter()
    case = cases.open_case(sign_and_confirm(letter), "mixed-script", is_holding=True)
    upload = Upload(case=case, kind="pdf", uploaded_at=case.opened_at)
    upload.set_content(PDF)
    upload.save()
    arguments = {
        "home": [],
        "case": [letter.slug, case.public_id],
        "case-file": [letter.slug, case.public_id, upload.public_id],
    }
    found = {}
    for name in (pattern.name for pattern in urls.urlpatterns):
        try:
            found[name] = reverse(f"desk:{name}", args=arguments.get(name, [letter.slug]))
        except NoReverseMatch:
            found[name] = ""
    return found


def answers(client, path):
    """Of the methods that the address knows at all."""
    found = [client.get(path), client.post(path)]
    return [response for response in found if response.status_code != 405]


def test_a_stranger_is_sent_to_the_login(client):
    for name, path in all_paths().items():
        for response in answers(client, path):
            assert (name, response.status_code) == (name, 302)
            assert response.headers["Location"].startswith("/accounts/login/?next=/desk/"), name


def test_a_person_without_the_right_finds_nothing(client):
    client.force_login(reviewer("charlie", is_staff=False))

    for name, path in all_paths().items():
        assert (name, {response.status_code for response in answers(client, path)}) == (name, {404})


def test_staff_come_in_and_nothing_is_stored(desk):
    for name, path in all_paths().items():
        response = answers(desk, path)[0]
        expected = 303 if name == "queue-release" else 200
        assert (name, response.status_code, response.headers["Cache-Control"]) == (name, expected, "no-store")


@pytest.mark.parametrize("name", ["case", "queue", "rules", "queue-release"])
def test_a_form_without_its_mark_is_refused(mona, name):
    paths = all_paths()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mona)

    assert strict.post(paths[name], {"action": "accept"}).status_code in (403, 405)


def test_a_case_is_found_under_its_own_letter_alone(desk):
    case = cases.open_case(sign_and_confirm(make_letter()), "mixed-script")
    other = make_letter()

    assert desk.get(reverse("desk:case", args=[other.slug, case.public_id])).status_code == 404
    assert desk.get(reverse("desk:case", args=[case.letter.slug, uuid.uuid4()])).status_code == 404
    assert desk.get(reverse("desk:queue", args=["no-such-letter"])).status_code == 404
