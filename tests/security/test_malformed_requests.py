"""Requests that no browser makes: refused or ignored, never a fault of ours."""

import pytest
from django.db import connection
from django.test import Client

from campaign.public import limits
from letters.signatures import counting
from tests.factories import make_letter, sign_and_confirm, sign_up
from tests.public.addresses import READ, addresses_for
from tests.public.visitor import filled, sign_path

pytestmark = pytest.mark.django_db

HEADERS = {
    "Accept-Language": ["", ",,,", "xx-" * 50, "en;q=abc", "en;q=1e309", "*" * 10_000, "\u00ff", "de_DE@euro;q=-1"],
    "Host": ["", "bad host", "a" * 300, "[::1", "example.org:99999999", "a..b", "%00", "x@y"],
    "Cookie": ["=", ";;;", "csrftoken", "csrftoken=" + "x" * 5000, "sessionid=\u00e9", 'a="b', "a=b; " * 500, "\x01=2"],
    "Range": ["bytes=0-", "bytes=-1", "bytes=9-1", "lines=1-2", "bytes=0-0,1-1,2-2", "bytes=" + "0-1," * 999],
    "If-None-Match": ["*", "W/", '"', "x" * 5000, ",,,", '"a", "b'],
    "If-Modified-Since": ["yesterday", "Mon, 99 Foo 20260 00:00:00 GMT", "-1"],
    "Accept": ["*/*;q=abc", "/", "x" * 5000],
    "Accept-Encoding": ["gzip;q=abc", "\u00ff"],
    "Content-Length": ["abc", "-1"],
    "X-Forwarded-For": [",", "x" * 5000, "::1%", "\u00ff"],
    "X-Forwarded-Proto": ["https,http", "\u00ff"],
    "X-Large": ["x" * 100_000],
    "Origin": ["null", "https://[", "x" * 5000],
    "Referer": ["https://[", "\u00ff"],
}
QUERIES = (
    "after=garbage", "before=garbage", "after=AAAA", "after=" + "_" * 235, "before=" + "A" * 10_000,
    "after=gAAAAAAAAAA", "after=f_________8", "after=\u0661", "after=%00", "after=%ED%A0%80", "after=%F8%88%80%80%80",
    "version=1e309", "version=-1", "version=99999", "version=0", "version=%00", "version=\u0661",
    "version=" + "9" * 5000, "version=NaN", "version=1&version=2", "q=%00", "q=%C0%AF", "q=" + "x" * 10_000,
    "q=%25", "q=_", "q=%5C",
    "q='%20OR%201=1--", "q=%ED%A0%80", "q=" + "%20" * 500, "q=%F0%9F%98%80", "after=x&before=y&q=z&version=1",
    "q[]=1", "=&=&&&", "%", "%zz", "page=1e309", "\u202e=1",
)  # fmt: skip
FOR_DATABASES = [query for query in QUERIES if set(query) & set("%9") or "1e" in query]
"""What a database may not take: characters and numbers that it does not know."""
SEGMENTS = (
    "%00", "%2e%2e%2f", "..%2f..%2fetc%2fpasswd", "%ED%A0%80", "%C0%AF", "%F8%88%80%80%80", "%FF", "x" * 5000, "%0d%0a",
    "'", "<script>", "%", "{{7}}", "\u202e", "9" * 5000,
)  # fmt: skip


PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--'


@pytest.fixture
def paths():
    letter = make_letter(slug="lift")
    confirmed, waiting = sign_and_confirm(letter), sign_up(letter, "bob")
    counting.refresh()
    return addresses_for(confirmed, waiting)


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


def test_malformed_header_is_no_fault(visitor, paths, subtests):
    for name in HEADERS:
        with subtests.test(name=name):
            for value in HEADERS[name]:
                for path in (paths["letter"], paths["signatories-csv"], paths["sign"], paths["confirm"], "/nothing/"):
                    response = visitor.get(path, headers={name: value})
                    assert (value[:40], path, response.status_code in (200, 304, 400, 404)) == (value[:40], path, True)


@pytest.mark.parametrize("name", HEADERS)
def test_malformed_header_with_a_form_is_no_fault(visitor, name):
    letter = make_letter(slug="other")

    for value in HEADERS[name]:
        response = visitor.post(sign_path(letter), filled(letter), headers={name: value})
        assert (value[:40], response.status_code in (303, 400, 403, 422)) == (value[:40], True)


@pytest.mark.database
def test_malformed_query_is_no_fault(visitor, paths, subtests, monkeypatch):
    monkeypatch.setattr(limits, "FILES_IN_TEN_MINUTES", 10_000)
    for query in QUERIES if connection.vendor == "postgresql" else FOR_DATABASES:
        with subtests.test(query=query):
            for name in READ:
                response = visitor.get(f"{paths[name]}?{query}")
                assert (name, response.status_code in (200, 404)) == (name, True)


@pytest.mark.database
@pytest.mark.parametrize("segment", SEGMENTS, ids=[segment[:20] for segment in SEGMENTS])
def test_malformed_path_is_not_found(visitor, segment):
    letter = make_letter(slug="lift")
    for path in (
        f"/letters/{segment}/",
        f"/letters/{letter.slug}/versions/{segment}/",
        f"/letters/{letter.slug}/signatories/{segment}/",
        f"/letters/{letter.slug}/sign/{segment}/",
        f"/confirm/{segment}/",
        f"/not-me/{segment}/",
        f"/mine/{segment}/",
        f"/mine/{segment}/data.json",
        f"/mailbox/{segment}/",
        f"/{segment}",
    ):
        response = visitor.get(path)
        assert (path[:60], response.status_code in (301, 302, 404)) == (path[:60], True)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"\xff\xfe=%00&=&&%zz", 422),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 1_200_000, 400),
        ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(2000)), 400),
        ("application/x-www-form-urlencoded; charset=utf-16", b"a=b", 400),
        ("application/x-www-form-urlencoded; charset=nonsense", b"a=b", 422),
        ("multipart/form-data", b"--x", 400),
        ("multipart/form-data; boundary=", b"--x", 400),
        ("multipart/form-data; boundary=x", b"--x--", 422),
        ("multipart/form-data; boundary=x; charset=idna", PART, 422),
        ("multipart/form-data; boundary=x; charset=base64", PART, 422),
        ("", b"a=b", 415),
        ("application/json", b'{"email": "\\ud800"}', 415),
    ],
)  # fmt: skip
def test_malformed_body_is_no_fault(visitor, paths, content_type, body, status):
    for name in ("sign", "sent", "confirm", "mine", "mine-link"):
        response = visitor.generic("POST", paths[name], body, content_type=content_type)
        assert (name, response.status_code < 500) == (name, True)
        if name == "sign":
            assert response.status_code == status


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "X" * 100])
def test_unknown_method_is_refused(visitor, paths, method):
    for name in ("letter", "sign", "confirm"):
        assert visitor.generic(method, paths[name]).status_code == 405
