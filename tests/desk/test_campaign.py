"""Milestones, updates, delivery and the timeline at the desk, by what an organiser sees and presses."""

import hashlib
import io
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from letters.outbox.models import Message
from letters.outreach import milestones
from letters.outreach.models import Delivery, Event, Milestone, Package, Update
from letters.press import archives, turns
from letters.press.models import Archive
from letters.signatures import managing
from letters.signatures.models import Tally
from tests.factories import make_letter, make_signature, make_team, make_user
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db
MINISTER = "Jo Doe, Minister, Ministry of Trade"


@pytest.fixture
def letter(db):
    return make_letter(slug="lift")


@pytest.fixture
def editor(client, letter):
    """A member who writes, publishes and mails; no operator."""
    make_team("alice", "editor", letter=letter)
    from letters.accounts.models import User  # noqa: PLC0415 - needs the apps

    client.force_login(User.objects.get())
    return client


def today():
    return timezone.now().date().isoformat()


def at(name, *args):
    return reverse(f"desk:{name}", args=["lift", *args])


RESPONSE = {"kind": "response", "addressee": MINISTER, "stance": "declined", "summary": "Not now."}


def test_a_response_is_recorded_and_corrected_and_undone(editor):
    response = editor.post(at("timeline"), {**RESPONSE, "happened_on": today()}, follow=True)
    assert "The entry is on the public timeline." in words_of(response)
    event = Event.objects.get(kind="response")
    one = at("timeline-event", event.public_id)

    editor.post(one, {**RESPONSE, "happened_on": today(), "summary": "Never.", "action": "save"})
    event.refresh_from_db()
    assert event.summary == "Never."
    editor.post(one, {"action": "undo"})
    event.refresh_from_db()
    assert event.summary == "Not now."
    editor.post(one, {"action": "remove"})
    assert "Put it back" in words_of(editor.get(at("timeline")))
    assert editor.post(one, {**RESPONSE, "happened_on": today(), "action": "save"}).status_code == 409
    editor.post(at("timeline"), {"restore": str(event.public_id)})
    event.refresh_from_db()
    assert event.removed_at is None


def test_two_who_correct_an_entry_at_once_lose_nothing(editor):
    editor.post(at("timeline"), {**RESPONSE, "happened_on": today()})
    event = Event.objects.get(kind="response")
    one = at("timeline-event", event.public_id)
    editor.post(one, {**RESPONSE, "happened_on": today(), "summary": "By Bob.", "action": "save", "seen": ""})

    mine = {**RESPONSE, "happened_on": today(), "summary": "By Alice.", "action": "save"}
    response = editor.post(one, {**mine, "seen": ""})

    assert response.status_code == 409
    page = response.content.decode()
    assert ("By Bob." in words_of(response), 'value="By Alice."' in page) == (True, True)
    event.refresh_from_db()
    assert f'value="{event.changed_at.isoformat()}"' in page
    editor.post(one, {**mine, "seen": event.changed_at.isoformat()})
    event.refresh_from_db()
    assert event.summary == "By Alice."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"happened_on": ""}, "Give the day."),
        ({"happened_on": "soon"}, "such as 2026-11-24."),
        ({"happened_on": "2999-01-01"}, "today or earlier"),
        ({"kind": "gossip"}, "Choose one of the list."),
        ({"addressee": ""}, "Choose the addressee who answered."),
        ({"summary": ""}, "Sum the response up in one line"),
        ({"summary": "x" * 201}, "at most 200 characters"),
        ({"url": "javascript:alert(1)"}, "beginning with https://"),
        ({"url": "https://[::1"}, "beginning with https://"),
        ({"text": "a\u202eb"}, "invisible or control character"),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_lost(editor, changes, sentence):
    sent = {**RESPONSE, "happened_on": today(), "quote": "We heard you.", **changes}
    response = editor.post(at("timeline"), sent)

    assert response.status_code == 422
    assert sentence in words_of(response)
    assert 'value="We heard you."' in response.content.decode()
    assert not Event.objects.filter(kind="response").exists()


def reached(letter, persons=10):
    Tally.objects.update_or_create(version=letter.version, defaults={"persons": persons, "as_of": timezone.now()})
    milestones.find()


