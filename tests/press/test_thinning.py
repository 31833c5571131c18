"""Daily snapshots thin out: files go by a rule that is announced, and what a newsroom checks by stays."""

import errno
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from campaign.public.views import press
from letters.documents import publishing
from letters.ledger.models import AuditEvent
from letters.press import redacting, retaining, snapshots, thinning
from letters.press.kit import making
from letters.press.models import Snapshot, SnapshotFile
from letters.signatures import counting, managing
from tests.factories import make_letter, make_signature, make_version
from tests.press.keeping import kept

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)  # a Saturday
DAY = timedelta(days=1)


def old(letter, at, *, reason="daily", version=None):
    """A snapshot with one file, as if made then."""
    row = Snapshot.objects.create(
        letter=letter, version=version or letter.version, number=Snapshot.objects.count() + 1, reason=reason,
        label=at.strftime(snapshots.LABEL), as_of=at, asked_at=at, looked_at=at, started_at=at, ready_at=at,
        state="ready", persons=3, text_label="1", count={"sentence": "As of then, 3 people."},
    )  # fmt: skip
    folder = snapshots.folder_of(row) / making.SERVED
    folder.mkdir(parents=True)
    (folder / "signatories.csv").write_text("names\n")
    SnapshotFile.objects.create(
        snapshot=row, name="signatories.csv", place=0, rows=3, size_bytes=6, sha256="ab" * 32, has_names=True
    )
    return row


def left(letter):
    """Days ago of those that have their files, on disk and in their row."""
    rows = Snapshot.objects.filter(letter=letter).order_by("as_of")
    assert all((row.files_removed_at is None) == snapshots.folder_of(row).exists() for row in rows)
    return [(NOW - row.as_of).days for row in rows if row.files_removed_at is None]


def test_dailies_of_the_last_month_stay_then_one_a_week_then_one_a_month():
    letter = make_letter()
    for days in range(1, 500, 1):
        old(letter, NOW - days * DAY)

    assert retaining.run(now=NOW)["snapshot_files"] > 0

    found = left(letter)
    assert [number for number in found if number <= 30] == list(range(30, 0, -1))
    weeks = [NOW - number * DAY for number in found if 30 < number <= 365]
    assert {day.isoweekday() for day in weeks} == {7}  # Sunday ends the week
    assert {(after - day).days for day, after in pairwise(weeks)} == {7}
    months = [NOW - number * DAY for number in found if number > 365]
    assert [(day.year, day.month, day.day) for day in months] == [
        (2025, 7, 27), (2025, 8, 31), (2025, 9, 28), (2025, 10, 26),
    ]  # fmt: skip
    assert thinning.run(now=NOW) == 0


def test_many_runs_lead_to_the_same_as_one_at_their_end():
    letter = make_letter()
    for number in range(460, 0, -1):
        old(letter, NOW - number * DAY)
        if number % 10 == 0:
            thinning.run(now=NOW - number * DAY)
    thinning.run(now=NOW)

    other = make_letter()
    for number in range(460, 0, -1):
        old(other, NOW - number * DAY)
    thinning.run(now=NOW)

    assert left(letter) == left(other)


@pytest.mark.parametrize("reason", ["first", "milestone", "asked", "closed"])
def test_what_somebody_asked_for_or_an_event_made_stays(reason):
    letter = make_letter()
    old(letter, NOW - 400 * DAY, reason=reason)
    old(letter, NOW - 399 * DAY)
    old(letter, NOW - 398 * DAY)
    old(letter, NOW - DAY)

    thinning.run(now=NOW)

    assert left(letter) == [400, 398, 1]  # 398 days ago ended its week


def test_the_newest_of_every_text_and_what_was_handed_over_stay():
    from letters.outreach.models import Delivery  # noqa: PLC0415 - beside its only use

    letter = make_letter()
    first = make_signature(letter).version
    for days in (403, 402, 401, 399, 398, 397):
        old(letter, NOW - days * DAY)
    make_version(letter)
    letter.refresh_from_db()
    old(letter, NOW - DAY)
    Delivery.objects.create(
        letter=letter, addressee="The Ministry", channel="post", delivered_on=NOW.date(), version=first, persons=3,
        organizations=0, recorded_at=NOW - 401 * DAY,
    )  # fmt: skip

    thinning.run(now=NOW)

    assert (NOW - 397 * DAY).month == (NOW - 401 * DAY).month
    assert left(letter) == [401, 397, 1]


