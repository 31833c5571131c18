import time
from datetime import date

import pytest

from letters.verification import checking, proving
from letters.verification.models import Check, Evidence
from letters.verification.providers import website
from letters.verification.providers.base import Login, NotProven
from letters.verification.providers.website import links
from tests.factories import make_letter, make_signature, utc
from tests.web_server import WebServer, local_names, page, redirect

pytestmark = pytest.mark.django_db
SITE = "https://letters.example.org"


@pytest.fixture(autouse=True)
def world(settings):
    """A name server that knows some hosts, all of them on this machine."""
    settings.SITE_URL, settings.FETCH_ALLOW_LOCAL = SITE, True
    with local_names(settings, suzie_test="127.0.0.1", www_suzie_test="127.0.0.1", other_test="127.0.0.1") as names:
        yield names


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


@pytest.fixture
def row():
    return make_signature(make_letter(slug="lift"))


def begin(row, web, path="/~suzie/", host="suzie.test"):
    return proving.start(row, "website", {"url": f"http://{host}:{web.port}{path}"})


def shown_link(step):
    return step.copy[0]


def refusal(call, *args):
    with pytest.raises(NotProven) as caught:
        call(*args)
    return caught.value


def finish(step):
    return proving.finish(step.check.public_id, {})


# --- beginning ---------------------------------------------------------------------------------------------------


def test_start_shows_a_link_of_this_check_and_fetches_nothing(row, web):
    step = begin(row, web)
    again = begin(row, web)

    permalink = f"{SITE}/letters/lift/signatories/{row.public_id}/"
    (mark,) = {copied.split("?proof=")[1][:26] for copied in again.copy}
    assert again.copy == [
        f'<a rel="me" href="{permalink}?proof={mark}">Open letter</a>',
        f'<link rel="me" href="{permalink}?proof={mark}">',
    ]
    assert (again.next, step.copy != again.copy, web.seen) == ("show", True, [])
    assert [check.public_id for check in Check.objects.all()] == [again.check.public_id]
    assert checking.asked_in(again.check) == f"http://suzie.test:{web.port}/~suzie/"
    assert f"suzie.test:{web.port}/~suzie/".encode() not in bytes(again.check.asked_sealed)


def test_start_adds_the_https_that_people_leave_out(row):
    step = proving.start(row, "website", {"url": " Suzie.test/about "})

    assert checking.asked_in(step.check) == "https://suzie.test/about"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "fetch-url"),
        ("https://suzie:x@suzie.test/", "fetch-url"),
        ("ftp://suzie.test/", "fetch-url"),
        ("http://[::ffff:a00:1]/", "fetch-url"),
        ("javascript:alert(1)", "fetch-url"),
        ("https://", "fetch-url"),
        (f"https://suzie.test/{'x' * 200}", "too-long"),
        ("https://letters.example.org/letters/lift/", "own-site"),
        ("https://LETTERS.example.org", "own-site"),
    ],
)
def test_start_refuses_what_can_prove_nothing(row, url, code):
    assert refusal(website.start, row, {"url": url}).code == code
    assert not Check.objects.exists()


# --- checking ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1])
def test_page_with_the_link_proves_control_of_that_page(row, web, place):
    step = begin(row, web)
    web.pages["/~suzie/"] = page(f"<!doctype html><title>Suzie</title><body><p>{step.copy[place]}</p>")

    finish(step)

    evidence = Evidence.objects.get()
    url = f"http://suzie.test:{web.port}/~suzie/"
    assert (evidence.method, evidence.axis, evidence.source) == ("website", "account", url)
    assert evidence.claim == {"host": f"suzie.test:{web.port}/~suzie", "url": url}
    check = Check.objects.get()
    assert (check.state, check.asked_sealed) == ("done", None)
    row.refresh_from_db()
    assert (row.verification, row.affiliation_basis) == ("account", "none")
    assert row.sentence.startswith(f"Controls the website suzie.test:{web.port}/~suzie (checked ")
    assert row.sentence.endswith("Affiliation as stated by the signatory. Position as stated by the signatory.")


