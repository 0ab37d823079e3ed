"""HTTP: whether a web server answers at all (RFC 9112). What it serves is looked at by itself."""

from __future__ import annotations

import re

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login
from posture.model.text import decoded, visible

PORTS = (
    80, 81, 591, 631, 1936, 2375, 2379, 3000, 3128, 4001, 4040, 4243, 5000, 5001, 5601, 5984, 8000, 8001, 8008, 8080,
    8081, 8082, 8083, 8086, 8088, 8090, 8123, 8200, 8404, 8500, 8888, 8983, 9090, 9091, 9093, 9200, 9870,
    10255, 15672, 18080, 50070,
)  # fmt: skip
TLS_PORTS = (443, 2376, 4443, 6443, 6984, 8443, 8501, 9443, 10250, 15671)
ALIASES = (
    "https", "http-alt", "https-alt", "http-proxy", "http-mgmt", "http-wmap", "www", "ipp", "docker", "soap",
    "websocket", "upnp", "prometheus", "etcd-client", "kubernetes",
)  # fmt: skip

_START = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n")
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_LINE_ENDS = re.compile(rb"\r?\n|\r")
_SERVER = re.compile(rb"^server:[ \t]*([^\r\n]{1,200})", re.IGNORECASE | re.MULTILINE)
_PRODUCT = re.compile(r"([A-Za-z][\w.+-]*(?: [A-Za-z][\w.+-]*)*)(?:/(\d[\w.+~-]*))?")
# nginx, Apache httpd, Go's net/http, HAProxy and Jetty to whom speaks plain HTTP on a TLS port
_WANTS_TLS = re.compile(
    rb"plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL|HTTP request to an HTTPS server"
    rb"|This combination of host and port requires TLS",
    re.IGNORECASE,
)
# MongoDB and ClickHouse answer HTTP on the ports of their own protocols, to say that these are not for HTTP.
_NOT_FOR_HTTP = re.compile(rb"access MongoDB over HTTP|is for clickhouse-client")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,9})", re.IGNORECASE | re.MULTILINE)
# All that is kept of a head, besides its first line: the scheme and realm of a login, and where to go, without
# the name, the password and the parameters that an address may hold.
_KEPT = re.compile(
    rb"""(?:server|content-type):[^\r\n]*
    |www-authenticate:[ \t]*[a-z0-9-]{1,30}(?:[ \t]+realm="[^"\r\n]{0,100}")?""",
    re.IGNORECASE | re.VERBOSE,
)
_LOCATION = re.compile(rb"(location:[ \t]*(?:[a-z][a-z0-9+.-]*:)?(?://)?)(?:[^/?#]*@)?([^?#]*)", re.IGNORECASE)
_WORDS = 256  # bytes of the body that say what is wrong
NEEDS_TLS = "it wants TLS before HTTP"
OF_ANOTHER = "it says that this port is not for HTTP"
JUDGED_ELSEWHERE = "a web server is there for strangers; what it serves is looked at by itself"


def confirm(approach: Approach) -> Confirmed:
    """Ask for the first page.

    A web server that wants TLS answers plain HTTP with a reproach: that is not the service, it is asked again with TLS.
    """
    host = str(approach.permit.address)
    host = f"[{host}]" if ":" in host else host
    who = approach.identity.user_agent
    ask = f"GET / HTTP/1.1\r\nHost: {host}:{approach.port}\r\nUser-Agent: {who}\r\nAccept: */*\r\n"
    with approach.open() as talk:
        answer = talk.ask(f"{ask}Connection: close\r\n\r\n".encode(), _enough, kept=_head)
        start = _START.match(answer)
        if start is None:
            return unclear(talk, "asked for a page", "HTTP")
        if not approach.tls and _WANTS_TLS.search(answer):
            return Confirmed(Login.UNKNOWN, NEEDS_TLS, tuple(talk.transcript), speaks=False)
        if _NOT_FOR_HTTP.search(answer):
            return Confirmed(Login.UNKNOWN, OF_ANOTHER, tuple(talk.transcript), speaks=False)
        product, version = _software(answer)
        transcript = tuple(talk.transcript)
        if start[1] == b"401":
            return Confirmed(Login.REQUIRED, "", transcript, product=product, version=version)
        return Confirmed(Login.UNKNOWN, JUDGED_ELSEWHERE, transcript, product=product, version=version)


def wants_tls(body: bytes) -> bool:
    """Whether this answer to plain HTTP says that the port is for TLS."""
    return _WANTS_TLS.search(body) is not None


def _enough(answer: bytes) -> bool:
    """What cannot become HTTP any more; else the head, with as much of the body as says what is wrong."""
    if not b"HTTP/1.".startswith(answer[:7]):
        return True
    head, *end = _HEAD_ENDS.split(answer, 1)
    body = end[0] if end else b""
    length = _LENGTH.search(head)
    if length:
        return len(body) >= min(int(length[1]), _WORDS)
    return bool(end) and (not head.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")) or len(body) >= _WORDS)


def _head(answer: bytes) -> bytes:
    """The first line, and of the header fields those that say what the server is; what is no HTTP as it is."""
    if not answer.startswith(b"HTTP/"):
        return answer
    first, *lines = _LINE_ENDS.split(_HEAD_ENDS.split(answer, 1)[0])
    return b"\n".join((first, *filter(None, map(_kept, lines))))


def _kept(line: bytes) -> bytes:
    if moved := _LOCATION.match(line):
        return moved[1] + moved[2]
    found = _KEPT.match(line)
    return found[0] if found else b""


def _software(answer: bytes) -> tuple[str, str]:
    """What the Server header names first: product and version (RFC 9110, 10.2.4)."""
    said = _SERVER.search(_HEAD_ENDS.split(answer, 1)[0])
    found = _PRODUCT.match(decoded(said[1])) if said else None
    return (visible(found[1], 60), visible(found[2] or "", 40)) if found else ("", "")


PROTOCOL = Protocol(
    "http",
    PORTS,
    "GET / of HTTP/1.1; then the pages, files and interfaces that a web server should not show",
    confirm,
    aliases=ALIASES,
    tls_ports=TLS_PORTS,
)