def test_the_page_keeps_counts_and_hashes_and_the_file_says_when_it_went(client):
    letter = make_letter()
    row = old(letter, NOW - 400 * DAY)
    old(letter, NOW - 399 * DAY)
    thinning.run(now=NOW)
    counting.refresh()

    page = client.get(reverse("public:snapshot", args=[letter.slug, row.label])).content.decode()
    file = client.get(reverse("public:snapshot-file", args=[letter.slug, row.label, "signatories.csv"]))
    machine = client.get(reverse("api:snapshot", args=[letter.slug, row.label])).json()

    assert ("As of then, 3 people." in page, "ab" * 32 in page) == (True, True)
    assert "The files of this snapshot were removed on 28 November 2026." in page
    assert f'href="{reverse("public:snapshot-file", args=[letter.slug, row.label, "signatories.csv"])}"' not in page
    assert (file.status_code, "removed on 28 November 2026" in file.content.decode()) == (410, True)
    assert (machine["files_removed_at"], machine["files"][0]["sha256"]) == ("2026-11-28T12:00:00Z", "ab" * 32)


def test_the_press_room_announces_the_rule_and_says_which_are_gone(client):
    letter = make_letter()
    old(letter, NOW - 400 * DAY)
    old(letter, NOW - 399 * DAY)
    thinning.run(now=NOW)
    counting.refresh()

    page = client.get(reverse("public:press", args=[letter.slug])).content.decode()

    assert "Daily snapshots keep their files for 30 days," in page
    assert page.count("Its files were removed on 28 November 2026.") == 1


def test_every_snapshot_is_found_in_the_press_room(client, monkeypatch):
    monkeypatch.setattr(press, "SNAPSHOTS_SHOWN", 2)
    letter = make_letter()
    labels = [old(letter, NOW - days * DAY).label for days in (3, 2, 1)]
    counting.refresh()
    path = reverse("public:press", args=[letter.slug])

    first, whole = (client.get(path + query).content.decode() for query in ("", "?snapshots=all"))

    shown = [[f"/press/{label}/" in page for label in labels] for page in (first, whole)]
    assert shown == [[False, True, True], [True, True, True]]
    assert ['href="?snapshots=all#snapshots"' in page for page in (first, whole)] == [True, False]


def test_an_organiser_keeps_a_daily_one_that_was_cited(admin_client):
    letter = make_letter()
    row = old(letter, NOW - 40 * DAY)
    old(letter, NOW - 39 * DAY)
    page = reverse("desk:press", args=[letter.slug])
    assert f'name="keep" value="{row.label}"' in admin_client.get(page).content.decode()

    answer = admin_client.post(page, {"keep": row.label})
    thinning.run(now=NOW)

    assert (answer.status_code, left(letter)) == (303, [40, 39])
    assert AuditEvent.objects.filter(action="snapshot-kept", object_id=str(row.public_id)).count() == 1
    Snapshot.objects.filter(pk=row.pk).update(files_removed_at=NOW)
    late = admin_client.post(page, {"keep": row.label})
    assert (late.status_code, "are gone already" in late.content.decode()) == (409, True)


def test_a_folder_that_cannot_be_deleted_is_tried_again(monkeypatch):
    letter = make_letter()
    old(letter, NOW - 400 * DAY)
    old(letter, NOW - 399 * DAY)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", _refuse)
        assert thinning.run(now=NOW) == 1

    thinning.run(now=NOW)

    assert left(letter) == [399]