def test_a_milestone_is_released_with_its_draft_beside_it(editor, letter):
    reached(letter)
    page = editor.get(at("milestones"))
    assert "Next milestone: 25." in words_of(page)
    assert at("update", Update.objects.get().public_id) in page.content.decode()

    editor.post(at("milestones"), {"number": "10", "action": "release"})
    assert Event.objects.filter(kind="milestone").count() == 1
    assert editor.post(at("milestones"), {"number": "10", "action": "dismiss"}).status_code == 409
    assert editor.post(at("milestones"), {"number": "1" * 30, "action": "release"}).status_code == 404
    assert editor.post(at("milestones"), {"number": "10", "action": "dance"}).status_code == 409


def test_a_reader_of_the_team_sees_milestones_and_decides_nothing(client, letter):
    bob = make_user("bob")
    make_team("bob", "reader", letter=letter)
    reached(letter)
    client.force_login(bob)

    assert b'value="release"' not in client.get(at("milestones")).content
    assert client.post(at("milestones"), {"number": "10", "action": "release"}).status_code == 404
    assert Milestone.objects.get().state == "draft"
    for name in ("updates", "delivery", "timeline"):
        assert client.get(at(name)).status_code == 404


WORDS = {"subject": "We met the minister", "body": "It went **well**.", "is_on_timeline": "on"}


def drafted(editor):
    editor.post(at("updates"), WORDS)
    return Update.objects.get()


def test_an_update_is_written_previewed_tested_and_sent(editor, letter):
    make_signature(letter, consent_updates=True)
    update = drafted(editor)
    one = at("update", update.public_id)
    page = words_of(editor.get(one))
    assert "List-Unsubscribe=One-Click" in page
    assert "the organisers of the open letter" in page
    html = editor.get(at("update-html", update.public_id))
    assert b"<strong>well</strong>" in html.content
    assert (html.headers["X-Frame-Options"], "frame-ancestors 'self'" in html.headers["Content-Security-Policy"]) == (
        "SAMEORIGIN", True,
    )  # fmt: skip
    assert "no-store" in html.headers["Cache-Control"]

    response = editor.post(one, {"action": "test", "revision": "1"}, follow=True)
    assert "A test mail is on its way to alice@example.org." in words_of(response)
    response = editor.post(one, {"action": "send", "revision": "1"}, follow=True)
    assert "The update is being sent." in words_of(response)
    assert sorted(Message.objects.values_list("kind", flat=True)) == ["update", "update_test"]
    assert editor.post(one, {**WORDS, "action": "save", "revision": "1"}).status_code == 409


def test_the_second_editor_sees_the_firsts_words_and_loses_none(editor):
    update = drafted(editor)
    one = at("update", update.public_id)
    editor.post(one, {**WORDS, "body": "By Bob.", "action": "save", "revision": "1"})

    response = editor.post(one, {**WORDS, "body": "By Alice.", "action": "save", "revision": "1"})

    assert response.status_code == 409
    page = words_of(response)
    assert "Somebody else saved this update meanwhile." in page
    assert "By Bob." in page
    assert "By Alice." in response.content.decode()
    editor.post(one, {**WORDS, "body": "By both.", "action": "save", "revision": "2"})
    update.refresh_from_db()
    assert update.body == "By both."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"subject": " "}, "Give the mail a subject."),
        ({"body": " \n "}, "Write the mail first."),
        ({"subject": "x" * 151}, "at most 150 characters"),
        ({"body": "x" * 20_001}, "at most 20000 characters"),
        ({"subject": "a\u202eb"}, "invisible or control character"),
    ],
)
def test_an_update_that_lacks_something_is_named(editor, changes, sentence):
    response = editor.post(at("updates"), {**WORDS, **changes})

    assert (response.status_code, Update.objects.count()) == (422, 0)
    assert sentence in words_of(response)


def test_a_second_update_in_a_week_is_refused_with_the_hour(editor, letter):
    make_signature(letter, consent_updates=True)
    first = drafted(editor)
    editor.post(at("update", first.public_id), {"action": "send", "revision": "1"})
    editor.post(at("updates"), WORDS)
    second = Update.objects.get(number=2)

    assert "at most one update a week" in words_of(editor.get(at("update", second.public_id)))
    response = editor.post(at("update", second.public_id), {"action": "send", "revision": "1"})
    assert response.status_code == 409
    assert "The next one may be sent from" in words_of(response)


