"""A delivery package as a file that a worker makes: once, whatever dies meanwhile, and deleted with the rest."""

import hashlib
import os
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from letters.documents.models import Letter
from letters.ledger.models import AuditEvent
from letters.outreach import delivering
from letters.outreach.models import Package
from letters.press import archives, packages, turns
from letters.press.models import Archive
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(settings, tmp_path, db):
    settings.DATA_DIR = tmp_path
    letter = make_letter()
    make_signature(letter, at=timezone.now() - timedelta(days=1), display_name="Ada")
    return archives.ask_package(letter, is_supplement=False, by=make_user())


def fresh():
    return Archive.objects.select_related("letter").get()


def files_of(row):
    return sorted(path.suffix for path in archives.path_of(row).parent.iterdir())


def test_package_is_made_once_and_its_file_is_the_one_whose_hash_is_kept(asked):
    with pytest.raises(archives.PackageAsked):
        archives.ask_package(asked.letter, is_supplement=False, by=asked.asked_by)
    assert (archives.make_waiting(), archives.make_waiting()) == (1, 0)

    package, row = Package.objects.get(), fresh()
    with archives.open_package(package) as file:
        content = file.read()
    assert hashlib.sha256(content).hexdigest() == package.sha256 == row.sha256
    assert (package.size_bytes, package.persons, package.made_by) == (len(content), 1, asked.asked_by)
    assert (row.package, row.expires_at - row.ready_at, package.as_of) == (package, archives.KEPT, row.started_at)
    assert archives.progress_of(row) == (1, 1)


def test_whoever_came_after_a_package_began_is_in_none_and_leaves_it_true(asked):
    archives.make_waiting()
    managing.withdraw(make_signature(asked.letter).public_id)

    archives.open_package(Package.objects.get()).close()


def test_an_archive_and_a_package_are_made_beside_each_other(asked):
    archives.ask(asked.letter, by=asked.asked_by)

    assert archives.make_waiting() == 2
    assert Package.objects.count() == 1


@pytest.mark.parametrize("change", ["withdraw", "hide-names", "time"])
def test_file_with_somebody_who_left_or_too_old_is_deleted(asked, change):
    archives.make_waiting()
    now = timezone.now()
    if change == "withdraw":
        managing.withdraw(Signature.objects.get().public_id)
    elif change == "hide-names":
        Letter.objects.update(names_hidden_at=now)
    else:
        now += archives.KEPT

    archives.expire(now=now)

    assert files_of(asked) == []
    with pytest.raises(archives.PackageGone):
        archives.open_package(Package.objects.get())


def test_worker_that_died_leaves_one_package(asked):
    long_ago = timezone.now() - turns.STUCK_AFTER - timedelta(seconds=1)
    Archive.objects.update(state="running", started_at=long_ago)
    part = archives.path_of(asked).with_suffix(".part")
    part.parent.mkdir()
    part.write_bytes(b"half")
    assert archives.make_waiting() == 0  # it grew just now: somebody is at it

    os.utime(part, (long_ago.timestamp(), long_ago.timestamp()))
    assert archives.make_waiting() == 1
    assert (Package.objects.count(), files_of(asked)) == (1, [".zip"])


def test_worker_that_lost_its_turn_hands_nothing_over(asked, monkeypatch):
    write = packages.write

    def slowly(planned, file, **options):
        made = write(planned, file, **options)
        Archive.objects.update(started_at=timezone.now() + timedelta(minutes=6))  # another has taken it
        return made

    monkeypatch.setattr(packages, "write", slowly)
    archives.make_waiting()

    assert (Package.objects.count(), fresh().state, files_of(asked)) == (0, "running", [".part"])


def test_package_that_fails_says_so_leaves_nothing_and_can_be_asked_for_anew(asked, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(packages, "_csv", None)
        archives.make_waiting()

    assert (fresh().state, Package.objects.count(), files_of(asked)) == ("failed", 0, [])
    assert "could not be made" in archives.package_files(asked.letter).failure
    archives.ask_package(asked.letter, is_supplement=False, by=asked.asked_by)
    archives.make_waiting()
    assert (Package.objects.count(), archives.package_files(asked.letter).failure) == (1, "")


def test_names_hidden_meanwhile_are_in_no_file(asked):
    Letter.objects.update(names_hidden_at=timezone.now())

    archives.make_waiting()
    assert (fresh().state, fresh().failure, files_of(asked)) == ("failed", "package", [])
    with pytest.raises(delivering.PackageRefused):
        archives.ask_package(Letter.objects.get(), is_supplement=False, by=asked.asked_by)


def test_hidden_names_are_not_made_again(asked):
    archives.make_waiting()
    Letter.objects.update(names_hidden_at=timezone.now())

    with pytest.raises(delivering.PackageRefused):
        archives.ask_again(Package.objects.get(), by=asked.asked_by)


def test_audit_trail_names_no_signatory(asked):
    archives.make_waiting()

    found = list(AuditEvent.objects.filter(action__in=("archive-asked", "package-made")).order_by("pk"))
    assert [(event.action, event.detail) for event in found] == [
        ("archive-asked", "package"), ("package-made", Package.objects.get().sha256[:16]),
    ]  # fmt: skip


def test_progress_counts_every_line_once(asked, monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "CHUNK", 2)
    for _ in range(6):
        make_signature(asked.letter)
    seen = []

    with (tmp_path / "x").open("w+b") as file:
        plan = delivering.plan(Letter.objects.get(), is_supplement=False)
        packages.write(plan, file, progress=lambda *done: seen.append(done))
    assert zipfile.ZipFile(tmp_path / "x").testzip() is None
    assert [total for _done, total in seen] == [7] * len(seen)
    assert [done for done, _total in seen] == sorted(done for done, _total in seen)
    assert seen[-1] == (7, 7)
