"""Servers that are busy, of a special kind or of ill will: their answers are not taken for what they are not."""

import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import web_lab

from posture.collect.network.confirm import named, protocols
from posture.collect.network.conversation import wants_certificate
from posture.collect.network.wire.ber import Element, element, integer
from posture.collect.network.wire.bson import decoded_document, encoded
from posture.facts.network import Login
from posture.model.text import visible


def asked(protocol: str, treat, *, seconds: float = 2, tls: bool = False):
    """What is said of a server that treats every client so; `treat` is given what each read of it brought."""

    async def serve(reader, writer):
        answers = treat(b"")
        writer.write(answers)
        while said := await reader.read(65536):
            answer = treat(said)
            if answer is None:
                break
            writer.write(answer)
            await writer.drain()
        writer.close()

    with web_lab.answering(serve) as port:
        return named(protocol).confirm(web_lab.target().approach(port, f"confirm {protocol}", tls=tls, seconds=seconds))


def redis(ping: bytes, info: bytes, size: bytes):
    def treat(said: bytes) -> bytes:
        for word, answer in ((b"PING", ping), (b"INFO", info), (b"DBSIZE", size)):
            if word in said:
                return answer + b"\r\n"
        return b"-ERR unknown command\r\n" if said else b""

    return treat


VERSION = b"$19\r\nredis_version:7.0.1"


@pytest.mark.parametrize("trouble", [b"MISCONF cannot save", b"MASTERDOWN Link", b"LOADING dataset", b"BUSY a script"])
def test_a_redis_in_trouble_has_let_us_in(trouble):
    """These errors come after the question of who asks (server.c, processCommand): there is no login."""
    seen = asked("redis", redis(b"-" + trouble, b"-" + trouble, b"-" + trouble))
    assert (seen.login, seen.speaks) == (Login.NOT_NEEDED, True), seen


@pytest.mark.parametrize(
    ("ping", "info", "size", "login"),
    [
        (b"-ERR max number of clients reached", b"", b"", Login.UNKNOWN),
        (b"+PONG", VERSION, b":3", Login.NOT_NEEDED),
        (b"+PONG", VERSION, b"-NOPERM User default has no permissions", Login.UNKNOWN),
        (b"+PONG", b"-NOPERM User default has no permissions", b":3", Login.UNKNOWN),
        (b"+PONG", b"-NOAUTH Authentication required.", b"", Login.REQUIRED),
    ],
)
def test_a_redis_for_health_checks_only_is_not_called_open(ping, info, size, login):
    """A default user who may ask PING and INFO reaches no data."""
    seen = asked("redis", redis(ping, info, size))
    assert (seen.login, seen.speaks) == (login, True), seen
    assert seen.login is not Login.UNKNOWN or seen.reason


@pytest.mark.parametrize(
    ("outcome", "login"),
    [
        (b"@ERROR: access denied to backup from unknown (192.0.2.1)", Login.REFUSED),
        (b"@ERROR: max connections (2) reached -- try again later", Login.UNKNOWN),
        (b"@ERROR: chroot failed", Login.UNKNOWN),
        (b"@RSYNCD: EXIT", Login.UNKNOWN),
    ],
)
def test_rsync_turns_us_away_only_where_it_denies_access(outcome, login):
    """A full server, or one that is set up wrongly, has not said who may come in."""

    def treat(said: bytes) -> bytes | None:
        if not said:
            return b"@RSYNCD: 31.0\n"
        return b"backup         \tall\n@RSYNCD: EXIT\n" if b"#list" in said else outcome + b"\n"

    seen = asked("rsync", treat)
    assert (seen.login, seen.speaks) == (login, True), seen


def test_a_mongodb_secondary_is_proven_open():
    """A member of a replica set answers those only who say that a secondary will do."""

    def treat(said: bytes) -> bytes:
        if len(said) < 21:
            return b""
        command = decoded_document(said[21:])
        fields = {"isWritablePrimary": False, "secondary": True, "ok": 1}
        wanted = command.get("$readPreference")
        if "listDatabases" in command and not (wanted and b"secondaryPreferred" in wanted):
            fields = {"ok": 0, "errmsg": "not primary and secondaryOk=false", "code": 13435}
        body = struct.pack("<IB", 0, 0) + encoded(fields)
        return struct.pack("<iiii", 16 + len(body), 1, struct.unpack_from("<i", said, 4)[0], 2013) + body

    assert asked("mongodb", treat).login is Login.NOT_NEEDED