def test_stop_resume_and_delete_answer_in_sentences(editor, letter):
    make_signature(letter, consent_updates=True)
    update = drafted(editor)
    one = at("update", update.public_id)
    editor.post(one, {"action": "send", "revision": "1"})
    assert "it is a draft again" in words_of(editor.post(one, {"action": "stop"}, follow=True))
    assert editor.post(one, {"action": "resume"}).status_code == 409
    assert editor.post(one, {"action": "dance"}).status_code == 409
    assert "The draft is deleted." in words_of(editor.post(one, {"action": "delete"}, follow=True))
    assert editor.get(one).status_code == 404


@pytest.mark.parametrize("amount", [1, 3])
def test_lists_cost_the_same_at_any_length(editor, letter, amount, django_assert_max_num_queries):
    for number in range(amount):
        editor.post(at("updates"), {**WORDS, "subject": f"Update {number}"})
        editor.post(at("timeline"), {**RESPONSE, "happened_on": today()})
        package = make_package(editor)
        editor.post(at("delivery"), {"action": "record", "addressee": MINISTER, "channel": "post",
                                     "delivered_on": today(), "package": str(package.public_id)})  # fmt: skip
    assert Delivery.objects.count() == amount
    for name, queries in (("updates", 7), ("timeline", 7), ("delivery", 9), ("milestones", 6)):
        with django_assert_max_num_queries(queries):
            editor.get(at(name))


def make_package(editor):
    editor.post(at("delivery"), {"action": "package"})
    archives.make_waiting()
    return Package.objects.latest("number")


def test_a_package_is_made_downloaded_and_delivered(editor, letter):
    make_signature(letter)
    package = make_package(editor)
    response = editor.get(at("package", package.public_id))
    content = b"".join(response.streaming_content)

    assert hashlib.sha256(content).hexdigest() == package.sha256
    assert "signatories.csv" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert response.headers["Content-Disposition"].startswith('attachment; filename="lift-delivery-1-')
    assert "no-store" in response.headers["Cache-Control"]

    sent = {"action": "record", "addressee": MINISTER, "channel": "hand", "delivered_on": today(),
            "package": str(package.public_id), "note": "At the gate"}  # fmt: skip
    assert "Recorded: delivered to Jo Doe" in words_of(editor.post(at("delivery"), sent, follow=True))
    delivery = Delivery.objects.get()
    receipt = SimpleUploadedFile("receipt.pdf", b"stamped")
    editor.post(at("delivery"), {"action": "receipt", "delivery": delivery.public_id, "note": "", "file": receipt})
    delivery.refresh_from_db()
    assert delivery.receipt_sha256 == hashlib.sha256(b"stamped").hexdigest()
    assert "No response known as of" in words_of(editor.get(at("delivery")))


def test_a_package_being_made_shows_how_far_it_is_and_leads_back(editor, letter):
    make_signature(letter)
    asked = editor.post(at("delivery"), {"action": "package"})
    assert (asked.status_code, asked.headers["Location"]) == (303, at("package-making"))
    assert "It begins in a moment." in words_of(editor.get(at("package-making")))
    row = Archive.objects.get()
    turns.note(row, 2000, 100_000)
    assert "2,000 of 100,000 signatures." in words_of(editor.get(at("package-making")))
    page = editor.get(at("delivery"))
    assert ("See how far it is" in words_of(page), b'http-equiv="refresh"' in page.content) == (True, False)
    again = editor.post(at("delivery"), {"action": "package"})
    assert (again.status_code, "is being made already" in words_of(again)) == (409, True)

    archives.make_waiting()
    assert editor.get(at("package-making")).headers["Location"] == at("delivery")
    assert "Download package 1" in words_of(editor.get(at("delivery")))


def test_a_package_of_other_rows_is_not_handed_out(editor, letter):
    line = make_signature(letter, at=timezone.now() - timedelta(days=1))
    package = make_package(editor)
    managing.withdraw(line.public_id)

    response = editor.get(at("package", package.public_id))
    assert (response.status_code, "Have it made again below" in words_of(response)) == (410, True)
    archives.make_waiting()
    assert "Make the file again" in words_of(editor.get(at("delivery")))
    editor.post(at("delivery"), {"action": "again", "package": package.public_id})
    archives.make_waiting()
    assert "so the same file cannot be made again" in words_of(editor.get(at("delivery")))
    assert editor.get(at("package", package.public_id)).status_code == 410


