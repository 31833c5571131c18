import gzip
import time
import tracemalloc

import pytest

from letters.core import fetching, resolving
from letters.core.fetching import safe_fetch
from tests.web_server import WebServer, make_authority, page, raw, redirect

HERE = "127.0.0.1"
REFUSED = "Give the address of a public page that begins with https://, without user name or port."


class Names:
    """A resolver: each question takes the next answer of the host, the last one for ever. ``asked`` are the hosts."""

    def __init__(self, **hosts):
        self.answers = {name.replace("_", "."): list(answers) for name, answers in hosts.items()}
        self.asked = []

    def __call__(self, host, within):
        self.asked.append(host)
        answers = self.answers.get(host)
        if not answers:
            raise resolving.NameUnknown
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture(autouse=True)
def offline(settings, monkeypatch):
    settings.FETCH_ALLOW_LOCAL = True  # there is no public server here to fetch from; tests of strangers switch it off
    settings.SITE_URL = "https://letters.example.org"
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"), "page.test", "xn--mnchen-3ya.test")


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


@pytest.fixture
def secure(authority):
    with WebServer(tls=authority[0]) as server:
        yield server


@pytest.fixture
def fetch(web):
    """Fetch a path of the local server, called page.test; keywords go to safe_fetch."""

    def run(path="/", **options):
        return safe_fetch(f"http://page.test:{web.port}{path}", **{"resolver": Names(page_test=[[HERE]]), **options})

    return run


def refusal(call, *args, **options):
    with pytest.raises(fetching.FetchRefused) as caught:
        call(*args, **options)
    return caught.value


# --- what comes back ---------------------------------------------------------------------------------------------


def test_page_comes_with_status_address_type_and_body(fetch, web):
    web.pages["/about?x=1"] = page("<p>Hello</p>", content_type="Text/HTML; charset=utf-8")

    answer = fetch("/about?x=1")

    assert answer == fetching.Fetched(
        200, f"http://page.test:{web.port}/about?x=1", "text/html", b"<p>Hello</p>"
    )  # fmt: skip


def test_any_status_is_an_answer(fetch):
    assert (fetch("/nowhere").status, fetch("/nowhere").body) == (404, b"not here")


def test_request_names_the_site_and_tells_nothing_else(fetch, web):
    fetch("/x")

    assert web.seen == [
        (
            "/x",
            {
                "host": f"page.test:{web.port}",
                "user-agent": "Undersigned (+https://letters.example.org)",
                "accept": "*/*",
                "accept-encoding": "gzip",
                "connection": "close",
            },
        )
    ]


def test_packed_page_is_unpacked(fetch, web):
    web.pages["/"] = page("<p>packed</p>", packed=True)

    assert fetch().body == b"<p>packed</p>"


def test_page_in_chunks_is_put_together(fetch, web):
    web.pages["/"] = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    assert fetch().body == b"abcde"


def test_page_without_length_ends_with_the_connection(fetch, web):
    web.pages["/"] = raw(b"HTTP/1.0 200 OK\r\n\r\nabc")

    assert fetch().body == b"abc"


# --- TLS ---------------------------------------------------------------------------------------------------------


def test_page_over_tls_is_asked_for_by_its_name(secure, authority):
    secure.pages["/"] = page("secret")

    answer = safe_fetch(f"https://PAGE.test:{secure.port}", resolver=Names(page_test=[[HERE]]), tls=authority[1])

    assert (answer.body, secure.seen[0][1]["host"]) == (b"secret", f"page.test:{secure.port}")


def test_name_in_another_script_is_asked_for_in_its_ascii_form(secure, authority):
    names = Names(**{"xn--mnchen-3ya_test": [[HERE]]})
    secure.pages["/stra%C3%9Fe"] = page("here")

    answer = safe_fetch(f"https://MÜNCHEN.test:{secure.port}/straße", resolver=names, tls=authority[1])

    assert (answer.body, names.asked) == (b"here", ["xn--mnchen-3ya.test"])
    assert secure.seen[0][1]["host"] == f"xn--mnchen-3ya.test:{secure.port}"


def test_certificate_for_another_name_is_refused(secure, authority):
    names = Names(other_test=[[HERE]])

    error = refusal(safe_fetch, f"https://other.test:{secure.port}/", resolver=names, tls=authority[1])

    assert (error.code, secure.seen) == ("fetch-certificate", [])
    assert error.message == "The page has no valid certificate for its name, so nobody can tell whose it is."


