"""A web server and a name server on this machine, for tests of what the site asks other people's servers."""

import datetime
import gzip
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[BaseHTTPRequestHandler], None]


def page(text: str | bytes, *, status: int = 200, packed: bool = False, **headers: str) -> Answer:
    """An answer with this body; ``content_type="text/plain"`` is the header Content-Type."""
    body = text if isinstance(text, bytes) else text.encode()
    body = gzip.compress(body, mtime=0) if packed else body
    named = {"Content-Type": "text/html; charset=utf-8", **({"Content-Encoding": "gzip"} if packed else {})}
    named |= {name.replace("_", "-").title(): value for name, value in headers.items()}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **named}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(to: str, status: int = 302, set_cookie: str = "-") -> Answer:
    return page("", status=status, location=to, set_cookie=set_cookie)


def raw(data: bytes) -> Answer:
    """Exactly these bytes, status line included."""
    return lambda handler: (handler.wfile.write(data), None)[1]


class WebServer:
    """``pages`` by path; ``seen`` holds (path, headers) of every request."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.posted: list[tuple[str, str]] = []
        self.over = threading.Event()
        """Set when the test ends: an answer that drips waits on it."""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                with suppress(OSError):  # the other side had enough
                    site.pages.get(self.path, page("not here", status=404))(self)
                self.close_connection = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                site.posted.append((self.path, body))
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = False
            block_on_close = True

            def finish_request(self, request: Any, client_address: Any) -> None:
                try:
                    with tls.wrap_socket(request, server_side=True) if tls else request as wrapped:
                        super().finish_request(wrapped, client_address)
                except OSError:
                    pass  # the other side did not like the certificate

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def drip(self, head: bytes, drop: bytes = b"x") -> Answer:
        """``head``, and then ``drop`` after ``drop``, until the test is over or the other side leaves."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(head)
            while not self.over.wait(0.02):
                handler.wfile.write(drop)

        return answer

    def __enter__(self) -> "WebServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def make_authority(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A throw-away authority and a certificate of its for these names: (server's context, its visitors' context)."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    authority = _certificate(issuer, issuer, authority_key, authority_key, is_authority=True)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    certificate = _certificate(subject, issuer, key, authority_key, names=names)
    pem = serialization.Encoding.PEM
    chain = folder / f"{names[0]}.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(private + certificate.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    visitor = ssl.create_default_context(cadata=authority.public_bytes(pem).decode())
    return server, visitor


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signed_by: ec.EllipticCurvePrivateKey,
    *,
    names: tuple[str, ...] = (),
    is_authority: bool = False,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3650))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), critical=False
        )
    )  # fmt: skip
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    if is_authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(signed_by, hashes.SHA256())


class NameServer:
    """Answers on UDP. ``records`` is {(name, type): texts}; ``fails`` {name: rcode, or None for silence}."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.fails: dict[str, dns.rcode.Rcode | None] = {}
        self.asked: list[tuple[str, str]] = []
        site = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, sock = self.request
                answer = site._answer(dns.message.from_wire(data))
                if answer is not None:
                    sock.sendto(answer.to_wire(), self.client_address)

        self._server = socketserver.UDPServer(("127.0.0.1", 0), Handler)
        self.address: tuple[str, int] = self._server.server_address  # type: ignore[assignment]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.fails:
            code = self.fails[name]
            if code is not None:
                answer.set_rcode(code)
            return answer if code is not None else None
        if found := self.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, found))
        elif not any(known == name for known, _kind in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    def __enter__(self) -> "NameServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def local_names(settings: Any, **hosts: str) -> Iterator[NameServer]:
    """A name server that the site asks instead of the system's. ``page_test="127.0.0.1"`` is the host page.test."""
    with NameServer() as server:
        for name, address in hosts.items():
            kind = "AAAA" if ipaddress.ip_address(address).version == 6 else "A"
            server.records[name.replace("_", "."), kind] = [address]
        usual, settings.DNS_SERVERS = settings.DNS_SERVERS, [server.address]
        yield server
        settings.DNS_SERVERS = usual