def test_plain_address_of_the_signature_counts_as_well(row, web):
    step = begin(row, web)
    web.pages["/~suzie/"] = page(f"<a href='{SITE}/letters/lift/signatories/{row.public_id}' rel='author me'>x</a>")

    finish(step)

    assert Evidence.objects.filter(method="website").exists()


@pytest.mark.parametrize(
    "text",
    [
        "<p>nothing</p>",
        "<!-- {link} -->",
        "<script>document.write('{link}')</script>",
        "<template>{link}</template>",
        "<textarea>{link}</textarea>",
        "<noscript>{link}</noscript>",
        "<a href='{address}'>no rel</a>",
        "<a rel='nofollow' href='{address}'>other rel</a>",
        "<a rel='me-too' href='{address}'>other rel</a>",
        "<a rel='me ugc nofollow' href='{address}'>written by a visitor</a>",
        "<a rel='me' href='{address}x'>longer</a>",
        "<a rel='me' href='https://evil.test/?u={address}'>elsewhere</a>",
        "<a rel='me' href='{other}'>another signature</a>",
        "<a rel='me' href='{altered}'>another mark</a>",
        "<p rel='me' href='{address}'>no link</p>",
        "&lt;a rel='me' href='{address}'&gt;",
    ],
)
def test_page_without_the_link_proves_nothing(row, web, text):
    step = begin(row, web)
    address = website.addresses_for(step.check)[0]
    other = f"{SITE}/letters/lift/signatories/{make_signature(row.letter).public_id}/"
    altered = address[:-1] + ("a" if address[-1] != "a" else "b")
    web.pages["/~suzie/"] = page(
        text.format(link=shown_link(step), address=address, other=other, altered=altered), content_type="text/html"
    )

    error = refusal(finish, step)

    assert (error.code, Evidence.objects.count()) == ("no-link", 0)
    assert error.message == (
        f'The page opened, but it holds no link with rel="me" to {address}. Save the page, then check again.'
    )
    step.check.refresh_from_db()
    assert (step.check.state, step.check.tries) == ("waiting", 1)


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        (page("{link}", status=404), "status", "The page answers with the error 404. Check its address."),
        (page("{link}", content_type="text/plain"), "no-html", "This address is no web page (HTML). Give one that is."),
        (redirect("http://10.0.0.1/"), "fetch-url", None),
        (redirect("/~suzie/"), "fetch-redirects", None),
    ],
)
def test_page_that_cannot_be_read_proves_nothing_and_counts_as_a_try(row, web, answer, code, sentence):
    step = begin(row, web)
    web.pages["/~suzie/"] = answer

    error = refusal(finish, step)

    step.check.refresh_from_db()
    assert (error.code, step.check.tries, Evidence.objects.count()) == (code, 1, 0)
    assert sentence in (None, error.message)


def test_redirect_to_another_host_proves_neither(row, web):
    step = begin(row, web)
    web.pages["/~suzie/"] = redirect(f"http://other.test:{web.port}/")
    web.pages["/"] = page(shown_link(step))

    error = refusal(finish, step)

    assert (error.code, Evidence.objects.count()) == ("other-host", 0)
    assert error.message == (
        "This address leads on to other.test. If that page is yours, start again with its address."
    )


def test_redirect_within_the_host_proves_where_it_ends(row, web):
    step = begin(row, web, "/")
    web.pages["/"] = redirect(f"http://www.suzie.test:{web.port}/me?x=1")
    web.pages["/me?x=1"] = page(shown_link(step))

    finish(step)

    assert Evidence.objects.get().claim["host"] == f"www.suzie.test:{web.port}/me?x=1"


def test_page_stands_for_one_person(row, web):
    other = make_signature(row.letter, person="bob")
    steps = [begin(row, web), begin(other, web)]
    web.pages["/~suzie/"] = page("".join(shown_link(step) for step in steps))

    finish(steps[0])
    error = refusal(finish, steps[1])

    assert (error.code, [e.signature_id for e in Evidence.objects.all()]) == ("identity-taken", [row.pk])


