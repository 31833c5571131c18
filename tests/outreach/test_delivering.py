import csv
import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.utils import timezone
from pypdf import PdfReader

from letters.documents.models import Letter
from letters.moderation import cases
from letters.outbox.models import Message
from letters.outreach import delivering, emails, overview, reminding, telling, timeline
from letters.outreach.models import Event, Notice
from letters.press import packages
from letters.press.printing import papers
from tests.factories import make_letter, make_signature, make_team, make_user

pytestmark = pytest.mark.django_db
MINISTER = "Jo Doe, Minister, Ministry of Trade"


def made(letter, alice, *, is_supplement=False):
    plan = delivering.plan(fresh(letter), is_supplement=is_supplement)
    return delivering.keep(plan, packages.write(plan, io.BytesIO()), by=alice)


def fresh(letter):
    return Letter.objects.select_related("version", "amendment").get(pk=letter.pk)


def opened(package):
    file = io.BytesIO()
    packages.rewrite(package, file)
    assert hashlib.sha256(file.getvalue()).hexdigest() == package.sha256
    return zipfile.ZipFile(file)


def names_in(package):
    text = opened(package).read("signatories.csv").decode()
    return [row["display_name"] for row in csv.DictReader(io.StringIO(text))]


def deliver(letter, alice, package=None, *, on=None, **changes):
    on = on or timezone.now().date()
    handed = delivering.Handed(**{"addressee": MINISTER, "channel": "post", "delivered_on": on, "package": package,
                                  **changes})  # fmt: skip
    return delivering.record(fresh(letter), handed, by=alice)


def earlier(letter, days):
    Letter.objects.filter(pk=letter.pk).update(published_at=timezone.now() - timedelta(days=days))