def test_certificate_of_an_unknown_authority_is_refused(secure):
    error = refusal(safe_fetch, f"https://page.test:{secure.port}/", resolver=Names(page_test=[[HERE]]))

    assert (error.code, secure.seen) == ("fetch-certificate", [])


def test_server_without_tls_is_unreachable(web, authority):
    address = f"https://page.test:{web.port}/"

    assert refusal(safe_fetch, address, resolver=Names(page_test=[[HERE]]), tls=authority[1]).code in (
        "fetch-unreachable",
        "fetch-slow",
    )
    assert web.seen == []


# --- where to ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://page.test/", "gopher://page.test/", "javascript:alert(1)", "data:text/html,x",
        "http://page.test/", "//page.test/", "page.test", "", "https://", "https:///x", "https:page.test",
        "https://user@page.test/", "https://user:password@page.test/", "https://@page.test/",
        "https://page.test@127.0.0.1/", "https://page.test:80/", "https://page.test:8443/", "https://page.test:99999/",
        "https://page.test:x/", "https://127.0.0.1/", "https://2130706433/", "https://0x7f000001/",
        "https://0177.0.0.1/", "https://127.1/", "https://[::1]/", "https://[::ffff:7f00:1]/",
        "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/",
        "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://intranet/", "https://１２７.0.0.1/",
        "https://8.8.8.8/", "https://page.test/ x", "https://page.test/\r\nHost: x", "https://page.test/\tx",
        "https://page.test\\@127.0.0.1/", "https://page.test/\0", " https://page.test/", "https://page.test/\n",
        "https://[::1/", "https://page..test/", "https://pa_ge.test-/", f"https://page.test/{'x' * 2000}",
    ],
)  # fmt: skip
def test_address_that_is_no_public_page_is_refused_unasked(url, settings):
    settings.FETCH_ALLOW_LOCAL = False
    names = Names(page_test=[[HERE]], localhost=[[HERE]])

    error = refusal(safe_fetch, url, resolver=names)

    assert (error.code, error.message, names.asked) == ("fetch-url", REFUSED, [])


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["::1"], ["::ffff:7f00:1"], ["169.254.169.254"], ["10.0.0.1"], ["100.64.0.1"], ["224.0.0.1"],
        ["0.0.0.1"], ["fe80::1%lo"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["93.184.216.34", "127.0.0.1"],
        ["127.0.0.1", "93.184.216.34"], [], ["nonsense"],
    ],
)  # fmt: skip
def test_name_that_leads_inside_is_refused_and_its_address_not_told(addresses, settings):
    settings.FETCH_ALLOW_LOCAL = False

    error = refusal(safe_fetch, "https://page.test/", resolver=Names(page_test=[addresses]))

    assert (error.code, error.message) == ("fetch-url", REFUSED)


def test_local_servers_are_loopback_alone_even_where_tests_allow_them(fetch):
    assert refusal(fetch, resolver=Names(page_test=[["10.0.0.1"]])).code == "fetch-url"
    assert refusal(fetch, resolver=Names(page_test=[["169.254.169.254"]])).code == "fetch-url"


def test_name_is_asked_for_once_and_the_checked_address_is_connected(fetch, web):
    rebinding = Names(page_test=[[HERE], ["10.0.0.1"]])
    web.pages["/"] = page("first")

    answer = fetch(resolver=rebinding)

    assert (answer.body, rebinding.asked) == (b"first", ["page.test"])


def test_unknown_name_is_told_apart_from_a_silent_server(fetch):
    error = refusal(fetch, resolver=Names())

    assert (error.code, error.message) == (
        "fetch-unreachable",
        "No server was found under page.test. Check the address.",
    )


def test_second_address_is_tried_when_the_first_is_dead(fetch, web):
    web.pages["/"] = page("alive")

    assert fetch(resolver=Names(page_test=[["::1", HERE]])).body == b"alive"


def test_server_that_refuses_is_unreachable():
    with WebServer() as gone:
        pass

    error = refusal(safe_fetch, f"http://page.test:{gone.port}/", resolver=Names(page_test=[[HERE]]))

    assert (error.code, error.message) == (
        "fetch-unreachable",
        "The page did not open. Check the address, and try again in some minutes.",
    )


