"""A refusal shows what was typed also when its page has no field for it any more: a colleague was faster."""

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.accounts.models import Membership, User
from letters.documents import publishing
from letters.documents.models import Letter, Translation
from letters.moderation import bulking, cases, deciding
from letters.moderation.selecting import Conditions
from letters.outreach import updates
from letters.outreach.models import Update
from tests.factories import CAST, make_letter, make_signature, make_team
from tests.moderation.people import show_second_factor
from tests.public.visitor import forms_in, words_of

pytestmark = pytest.mark.django_db
TYPED = "Nobody of this “name” works there & never did.\r\n\r\n" + "A long text. " * 300
UNSAVED = "data-unsaved"


@pytest.fixture
def letter(client):
    letter = make_letter()
    make_team("alice", letter=letter)
    client.force_login(alice())
    show_second_factor(client)
    return letter


def alice():
    return User.objects.get(email=CAST["alice"].email)


def archive(letter):
    for step in ("closed", "archived"):
        publishing.move(Letter.objects.get(pk=letter.pk), step, by="test")


def draft(letter):
    return updates.write(letter, updates.Words("Subject", "Body"), by=None)


def a_case(letter):
    return cases.open_case(make_signature(letter), "mixed-script", is_holding=True)


def sent(client, path, name, **more):
    """The page's form, with this typed into one of its fields, as the browser would send it."""
    form = next(form for form in forms_in(client.get(path)) if name in form.fields)
    return {**form.fields, name: TYPED, **more}


def is_kept(answer, typed=TYPED):
    shown = words_of(answer)
    return all(part.strip() in shown for part in typed.split("\r\n\r\n"))


@pytest.mark.parametrize("page", ["amend", "version-new"])
def test_a_new_text_of_a_letter_that_was_archived_meanwhile(client, letter, page):
    path = reverse(f"desk:{page}", args=[letter.slug])
    form = sent(client, path, "body", action="look")
    archive(letter)

    answer = client.post(path, form)

    assert (answer.status_code, is_kept(answer), UNSAVED in answer.text) == (409, True, True)


def test_a_list_of_people_for_a_letter_that_invites_no_more(client, letter):
    path = reverse("desk:invitations", args=[letter.slug])
    form = sent(client, path, "many-people", action="preview")
    archive(letter)

    assert is_kept(client.post(path, form))


@pytest.mark.parametrize(("what", "status"), [("sent", 409), ("deleted", 404)])
def test_an_update_that_was_sent_or_deleted_meanwhile(client, letter, what, status):
    row = draft(letter)
    path = reverse("desk:update", args=[letter.slug, row.public_id])
    form, now = sent(client, path, "body", action="save"), timezone.now()
    if what == "sent":
        Update.objects.filter(pk=row.pk).update(state="sent", started_at=now, ended_at=now)
    else:
        updates.delete(row)

    answer = client.post(path, form)

    assert (answer.status_code, is_kept(answer)) == (status, True)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("headers", [{}, {"X-Desk": "row"}])
def test_a_refusal_of_what_a_colleague_accepted_meanwhile(client, letter, headers):
    case = a_case(letter)
    path = reverse("desk:case", args=[letter.slug, case.public_id])
    form = sent(client, path, "note", action="refuse", reason_code="not-a-person")
    form["note"] = TYPED[:900]
    deciding.accept(case.public_id, by=alice())

    answer = client.post(path, form, headers=headers)

    assert (answer.status_code, is_kept(answer, TYPED[:900])) == (409, True)
    assert 'name="note"' not in answer.text
    assert is_kept(client.post(path, {**form, "note": "nonsense"}, headers=headers), "nonsense")


def test_the_reason_of_a_decision_about_many_that_was_begun_meanwhile(client, letter):
    a_case(letter)
    bulk = bulking.preview(letter, "refuse", Conditions(reason="mixed-script"), by=alice())
    path = reverse("desk:bulk-run", args=[letter.slug, bulk.public_id])
    form = sent(client, path, "note", action="start", reason_code="not-a-person")
    form["note"] = TYPED[:900]
    bulking.cancel(bulk.public_id, by=alice())

    answer = client.post(path, form)

    assert (answer.status_code, is_kept(answer, TYPED[:900])) == (409, True)


def test_the_receipt_of_a_delivery_with_a_file_that_is_too_large(client, letter, settings):
    path = reverse("desk:delivery", args=[letter.slug])
    client.post(path, {"action": "record", "addressee": "Jo Doe, Minister, Ministry of Trade", "channel": "post",
                       "delivered_on": f"{timezone.now():%Y-%m-%d}"})  # fmt: skip
    form = next(form for form in forms_in(client.get(path)) if "delivery" in form.fields and "note" in form.fields)

    answer = client.post(path, {**form.fields, "note": TYPED, "action": "receipt"})

    assert (answer.status_code, is_kept(answer)) == (422, True)


def test_a_translation_whose_language_is_gone(client, letter):
    row = Translation.objects.create(letter=letter, version=letter.version, language="de", edited_at=timezone.now())
    path = reverse("desk:translate", args=[letter.slug, "de"])
    form = sent(client, path, "body", action="save")
    row.delete()

    answer = client.post(path, form)

    assert (answer.status_code, is_kept(answer)) == (404, True)


def test_whoever_lost_their_role_meanwhile_keeps_the_words_and_learns_nothing(client, letter):
    path = reverse("desk:write", args=[make_letter(state="draft").slug])
    mine = reverse("desk:write", args=[letter.slug])
    Membership.objects.all().delete()

    answers = [client.post(address, {"body": TYPED, "action": "save"}) for address in (path, mine, "/desk/none/write/")]

    assert [(answer.status_code, is_kept(answer)) for answer in answers] == [(404, True)] * 3
    strip = [answer.text.split("</main>")[0].split("<main")[1] for answer in answers]
    assert strip[0] == strip[1] == strip[2]


def test_what_stands_in_a_field_is_not_shown_twice(client, letter):
    row = draft(letter)
    path = reverse("desk:update", args=[letter.slug, row.public_id])
    form = sent(client, path, "body", action="save")
    updates.save(row, updates.Words("Other", "Theirs"), revision=1)

    answer = client.post(path, form)

    assert (answer.status_code, is_kept(answer), UNSAVED in answer.text) == (409, True, False)
