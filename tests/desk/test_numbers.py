"""The numbers page and the archive page of one letter."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.documents import closing
from letters.ledger.models import AuditEvent
from letters.press import archives, numbers
from letters.press.models import Archive, DayCount, VisitCount
from tests.factories import make_letter, make_signature, make_team
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


@pytest.fixture
def letter(db):
    return make_letter()


def numbers_path(letter):
    return reverse("desk:numbers", args=[letter.slug])


def test_page_before_anything_was_counted_says_so(desk, letter):
    assert "Nothing was counted yet." in words_of(desk.get(numbers_path(letter)))


def test_page_shows_days_funnel_waits_and_sources(desk, letter, settings):
    settings.VISIT_FLUSH_SECONDS = 3600
    for hours in (0, 1, 30):
        make_signature(letter, at=AT + timedelta(hours=hours))
    VisitCount.objects.create(letter=letter, day=AT.date(), page="letter", source="news.example", visits=1234)
    VisitCount.objects.create(letter=letter, day=AT.date(), page="form", source="", visits=7)
    numbers.recount(letter, now=AT + timedelta(days=3))
    DayCount.objects.filter(day=AT.date()).update(mails=8, bounced=2)

    response = desk.get(numbers_path(letter))

    words = words_of(response)
    assert "Confirmed on each day (UTC)" in words
    assert "20 Nov: 2 confirmed" in words
    assert "21 Nov: 3 confirmed in all" in words
    assert "news.example1,234" in words
    assert "Forms opened" in words
    assert "Came back: 2 mails, 25.0 % of those that left." in words
    assert "style=" not in response.content.decode()


def test_letter_of_half_a_year_is_shown_by_weeks(desk, letter):
    for day in range(0, 180, 20):
        make_signature(letter, at=AT - timedelta(days=day))
    numbers.recount(letter, now=AT)

    words = words_of(desk.get(numbers_path(letter)))

    assert "Confirmed in each week from the day named" in words
    assert "Confirmed on each day" not in words


@pytest.mark.parametrize("item_count", [1, 3])
def test_numbers_cost_the_same_at_any_length(desk, letter, item_count, django_assert_num_queries):
    for number in range(item_count):
        make_signature(letter, at=AT - timedelta(days=number))
        VisitCount.objects.create(letter=letter, day=AT.date(), page="letter", source=f"{number}.example", visits=1)
    numbers.recount(letter, now=AT)

    with django_assert_num_queries(9):
        desk.get(numbers_path(letter))


def archive_path(letter):
    return reverse("desk:archive", args=[letter.slug])


def test_archive_is_asked_for_by_one_button_and_downloaded(desk, letter, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    make_signature(letter, at=AT)

    assert desk.post(archive_path(letter), {"action": "ask"}).status_code == 303
    assert "Being made: it begins in a moment." in words_of(desk.get(archive_path(letter)))
    assert "is being made already" in words_of(desk.post(archive_path(letter), {"action": "ask"}))
    archives.make_waiting()

    row = Archive.objects.get()
    assert "Download the ZIP file" in words_of(desk.get(archive_path(letter)))
    response = desk.get(reverse("desk:archive-file", args=[letter.slug, row.public_id]))
    assert response.headers["Content-Disposition"].startswith(f'attachment; filename="{letter.slug}-archive-')
    assert (response.headers["Cache-Control"], b"".join(response.streaming_content)[:2]) == ("no-store", b"PK")


def test_archive_that_is_gone_says_what_to_do(desk, letter):
    row = Archive.objects.create(letter=letter, asked_at=AT, state="expired")

    response = desk.get(reverse("desk:archive-file", args=[letter.slug, row.public_id]))

    assert (response.status_code, "Make a new archive." in words_of(response)) == (410, True)
    other = make_letter()
    assert desk.get(reverse("desk:archive-file", args=[other.slug, row.public_id])).status_code == 404


def test_letter_that_nobody_sees_offers_no_button(desk):
    words = words_of(desk.get(archive_path(make_letter(state="private"))))

    assert "Only a letter that readers can see can be archived." in words
    assert "Make an archive" not in words


def statement_of(desk, letter, **changes):
    fields = form_with(desk.get(archive_path(letter)), "statement").fields
    return desk.post(archive_path(letter), {**fields, "action": "close", **changes}, follow=True)


def test_statement_is_saved_printed_and_audited_by_its_length(desk, client, letter):
    response = statement_of(desk, letter, statement="We **thank** you.\r\n\r\nAll of you.")

    letter.refresh_from_db()
    assert letter.closing_statement == "We **thank** you.\n\nAll of you."
    assert "Saved." in words_of(response)
    assert "<strong>thank</strong>" in client.get(letter.get_absolute_url()).content.decode()
    assert AuditEvent.objects.get(action="closing-stated").detail == str(len(letter.closing_statement))
    assert "Nothing was different." in words_of(statement_of(desk, letter))
    statement_of(desk, letter, statement="")
    letter.refresh_from_db()
    assert letter.closing_statement == ""


def test_second_writer_sees_what_the_first_wrote_and_loses_nothing(desk, letter):
    fields = form_with(desk.get(archive_path(letter)), "statement").fields
    closing.state(letter, "The first.", by="test")

    response = desk.post(archive_path(letter), {**fields, "action": "close", "statement": "The second."})

    assert response.status_code == 409
    assert "The first." in words_of(response)
    again = form_with(response, "statement").fields
    assert again["statement"] == "The second."
    assert desk.post(archive_path(letter), {**again, "action": "close"}).status_code == 303
    letter.refresh_from_db()
    assert letter.closing_statement == "The second."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("x" * (closing.STATEMENT_MAX + 1), "10,000 characters"), ("Read \u202e this", "invisible or control character")],
)
def test_statement_that_cannot_stand_is_refused_and_kept(desk, letter, text, sentence):
    response = statement_of(desk, letter, statement=text)

    assert (response.status_code, sentence in words_of(response)) == (422, True)
    assert form_with(response, "statement").fields["statement"] == text
    letter.refresh_from_db()
    assert letter.closing_statement == ""


def test_statement_waits_for_the_launch():
    with pytest.raises(closing.NotPublic):
        closing.state(make_letter(state="private"), "Too early.", by="test")


def test_reader_of_the_team_sees_numbers_and_makes_no_archive(client, letter):
    team = make_team("bob", "reader", letter=letter)
    client.force_login(team.memberships.get().user)

    assert client.get(numbers_path(letter)).status_code == 200
    assert client.get(archive_path(letter)).status_code == 404
    assert client.post(archive_path(letter), {"action": "ask"}).status_code == 404
    assert Archive.objects.count() == 0


def test_old_logs_and_files_are_forgotten(letter):
    from letters.press import retaining  # noqa: PLC0415 - beside its one use

    now = timezone.now()
    Archive.objects.create(letter=letter, asked_at=now - timedelta(days=366), state="expired")

    found = retaining.run(now=now)

    assert {rule: amount for rule, amount in found.items() if amount} == {"archive_rows": 1}