# --- redirects ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_followed_to_its_end(fetch, web, status):
    web.pages |= {"/": redirect("/b/", status), "/b/": redirect("c?x=1#part"), "/b/c?x=1": page("end")}

    answer = fetch()

    assert (answer.status, answer.url, answer.body) == (200, f"http://page.test:{web.port}/b/c?x=1", b"end")


def test_three_redirects_pass_and_four_do_not(fetch, web):
    web.pages |= {f"/{n}": redirect(f"/{n + 1}") for n in range(4)} | {"/4": page("end")}

    assert fetch("/1").body == b"end"
    web.seen.clear()
    assert refusal(fetch, "/0").code == "fetch-redirects"
    assert [path for path, _ in web.seen] == ["/0", "/1", "/2", "/3"]


def test_redirect_loop_ends(fetch, web):
    web.pages["/"] = redirect("/")

    assert (refusal(fetch).code, len(web.seen)) == ("fetch-redirects", 4)


def test_redirect_is_an_answer_where_none_is_followed(fetch, web):
    web.pages["/"] = redirect("/b")

    assert (fetch(redirects=0).status, len(web.seen)) == (302, 1)


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd", "http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::ffff:a00:1]/",
        "http://inside.test/", "http://user@page.test/", "//inside.test/", "http://2130706433/", "gopher://page.test/",
        "http://intranet/", "/a b", "http://page.test\\@inside.test/",
    ],
)  # fmt: skip
def test_redirect_is_checked_like_the_first_address(fetch, web, to):
    web.pages["/"] = redirect(to)
    names = Names(page_test=[[HERE]], inside_test=[["10.0.0.1"]])

    assert (refusal(fetch, resolver=names).code, len(web.seen)) == ("fetch-url", 1)


@pytest.mark.parametrize("to", ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://page.test/",
                                "http://page.test/"])  # fmt: skip
def test_redirect_to_loopback_or_to_plain_http_is_refused(fetch, web, settings, to):
    def leads_inside(handler):
        settings.FETCH_ALLOW_LOCAL = False  # the first server stands for one far away
        redirect(to)(handler)

    web.pages["/"] = leads_inside

    assert (refusal(fetch).code, len(web.seen)) == ("fetch-url", 1)


def test_name_that_changes_its_address_between_redirects_is_refused(fetch, web):
    web.pages["/"] = redirect("/inside")
    rebinding = Names(page_test=[[HERE], ["169.254.169.254"]])

    assert (refusal(fetch, resolver=rebinding).code, rebinding.asked) == ("fetch-url", ["page.test"] * 2)
    assert [path for path, _ in web.seen] == ["/"]


def test_cookies_are_not_kept_and_headers_stay_with_their_host(fetch, web):
    web.pages["/"] = redirect("/b", set_cookie="a=b")
    web.pages["/b"] = redirect(f"http://other.test:{web.port}/c", set_cookie="a=b")
    names = Names(page_test=[[HERE]], other_test=[[HERE]])

    fetch(headers={"Authorization": "Bearer abc", "Accept": "text/html"}, resolver=names)

    told = ("authorization", "accept", "cookie")
    seen = {path: tuple(headers.get(name) for name in told) for path, headers in web.seen}
    assert seen == {
        "/": ("Bearer abc", "text/html", None),
        "/b": ("Bearer abc", "text/html", None),
        "/c": (None, "*/*", None),
    }


# --- time and size -----------------------------------------------------------------------------------------------


def took(call, *args, **options):
    before = time.monotonic()
    error = refusal(call, *args, **options)
    return error.code, time.monotonic() - before


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_server_that_drips_ends_at_the_deadline(fetch, web, head, drop):
    web.pages["/"] = web.drip(head, drop)

    code, seconds = took(fetch, within=0.3)

    assert code in ("fetch-slow", "fetch-unreachable")  # a hundred headers are no answer either
    assert seconds < 10  # it drips until it is told to stop


def test_server_that_says_nothing_ends_at_the_deadline(fetch, web):
    web.pages["/"] = lambda handler: web.over.wait()

    code, seconds = took(fetch, within=0.2)

    assert code == "fetch-slow"
    assert 0.2 <= seconds < 10


def test_all_redirects_share_one_deadline(fetch, web):
    def slowly(handler):
        web.over.wait(0.15)
        redirect("/")(handler)

    web.pages["/"] = slowly

    assert took(fetch, within=0.3)[0] == "fetch-slow"
    assert len(web.seen) < 4