def test_check_is_used_once(row, web):
    step = begin(row, web)
    web.pages["/~suzie/"] = page(shown_link(step))
    finish(step)

    with pytest.raises(proving.CheckOver):
        finish(step)


# --- reading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<a rel=me href=https://x.test/a>", ["https://x.test/a"]),
        ("<A REL='ME' HREF='HTTPS://X.test:443/a/#b'>", ["https://x.test/a"]),
        ("<link rel=' author\tme ' href=' https://x.test/a '>", ["https://x.test/a"]),
        ("<a rel=me href=/b?c=d%20e&amp;f=g>", ["https://page.test/b?c=d+e&f=g"]),
        ("<base href=https://y.test/z/><base href=https://w.test/><a rel=me href=b>", ["https://y.test/z/b"]),
        ("<a rel=me rel=x href=https://x.test/ href=https://y.test/>", ["https://x.test"]),
        ("<a rel=x rel=me href=https://x.test/>", []),
        ("<template/><a rel=me href=https://x.test/>", []),
        ("<template><template></template><a rel=me href=https://x.test/></template>", []),
        ("<template></template></template><a rel=me href=https://x.test/>", ["https://x.test"]),
        ("<textarea></b></textarea><a rel=me href=https://x.test/>", ["https://x.test"]),
        ("<title><a rel=me href=https://x.test/></title>", []),
        ("<!-- > --><a rel=me href=https://x.test/>", ["https://x.test"]),
        ("<!-- <!-- --><a rel=me href=https://x.test/>", ["https://x.test"]),
        ("<a rel=me href=https://x.test/><![a[x]]>", ["https://x.test"]),
        ("<a rel=me href='https://x.test/", []),
        ("<a rel=me href=''>", []),
        ("<a rel=me href='http://[::1'>", [""]),
        ("<a rel=me>", []),
        ("\ufeff<a rel=me href=https://x.test/>", ["https://x.test"]),
    ],
)
def test_links_are_read_as_browsers_read_them(html, found):
    assert links.me_links(html.encode(), "https://page.test/a/") == found


@pytest.mark.parametrize(
    "junk",
    ["<", "<!--", "<a ", "<a>", "&", "<![CDATA[", "</", "<template>", "<a rel=me href=x>", "<svg>|</math>"],
)
def test_hostile_page_is_read_in_time(junk):
    before = time.process_time()

    page = "".join(part * (300_000 // len(part)) for part in junk.split("|"))
    links.me_links(page.encode(), "https://page.test/")

    assert time.process_time() - before < 5  # a quadratic reader takes minutes


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("https://suzie.example/", "suzie.example"),
        ("https://suzie.example", "suzie.example"),
        ("https://uni.example/~suzie/", "uni.example/~suzie"),
        ("https://suzie.github.io/", "suzie.github.io"),
        ("https://medium.com/@suzie", "medium.com/@suzie"),
        ("https://uni.example/?person=7", "uni.example?person=7"),
        ("https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example"),
    ],
)
def test_readers_see_the_page_and_not_the_whole_host(url, printed):
    assert website.printed(url) == printed


def test_sentence_is_the_one_of_the_table():
    claim = {"host": "uni.example/~suzie", "url": "https://uni.example/~suzie"}

    assert website.sentence(claim, date(2026, 11, 23)) == (
        "Controls the website uni.example/~suzie (checked 23 November 2026). "
        "Affiliation as stated by the signatory. Position as stated by the signatory."
    )


def test_page_whose_address_grew_too_long_is_not_printed(row, web):
    step = begin(row, web, "/")
    web.pages["/"] = redirect(f"/{'x' * 200}")
    web.pages[f"/{'x' * 200}"] = page(shown_link(step))

    assert refusal(finish, step).code == "too-long"


def test_login_of_a_provider_answers_no_such_check(row, web):
    step = begin(row, web)

    assert refusal(proving.finish, step.check.public_id, Login("google", "i", "s", {})).code == "not-proven"


def test_method_needs_no_setting_and_its_evidence_ages_in_a_year():
    assert website.is_ready()
    assert website.expires(utc("2026-11-23 14:00")) == utc("2027-11-23 14:00")