def _refuse(*_args, **_options):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_files_are_not_taken_from_under_a_worker():
    letter = make_letter()
    row = old(letter, NOW - 400 * DAY)
    old(letter, NOW - 399 * DAY)
    Snapshot.objects.filter(pk=row.pk).update(started_at=timezone.now())

    assert (thinning.run(now=NOW), left(letter)) == (0, [400, 399])


def test_whoever_leaves_later_is_not_looked_for_where_nothing_is(few_files):
    letter = make_letter()
    gone = make_signature(letter, at=timezone.now() - timedelta(minutes=5))
    row = snapshots.ask(letter)
    snapshots.make_waiting()
    Snapshot.objects.filter(pk=row.pk).update(files_removed_at=timezone.now())
    shutil.rmtree(snapshots.folder_of(row))

    managing.withdraw(gone.public_id)

    assert redacting.run() == 0


def test_the_close_has_a_snapshot_of_its_own_reason():
    letter = make_letter()
    make_signature(letter)
    old(letter, timezone.now() - timedelta(hours=2))
    make_signature(letter)
    publishing.move(letter, "closed", by="test")
    counting.refresh()

    snapshots.ask_due()

    assert list(Snapshot.objects.filter(state="waiting").values_list("reason", flat=True)) == ["closed"]


def test_none_is_made_where_the_disk_is_nearly_full(monkeypatch, caplog):
    letter = make_letter()
    make_signature(letter)
    row = snapshots.ask(letter)
    free = snapshots.RESERVE_BYTES - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))

    snapshots.make_waiting()

    row.refresh_from_db()
    assert (row.state, row.failure, snapshots.folder_of(row).exists()) == ("failed", "no-room", False)
    assert "nearly full" in caplog.text


def test_room_is_asked_for_twice_what_the_last_one_took(monkeypatch):
    letter = make_letter()
    make_signature(letter)
    SnapshotFile.objects.filter(snapshot=old(letter, NOW - DAY)).update(size_bytes=1_000)
    row = snapshots.ask(letter)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=snapshots.RESERVE_BYTES + 1_999))

    snapshots.make_waiting()

    row.refresh_from_db()
    assert row.failure == "no-room"


def test_a_disk_that_is_full_in_the_middle_leaves_nothing_behind(few_files, monkeypatch, caplog):
    letter = make_letter()
    make_signature(letter, display_name="Suzie Secret")
    row = snapshots.ask(letter)
    monkeypatch.setattr(making, "make", _full)

    snapshots.make_waiting()

    row.refresh_from_db()
    assert (row.state, row.failure, snapshots.folder_of(row).exists()) == ("failed", "no-room", False)
    assert ("No space left on device" in caplog.text, "Suzie" in caplog.text) == (True, False)


def _full(*_args, **_options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_name_is_not_served_while_the_disk_is_too_full_to_take_it_out(few_files, monkeypatch):
    letter = make_letter()
    gone = make_signature(letter, at=timezone.now() - timedelta(minutes=5), display_name="Gone Geraldine")
    other, full = make_letter(), make_letter()
    also = make_signature(other, at=timezone.now() - timedelta(minutes=5), display_name="Also Gone")
    make_signature(full, at=timezone.now() - timedelta(minutes=5))
    rows = [kept(one) for one in (letter, other)]
    for one in (gone, also):
        managing.withdraw(one.public_id)
    rewrite, first = redacting._rewrite, snapshots.folder_of(rows[0])
    monkeypatch.setattr(redacting, "_rewrite", lambda at, change: _full() if at == first else rewrite(at, change))

    redacting.run()

    with pytest.raises(snapshots.BeingMadeAnew):
        snapshots.path_of(rows[0].files.select_related("snapshot__letter").get(name="signatories.csv"))
    assert not any(b"Geraldine" in path.read_bytes() for path in (first / making.SERVED).iterdir())
    assert b"Also" not in b"".join(path.read_bytes() for path in snapshots.folder_of(rows[1]).rglob("*.*"))
    monkeypatch.undo()
    assert redacting.run() == 1
    lines = (first / making.KEPT / "rows.jsonl").read_text().splitlines()
    assert [json.loads(line)["v"]["signatory_type"] for line in lines] == ["redacted"]
