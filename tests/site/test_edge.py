import io

import pytest

from campaign.edge import Request


def asked(content_type, method="GET", body=b""):
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": "/", "QUERY_STRING": "q=a", "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "SERVER_NAME": "x", "SERVER_PORT": "80",
    }  # fmt: skip
    return Request(environ)


@pytest.mark.parametrize("charset", ["rot13", "zlib", '"hex"', "rot13; x=y", "no-such", "utf-8", "latin-1", "\x00", ""])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_charset_of_a_stranger_stops_no_request(kind, charset):
    assert asked(f"{kind}; charset={charset}").GET["q"] == "a"


def test_form_keeps_what_belongs_to_it():
    request = asked('multipart/form-data; boundary=b; charset="rot13"', "POST", b"")

    assert (request.content_type, request.encoding) == ("multipart/form-data", None)