def test_a_deleted_file_is_made_again_and_is_the_same(editor, letter):
    make_signature(letter)
    package = make_package(editor)
    archives.expire(now=timezone.now() + archives.KEPT)
    assert editor.get(at("package", package.public_id)).status_code == 410

    assert editor.post(at("delivery"), {"action": "again", "package": package.public_id}).status_code == 303
    archives.make_waiting()
    content = b"".join(editor.get(at("package", package.public_id)).streaming_content)
    assert (hashlib.sha256(content).hexdigest(), Package.objects.count()) == (package.sha256, 1)
    assert editor.post(at("delivery"), {"action": "again", "package": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence", "status"),
    [
        ({"addressee": "Nobody"}, "Choose one of the addressees.", 422),
        ({"delivered_on": "2999-01-01"}, "today or earlier", 422),
        ({"package": str(uuid.UUID(int=1))}, "Choose one of the packages.", 422),
        ({"action": "supplement"}, "A supplement follows a delivered list.", 409),
        ({"action": "dance"}, "Choose one of the buttons", 409),
    ],
)
def test_a_wrong_delivery_is_named(editor, changes, sentence, status):
    sent = {"action": "record", "addressee": MINISTER, "channel": "post", "delivered_on": today(), **changes}
    response = editor.post(at("delivery"), sent)

    assert (response.status_code, Delivery.objects.count()) == (status, 0)
    assert sentence in words_of(response)


def test_an_empty_receipt_says_what_to_do(editor, letter):
    editor.post(at("delivery"), {"action": "record", "addressee": MINISTER, "channel": "post", "delivered_on": today()})
    row = Delivery.objects.get()

    response = editor.post(at("delivery"), {"action": "receipt", "delivery": row.public_id})
    assert (response.status_code, "Say what proves the delivery" in words_of(response)) == (409, True)
    editor.post(at("delivery"), {"action": "remove", "delivery": row.public_id})
    assert editor.post(at("delivery"), {"action": "remove", "delivery": row.public_id}).status_code == 404
    assert editor.post(at("delivery"), {"action": "receipt", "delivery": "x"}).status_code == 404


def test_rows_of_another_letter_are_not_found(editor, letter):
    other = make_letter(slug="other")
    day = timezone.now().date() - timedelta(days=1)
    event = Event.objects.filter(letter=other).get()
    update = Update.objects.create(
        letter=other, number=1, subject="s", body="b", created_at=timezone.now(), edited_at=timezone.now()
    )
    delivery = Delivery.objects.create(
        letter=other, addressee="A", channel="post", delivered_on=day, version=other.version, persons=0,
        organizations=0, recorded_at=timezone.now(),
    )  # fmt: skip

    assert editor.get(at("timeline-event", event.public_id)).status_code == 404
    assert editor.get(at("update", update.public_id)).status_code == 404
    assert editor.post(at("delivery"), {"action": "remove", "delivery": delivery.public_id}).status_code == 404
    assert editor.post(at("timeline"), {"restore": str(event.public_id)}).status_code == 404
    reached(other)
    assert b'value="release"' not in editor.get(at("milestones")).content
    assert editor.post(at("milestones"), {"number": "10", "action": "release"}).status_code == 404
    assert Milestone.objects.get().state == "draft"


@pytest.mark.parametrize("page", ["delivery", "press", "archive"])
def test_a_page_that_needs_readers_leads_a_draft_to_its_launch(client, page):
    draft, public = make_letter(state="draft"), make_letter()
    team = make_team("alice", letter=draft)
    public.teams.create(team=team, is_owner=True)
    client.force_login(team.memberships.get().user)
    ways = [f'href="{reverse("desk:launch", args=[letter.slug])}">See what is left' for letter in (draft, public)]

    shown = [client.get(reverse(f"desk:{page}", args=[letter.slug])).text for letter in (draft, public)]

    assert [way in text for way, text in zip(ways, shown, strict=True)] == [True, False]
    if page == "delivery":
        assert ['value="package"' in text for text in shown] == [False, True]