def test_a_package_is_whole_and_its_sums_are_right(letter, alice):
    make_signature(letter, display_name="Ada & Co", position="", affiliation="")
    make_signature(letter, state="held", display_name="Held")
    package = made(letter, alice)

    archive = opened(package)
    assert archive.namelist() == [
        "cover.html", "count.txt", "methodology.txt", "contact.txt", "style.css", "letter.md",
        "letter-with-signatories.pdf", "signatories.csv", "signatories.html", "SHA256SUMS",
    ]  # fmt: skip
    for line in archive.read("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    assert archive.read("letter.md").decode() == letter.version.text
    assert archive.read("count.txt").decode().strip() == package.sentence
    assert "1 person has signed" in package.sentence
    assert "Ada &amp; Co" in archive.read("signatories.html").decode()
    assert (package.persons, names_in(package)) == (1, ["Ada & Co"])


def test_the_list_on_paper_names_whom_the_package_names(letter, alice):
    make_signature(letter, display_name="Ada Lovelace", position="", affiliation="Engines", country="GB")
    make_signature(letter, state="held", display_name="Held Hilda")
    make_signature(letter, display_name="Locks e.V.", signatory_type="organization")
    package = made(letter, alice)

    pages = PdfReader(io.BytesIO(opened(package).read("letter-with-signatories.pdf"))).pages
    words = "".join("".join(page.extract_text().split()) for page in pages)
    for part in ("Ada Lovelace, Engines, United Kingdom", "Locks e.V.", letter.version.title, package.sentence):
        assert "".join(part.split()) in words
    assert "Hilda" not in words


def test_a_list_too_long_for_paper_says_so_on_the_cover(letter, alice, monkeypatch):
    monkeypatch.setattr(papers, "PDF_MAX_NAMES", 0)
    make_signature(letter)

    archive = opened(made(letter, alice))

    assert "letter-with-signatories.pdf" not in archive.namelist()
    assert "A PDF holds at most 20,000 names" in archive.read("cover.html").decode()


def test_a_package_of_an_earlier_release_is_made_again_as_it_was(letter, alice, monkeypatch):
    make_signature(letter)
    with monkeypatch.context() as earlier_release:
        earlier_release.setattr(packages, "_write", partial(packages._write, is_printed=False))
        package = made(letter, alice)

    assert "letter-with-signatories.pdf" not in opened(package).namelist()


def test_the_printed_list_is_whole_however_it_is_cut(letter, alice, monkeypatch):
    monkeypatch.setattr(packages, "CHUNK", 2)
    for name in ("Ada", "Bea", "Cleo", "Dora", "Eve"):
        make_signature(letter, display_name=name, position="", affiliation="", country="")
    make_signature(letter, display_name="Locks e.V.", signatory_type="organization")

    page = opened(made(letter, alice)).read("signatories.html").decode()
    people = "".join(f"<li><b>{name}</b></li>\n" for name in ("Ada", "Bea", "Cleo", "Dora", "Eve"))
    assert f"<h2>Signatories</h2>\n<ul>\n{people}</ul>\n" in page
    assert page.count("<h2>") == page.count("</ul>") == 2


def test_the_same_rows_make_the_same_file_and_later_ones_change_nothing(letter, alice):
    make_signature(letter, display_name="Ada")
    package = made(letter, alice)
    make_signature(letter, display_name="Bea", at=timezone.now() + timedelta(seconds=1))

    assert names_in(package) == ["Ada"]


def test_a_withdrawn_line_is_in_no_copy(letter, alice):
    line = make_signature(letter)
    package = made(letter, alice)
    line.delete()

    with pytest.raises(packages.PackageChanged):
        packages.rewrite(package, io.BytesIO())


def test_a_supplement_names_only_who_came_since_the_last_delivery(letter, alice):
    make_signature(letter, display_name="Ada")
    late = make_signature(letter, display_name="Held then released")
    case = cases.open_case(late, "operator", is_holding=True)
    package = made(letter, alice)
    with pytest.raises(delivering.PackageRefused):
        made(letter, alice, is_supplement=True)
    deliver(letter, alice, package)
    with pytest.raises(delivering.PackageRefused) as nobody:
        made(letter, alice, is_supplement=True)
    assert "Nobody has signed since" in nobody.value.message

    case.decision, case.closed_at = "accepted", timezone.now()
    case.save()
    late.held_reason = ""
    late.save()
    make_signature(letter, display_name="Bea")
    supplement = made(letter, alice, is_supplement=True)

    assert (package.persons, supplement.supplement, supplement.persons) == (1, 1, 2)
    assert sorted(names_in(supplement)) == ["Bea", "Held then released"]
    assert supplement.sentence.startswith("Supplement 1 to the list of ")
    delivery = deliver(letter, alice, supplement)
    assert delivery.supplement_of is not None


def test_names_that_are_hidden_are_in_no_package(letter, alice):
    Letter.objects.filter(pk=letter.pk).update(names_hidden_at=timezone.now())

    with pytest.raises(delivering.PackageRefused):
        delivering.plan(fresh(letter), is_supplement=False)


def test_a_delivery_is_printed_with_its_numbers(letter, alice):
    make_signature(letter)
    package = made(letter, alice)
    delivery = deliver(letter, alice, package, note="At the gate")

    entry = next(entry for entry in telling.timeline_of(fresh(letter)).entries if entry.event.kind == "delivered")
    assert entry.title == f"Delivered to {MINISTER}"
    assert entry.how == "By post; signed by then: 1 person; version 1 of the text"
    assert (delivery.file_sha256, delivery.persons) == (package.sha256, 1)
    assert entry.event.detail["sha256"] == package.sha256


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"addressee": "Nobody"}, "addressee"), ({"on": timezone.now().date() + timedelta(days=2)}, "delivered_on"),
     ({"on": timezone.now().date() - timedelta(days=400)}, "delivered_on")],
)  # fmt: skip
def test_a_delivery_that_cannot_be_is_refused(letter, alice, changes, code):
    with pytest.raises(delivering.DeliveryRefused) as refused:
        deliver(letter, alice, **changes)

    assert refused.value.code == code


def test_a_supplement_to_somebody_without_the_list_is_refused(alice):
    two = [{"name": name, "office": "", "organization": ""} for name in ("Jo", "Kim")]
    letter = make_letter(addressees=two)
    make_signature(letter)
    deliver(letter, alice, made(letter, alice), addressee="Jo")
    make_signature(letter)
    supplement = made(letter, alice, is_supplement=True)

    with pytest.raises(delivering.DeliveryRefused) as refused:
        deliver(letter, alice, supplement, addressee="Kim")
    assert refused.value.code == "package"


def test_a_mistaken_delivery_is_taken_back_with_its_entry(letter, alice):
    delivery = deliver(letter, alice)

    delivering.remove(delivery, by=alice)
    delivering.remove(delivery, by=alice)

    assert telling.timeline_of(fresh(letter)).standings == []
    assert Event.objects.filter(kind="delivered", removed_at__isnull=True).count() == 0