def test_an_old_mongodb_secondary_is_proven_open():
    """Before OP_MSG it is a flag of the query (MongoDB Wire Protocol, OP_QUERY: SlaveOk)."""

    def treat(said: bytes) -> bytes | None:
        if not said:
            return b""
        if struct.unpack_from("<i", said, 12)[0] != 2004:
            return None
        flags = struct.unpack_from("<i", said, 16)[0]
        fields = {"ismaster": False, "ok": 1} if b"isMaster" in said or flags & 4 else {"ok": 0, "code": 13435}
        body = struct.pack("<iqii", 0, 0, 0, 1) + encoded(fields)
        return struct.pack("<iiii", 16 + len(body), 1, struct.unpack_from("<i", said, 4)[0], 1) + body

    assert asked("mongodb", treat).login is Login.NOT_NEEDED


def ftp(anonymous: bytes, features: bytes):
    def treat(said: bytes) -> bytes:
        if not said:
            return b"220 FTP\r\n"
        return {b"USER": b"331 Password\r\n", b"PASS": anonymous, b"FEAT": features}.get(said[:4], b"500 No\r\n")

    return treat


@pytest.mark.parametrize(
    ("anonymous", "weakness", "reason"),
    [
        (b"230 Welcome\r\n", "plain-login?", "whether it has accounts with passwords as well was not tried"),
        (b"530 Login incorrect\r\n", "plain-login", ""),
    ],
)
def test_ftp_for_everyone_may_have_no_accounts(anonymous, weakness, reason):
    """Who lets anonymous in may have no user with a password; who turns him down has others."""
    seen = asked("ftp", ftp(anonymous, b"211 End\r\n"))
    assert (seen.weakness, seen.reason.rpartition("; ")[2]) == (weakness, reason)


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_web_servers_first_answer_gives_nothing_secret_to_the_evidence(end):
    """Lines may end as they like; of the head only what names the server is kept, and nothing of the body."""
    lines = (
        b"HTTP/1.1 401 Unauthorized", b"Server: nginx", b"Set-Cookie: session=hidden1", b"X-Api-Key: hidden2",
        b'WWW-Authenticate: Basic realm="shop", token=hidden3', b"Authorization: Basic hidden4",
        b"Location: http://joe:hidden5@shop.example/login?token=hidden6#hidden7", b"Content-Type: text/html",
    )  # fmt: skip
    seen = asked("http", lambda said: end.join((*lines, b"", b"hidden8")) if said else b"", seconds=0.3)
    assert "hidden" not in repr(seen)
    (told,) = seen.transcript
    assert told.received.split("\n") == [
        "HTTP/1.1 401 Unauthorized", "Server: nginx", 'WWW-Authenticate: Basic realm="shop"',
        "Location: http://shop.example/login", "Content-Type: text/html",
    ]  # fmt: skip
    assert seen.product == "nginx"


def test_half_a_web_server_gives_nothing_secret_to_the_evidence_either():
    """What is nearly HTTP is not recognised, and its head is none the less one."""
    seen = asked(
        "http", lambda said: b"HTTP/1.1 2000 OK\r\nSet-Cookie: hidden\r\n\r\nhidden" if said else b"", seconds=0.3
    )
    assert not seen.speaks
    assert "hidden" not in repr(seen)


def test_a_name_that_a_server_made_up_is_harmless_in_what_was_sent():
    """Modules, targets and shares are asked for by the names that the server gave them."""

    def treat(said: bytes) -> bytes:
        if not said:
            return b"@RSYNCD: 31.0\n"
        name = b"\x1b[2J" + b"A" * 200 + b"\xe2\x80\xae"
        return name + b"\tx\n@RSYNCD: EXIT\n" if b"#list" in said else b"@RSYNCD: OK\n"

    seen = asked("rsync", treat)
    assert seen.login is Login.NOT_NEEDED
    assert all(entry.sent == visible(entry.sent) for entry in seen.transcript)


