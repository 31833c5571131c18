"""Visits are counted in memory by the host before, and by nothing else."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from letters.press import visits
from letters.press.models import VisitCount
from tests.factories import make_letter

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def counted_by_hand(settings):
    """The timer of an hour never runs out; the test stores what was counted."""
    settings.VISIT_FLUSH_SECONDS = 3600
    visits._held.clear()
    yield
    visits._held.clear()
    if visits._timer is not None:
        visits._timer.cancel()
        visits._timer.join()
        visits._timer = None


def counted():
    visits.flush()
    return sorted(VisitCount.objects.values_list("page", "source", "visits"))


def open_page(client, letter, path="", **headers):
    return client.get(f"{letter.get_absolute_url()}{path}", headers={"user-agent": BROWSER, **headers})


@pytest.mark.parametrize(
    ("referer", "source"),
    [
        ("", ""),
        ("https://www.heise.example/news/1?who=suzie", "heise.example"),
        ("HTTPS://News.Example.COM:8443/", "news.example.com"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("http://testserver/letters/x/", ""),
        ("android-app://com.slack/", "com.slack"),
        ("https://192.0.2.7/inbox/suzie", "other"),
        ("https://[::1/", "other"),
        ("no address at all", "other"),
        ("https://" + "a" * 300 + ".example/", "other"),
    ],
)
def test_source_is_the_host_before_and_nothing_more(client, referer, source):
    letter = make_letter()

    assert open_page(client, letter, referer=referer).status_code == 200

    assert counted() == [("letter", source, 1)]


@pytest.mark.parametrize(
    "headers",
    [
        {"dnt": "1"},
        {"sec-gpc": "1"},
        {"sec-purpose": "prefetch;prerender"},
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user-agent": "curl/8.5.0"},
        {"user-agent": ""},
    ],
)
def test_machines_and_those_who_ask_not_to_be_are_not_counted(client, headers):
    letter = make_letter()

    open_page(client, letter, **headers)

    assert counted() == []


def test_opened_form_and_answers_from_memory_count_and_head_does_not(client):
    letter = make_letter()

    etag = open_page(client, letter).headers["ETag"]
    assert open_page(client, letter, **{"if-none-match": etag}).status_code == 304
    client.head(letter.get_absolute_url(), headers={"user-agent": BROWSER})
    open_page(client, letter, "sign/")

    assert counted() == [("form", "", 1), ("letter", "", 2)]


def test_reader_waits_for_no_row(client):
    letter = make_letter()

    with CaptureQueriesContext(connection) as asked:
        open_page(client, letter)

    assert [query["sql"] for query in asked if "press_visitcount" in query["sql"]] == []
    assert counted() == [("letter", "", 1)]


def test_site_that_counts_no_visits_counts_none(client, settings):
    settings.VISIT_FLUSH_SECONDS = 0

    open_page(client, make_letter())

    assert counted() == []


def test_counts_add_up_over_flushes_and_days(client):
    letter = make_letter()
    for day in (DAY, DAY, DAY + timedelta(days=1)):
        visits.note(letter.pk, day, "letter", "a.example")
        visits.flush()

    assert sorted(VisitCount.objects.values_list("day", "visits")) == [(DAY, 2), (DAY + timedelta(days=1), 1)]
    assert visits.sources(letter) == [("a.example", 3)]


def test_flood_of_invented_hosts_is_one_row_more(client):
    letter = make_letter()
    for number in range(visits.MOST_SOURCES + 20):
        visits.note(letter.pk, DAY, "letter", f"{number:03}.example")

    visits.flush()

    rows = dict(VisitCount.objects.values_list("source", "visits"))
    assert len(rows) == visits.MOST_SOURCES + 1
    assert rows["other"] == 20


def test_list_of_sources_names_the_most_frequent_and_sums_up_the_rest():
    letter = make_letter()
    for source, amount in (("", 5), ("a.example", 9), ("b.example", 2), ("c.example", 1), ("other", 4)):
        VisitCount.objects.create(letter=letter, day=DAY, page="letter", source=source, visits=amount)
    VisitCount.objects.create(letter=letter, day=DAY, page="form", source="", visits=99)

    assert visits.sources(letter, most=2) == [("a.example", 9), ("", 5), ("other", 7)]


def test_visits_of_a_letter_that_is_gone_are_dropped():
    visits.note(10**9, timezone.now().date(), "letter", "")

    assert visits.flush() == 0