def test_time_for_the_name_counts(fetch, web):
    def slowly(host, within):
        assert within <= 0.3
        web.over.wait(within)
        raise resolving.DnsTimeout

    assert took(fetch, within=0.3, resolver=slowly)[0] == "fetch-slow"


MEGABYTE = 1_000_000


@pytest.mark.parametrize("size", [MEGABYTE, MEGABYTE + 1])
@pytest.mark.parametrize("is_announced", [True, False])
def test_a_megabyte_passes_and_a_byte_more_does_not(fetch, web, size, is_announced):
    head = b"Content-Length: %d\r\n" % size if is_announced else b""
    web.pages["/"] = raw(b"HTTP/1.0 200 OK\r\n" + head + b"\r\n" + b"x" * size)

    if size == MEGABYTE:
        assert len(fetch().body) == MEGABYTE
    else:
        assert refusal(fetch).code == "fetch-large"


def test_endless_headers_end(fetch, web):
    web.pages["/"] = raw(b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"y" * 60_000 + b"\r\n") * 90 + b"\r\n")

    assert refusal(fetch).code == "fetch-large"


def test_small_page_that_unpacks_into_a_large_one_is_refused(fetch, web):
    bomb = gzip.compress(b"\0" * 50_000_000)
    web.pages["/"] = page(bomb, content_encoding="gzip")

    assert len(bomb) < 50_000
    tracemalloc.start()
    assert refusal(fetch).code == "fetch-large"
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000_000  # it is not unpacked first and measured then


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        raw(b"hello"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        page("not packed", content_encoding="gzip"),
        page(gzip.compress(b"x" * 100)[:-12], content_encoding="gzip"),
        page("x", content_encoding="br"),
    ],
)
def test_answer_that_is_broken_is_unreachable(fetch, web, answer):
    web.pages["/"] = answer

    assert refusal(fetch).code == "fetch-unreachable"


# --- one spelling ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("HTTPS://Page.Test", "https://page.test/"),
        ("https://page.test:443/a#b", "https://page.test/a"),
        ("https://münchen.test/straße?ü=ß", "https://xn--mnchen-3ya.test/stra%C3%9Fe?%C3%BC=%C3%9F"),
        ("https://page.test./a%20b/~c?d=e/f?g", "https://page.test/a%20b/~c?d=e/f?g"),
    ],
)
def test_address_has_one_spelling(typed, normal):
    assert fetching.normal_url(typed) == normal
    assert fetching.normal_url(normal) == normal


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_tests_may_name_this_machine_itself(web, host):
    web.pages["/"] = page("here")
    names = Names(localhost=[[HERE]])

    assert safe_fetch(f"http://{host}:{web.port}/", resolver=names).body == b"here"


def test_nothing_is_begun_when_no_time_is_left(fetch, web):
    assert refusal(fetch, within=0).code == "fetch-slow"
    assert web.seen == []


# --- sending -----------------------------------------------------------------------------------------------------


def post(web, path="/", **options):
    resolver = options.pop("resolver", Names(page_test=[[HERE]]))
    url = f"http://page.test:{web.port}{path}"
    return fetching.safe_post(
        url, b'{"a": 1}', headers={"Content-Type": "application/json"}, resolver=resolver, **options
    )


def test_posted_body_arrives_with_its_headers(web):
    web.pages["/hook"] = page("taken", status=202)

    answer = post(web, "/hook")

    assert (answer.status, answer.body, web.posted) == (202, b"taken", [("/hook", '{"a": 1}')])
    ((_, headers),) = web.seen
    assert (headers["content-type"], headers["content-length"]) == ("application/json", "8")


def test_posted_body_follows_no_redirect(web):
    web.pages["/hook"] = redirect("/elsewhere", status=307)

    assert (post(web, "/hook").status, len(web.posted)) == (307, 1)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "100.64.0.1"])
def test_nothing_is_posted_into_our_network(web, settings, address):
    settings.FETCH_ALLOW_LOCAL = False

    with pytest.raises(fetching.FetchRefused):
        fetching.safe_post("https://hook.test/", b"x", headers={}, resolver=Names(hook_test=[[address]]))

    assert web.posted == []


def test_long_answer_to_a_post_is_not_read_to_its_end(web):
    web.pages["/"] = page("x" * 20_000)

    assert isinstance(refusal(post, web, most_bytes=10_000), fetching.TooLarge)