@pytest.mark.parametrize("size", [9, 2000])
def test_numbers_that_no_ldap_server_sends_are_unreadable(size):
    """A number of thousands of digits cannot even be printed (CVE-2020-10735): it is no answer."""
    huge = b"\x7f" * size
    code = element(0x30, integer(1), element(0x61, element(0x0A, huge)))
    seen = asked("ldap", lambda said: code if said else b"")
    assert (seen.login, seen.speaks) == (Login.UNKNOWN, False)
    with pytest.raises(ValueError, match="bytes"):
        _ = Element(0x02, huge).number
    seen = asked("ldap", lambda said: element(0x30, element(0x02, huge), element(0x61, b"")) if said else b"")
    assert seen.speaks is False


@contextmanager
def shaking_hands(context: ssl.SSLContext) -> Iterator[int]:
    """A server that greets who comes through the handshake; yields its port."""

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client, suppress(OSError):
                client.settimeout(2)
                with context.wrap_socket(client, server_side=True) as secured:
                    secured.sendall(b"220 nobody comes here\r\n")

    with socket.create_server((web_lab.HERE, 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("wanted", [True, False])
def test_a_client_certificate_is_told_from_no_common_suite(wanted, tmp_path):
    """Servers of TLS 1.2 say of both only that the handshake failed; in one case they have asked for a certificate."""
    new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    where = ("-subj", "/CN=localhost", "-keyout", tmp_path / "key", "-out", tmp_path / "crt")
    subprocess.run([*new, *where], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if wanted:
        context.load_verify_locations(tmp_path / "crt")
        context.verify_mode = ssl.CERT_REQUIRED
    else:
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # for which it has no certificate

    with shaking_hands(context) as port:
        way = web_lab.target().approach(port, "look at TLS", tls=True)
        with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure") as failed, way.open():
            pass
    assert wants_certificate(failed.value) is wanted


def echoed(said: bytes) -> bytes:
    return said


def refused_as_http(said: bytes) -> bytes | None:
    body = b"<html><body><h1>400 Bad Request</h1></body></html>"
    head = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % len(body) + body if said else b""


@pytest.mark.parametrize("protocol", [protocol.name for protocol in protocols()])
@pytest.mark.parametrize("treat", [echoed, refused_as_http])
def test_no_protocol_takes_its_own_words_or_a_web_servers_for_an_answer(protocol, treat):
    """The echo service speaks none of them, and a web server HTTP only: no login of theirs is told either.

    Such a port is left after three connections at most.
    """
    heard = []

    def treated(said: bytes) -> bytes | None:
        heard.append(said)
        return treat(said)

    seen = asked(protocol, treated, seconds=0.3)
    assert heard.count(b"") <= 3  # connections
    if protocol == "http" and treat is refused_as_http:
        assert seen.speaks
    else:
        assert (seen.speaks, seen.login) == (False, Login.UNKNOWN), seen


@pytest.mark.parametrize(("status", "login"), [(0, Login.NOT_NEEDED), (0x20, Login.REQUIRED), (0x81, Login.UNKNOWN)])
def test_a_memcached_that_hangs_up_on_text_is_judged_by_its_binary_answer(status, login):
    """With SASL it answers whoever has not logged in with status 0x20 (protocol-binary.txt, 3.2)."""

    def treat(said: bytes) -> bytes | None:
        if said.startswith(b"version"):
            return None
        return struct.pack(">BBHBBHIIQ", 0x81, 0x0A, 0, 0, 0, status, 0, 0, 0) if said else b""

    seen = asked("memcached", treat)
    assert (seen.login, seen.speaks) == (login, True), seen


@pytest.mark.parametrize(
    ("greeting", "login"),
    [
        (b"\xff\xfb\x01BusyBox v1.36\r\n# ", Login.NOT_NEEDED),
        (b"\xff\xfb\x01Last login: Mon Mar 2\r\n# ", Login.UNKNOWN),
        (b"\xff\xfb\x01router login: ", Login.REQUIRED),
    ],
)
def test_a_prompt_after_words_of_a_login_proves_no_shell(greeting, login):
    """What looks like a shell's prompt may be the login's own."""
    seen = asked("telnet", lambda said: b"" if said else greeting, seconds=0.3)
    assert (seen.login, seen.speaks) == (login, True), seen