def test_a_receipt_is_words_or_a_hash(letter, alice):
    delivery = deliver(letter, alice)
    with pytest.raises(delivering.ReceiptRefused):
        delivering.keep_receipt(delivery, note="", sha256="", by=alice)

    delivering.keep_receipt(delivery, note="Stamped", sha256="a" * 64, by=alice)
    row = delivering.keep_receipt(delivery, note="Stamped twice", sha256="", by=alice)

    assert (row.receipt_note, row.receipt_sha256) == ("Stamped twice", "a" * 64)


def owned(letter):
    make_team("alice", "owner", letter=letter)
    team = letter.teams.get().team
    for person, role in (("bob", "editor"), ("mona", "reviewer")):
        team.memberships.create(user=make_user(person), role=role)
    Letter.objects.filter(pk=letter.pk).update(published_at=datetime(2026, 11, 1, tzinfo=UTC))  # before the days below
    return letter


def days_told(person="bob"):
    return list(Notice.objects.filter(user__email__startswith=person).order_by("days").values_list("days", flat=True))


def test_those_who_may_publish_are_reminded_on_three_days(letter, alice):
    owned(letter)
    with time_machine.travel("2026-11-24 12:00+00:00", tick=False) as clock:
        deliver(letter, alice, on=timezone.now().date())
        for days, queued in ((13, 0), (1, 2), (0, 0), (15, 0), (1, 2), (60, 2), (30, 0)):
            clock.shift(timedelta(days=days))
            assert reminding.remind() == queued

    assert (days_told("bob"), days_told("mona")) == ([14, 30, 90], [])
    assert Message.objects.filter(kind="look").count() == 6


def test_an_outage_is_not_made_up_for(letter, alice):
    owned(letter)
    with time_machine.travel("2026-11-24 12:00+00:00", tick=False) as clock:
        deliver(letter, alice, on=timezone.now().date())
        clock.shift(timedelta(days=40))
        reminding.remind()

    assert days_told() == [30]


def test_a_day_that_had_passed_when_it_was_recorded_reminds_nobody(letter, alice):
    owned(letter)
    earlier(letter, 60)
    deliver(letter, alice, on=timezone.now().date() - timedelta(days=20))

    assert reminding.remind() == 0


def respond(letter, alice, kind="response"):
    more = {"summary": "No.", "stance": "declined"} if kind == "response" else {}
    entry = timeline.Entry(kind, timezone.now().date(), addressee=MINISTER, **more)
    return timeline.add(letter, entry, by=alice)


def test_a_response_ends_the_reminders_and_an_acknowledgement_does_not(letter, alice):
    owned(letter)
    with time_machine.travel("2026-11-24 12:00+00:00", tick=False) as clock:
        deliver(letter, alice, on=timezone.now().date())
        respond(letter, alice, "acknowledged")
        clock.shift(timedelta(days=14))
        assert (reminding.remind(), len(overview.overview(letter).silent)) == (2, 1)
        message = Message.objects.filter(kind="look").first()
        mail = emails.build_look([message])[message.pk]
        assert "was delivered to Jo Doe, Minister, Ministry of Trade on 24 November 2026, 14 days ago." in mail.text

        respond(letter, alice)
        assert emails.build_look([message])[message.pk].code == "answered"
        clock.shift(timedelta(days=20))
        assert (reminding.remind(), overview.overview(letter).silent) == (0, [])


def test_who_left_the_team_is_told_nothing(letter, alice):
    owned(letter)
    with time_machine.travel("2026-11-24 12:00+00:00", tick=False) as clock:
        deliver(letter, alice, on=timezone.now().date())
        clock.shift(timedelta(days=14))
        reminding.remind()
    letter.teams.get().team.memberships.filter(user__email__startswith="bob").delete()

    message = Message.objects.get(subject_id=Notice.objects.get(user__email__startswith="bob").public_id)
    assert emails.build_look([message])[message.pk].code == "not-theirs"


def test_the_overview_costs_the_same_at_any_size(letter, alice, django_assert_num_queries):
    from letters.signatures import counting  # noqa: PLC0415 - needs the apps

    counting.refresh()
    for _ in range(3):
        deliver(letter, alice)
    found = Letter.objects.select_related("version__tally").get(pk=letter.pk)

    with django_assert_num_queries(4):
        overview.overview(found)
