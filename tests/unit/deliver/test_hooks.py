"""Proposals reach a real server and a real program, whatever these do."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from posture.deliver import hooks, webhook
from posture.deliver.hooks import Sent, hand_over
from posture.deliver.outcome import Refused, TryLater
from posture.deliver.webhook import signature
from posture.model.hook import Hook

NOW = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
SENT = Sent("bakery_F-1_0_notify", '{"a":1}', "our secret")
Answer = Callable[[BaseHTTPRequestHandler], None]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.server.answers[min(len(self.server.got), len(self.server.answers)) - 1](self)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(*answers: Answer, certificate: Path | None = None) -> Iterator[ThreadingHTTPServer]:
    """A server on loopback that gives these answers in turn, the last one for ever."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.got, server.answers = [], answers
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(code: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": "2", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(b"ok")

    return answer


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A head that never ends, a byte at a time."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
    try:
        while True:
            handler.wfile.write(b"a")
            time.sleep(0.02)
    except OSError:
        return


def flood(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    try:
        while True:
            handler.wfile.write(b"a\x1b[31m" * 10_000)
    except OSError:
        return


def web(server: ThreadingHTTPServer, scheme: str = "http", **other: object) -> Hook:
    return Hook("portal", ("notify",), f"{scheme}://127.0.0.1:{server.server_port}/in?x=1", **other)


def hand(hook: Hook, waits: list[float] | None = None, sent: Sent = SENT) -> str:
    return hand_over(hook, sent, lambda: NOW, ([] if waits is None else waits).append).said


def test_the_signature_is_that_of_standard_webhooks():
    """The example of the specification, version 1.0."""
    assert (
        signature(
            "whsec_plJ3nmyCDGBKInavdOK15jsl",
            "msg_loFOjxBNrRLzqYUf",
            "1731705121",
            b'{"event_type":"ping","data":{"success":true}}',
        )
        == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
    )
    with pytest.raises(Refused, match="not base64"):
        signature("whsec_!", "", "", b"")


def test_a_server_gets_the_proposal_signed_and_its_answer_is_kept():
    """With an identity that a second delivery would have too; the secret is nowhere in it."""
    with serving(status(202)) as server:
        assert hand(web(server)) == "202 ok"
    ((path, headers, body),) = server.got
    assert (path, body) == ("/in?x=1", b'{"a":1}')
    assert headers["webhook-id"] == SENT.identity
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["webhook-signature"] == signature("our secret", SENT.identity, headers["webhook-timestamp"], body)
    assert "our secret" not in f"{headers}{SENT!r}"


def test_what_may_pass_is_tried_again_the_same_way():
    """Twice, after a pause each; then the next night's turn comes."""
    waits: list[float] = []
    with serving(status(503), status(429), status(200)) as server:
        assert hand(web(server), waits) == "200 ok"
    assert len({(headers["webhook-id"], body) for _, headers, body in server.got}) == 1
    assert waits == list(hooks.PAUSES)
    with serving(status(500)) as server, pytest.raises(TryLater, match="500"):
        hand(web(server))
    assert len(server.got) == 3
    with pytest.raises(TryLater, match="no answer"):
        hand(web(server))


def test_a_refusal_is_not_repeated_and_no_redirect_is_followed():
    """What names a customer's weakness goes to the address in the policy and to no other."""
    with serving(status(200)) as elsewhere, serving(status(401)) as server:
        there = f"http://127.0.0.1:{elsewhere.server_port}/"
        with (
            serving(status(302, Location=there)) as leads,
            pytest.raises(Refused, match="302, which sends us"),
        ):
            hand(web(leads))
        with pytest.raises(Refused, match="401 ok"):
            hand(web(server))
    assert (len(server.got), elsewhere.got) == (1, [])


def test_a_server_that_drips_or_floods_costs_no_more_than_its_time():
    """And nothing that it says reaches a terminal as it came."""
    with serving(drip) as server, pytest.raises(TryLater, match="no whole answer within 0 seconds"):
        hand(web(server, timeout=timedelta(seconds=0.3)))
    with serving(flood) as server:
        said = hand(web(server))
    assert len(said) <= 301
    assert "\x1b" not in said


def test_a_certificate_that_is_not_trusted_gets_nothing(tmp_path, monkeypatch):
    """The same server is believed once its certificate is."""
    file = tmp_path / "both.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "1",
    ]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, *names, "-keyout", file, "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "cert.pem").read_text())
    with serving(status(200), certificate=file) as server:
        with pytest.raises(Refused, match="certificate is not valid"):
            hand(web(server, "https"))
        assert server.got == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert hand(web(server, "https")) == "200 ok"


@pytest.fixture
def program(tmp_path):
    def make(script: str, **other: object) -> Hook:
        file = tmp_path / "hook"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return Hook("isolate", ("isolate-port",), command=(str(file), "a b"), **other)

    return make


def test_a_program_gets_the_json_and_a_bare_environment(program, tmp_path, monkeypatch):
    """No shell comes between, no variable of ours reaches it, and it does not stand in our folder."""
    monkeypatch.setenv("SECRET_OF_OURS", "hunter2")
    out = tmp_path / "out"
    hand(program(f'cat > {out}; echo "$1" >> {out}; env >> {out}; pwd >> {out}'))
    lines = out.read_text().splitlines()
    assert json.loads(lines[0].removesuffix("a b")) == {"a": 1}
    assert "POSTURE_PROPOSAL=bakery_F-1_0_notify" in lines
    assert not any("SECRET" in line or line.startswith("HOME=") for line in lines)
    assert lines[-1] == "/"


@pytest.mark.parametrize(
    ("script", "raised", "said"),
    [
        ("echo no such port; exit 3", Refused, "ended with 3: no such port"),
        ("exit 75", TryLater, "ended with 75"),
        ("kill -9 $$", TryLater, "ended with -9"),
        ("sleep 60 & sleep 60", TryLater, "did not end within 0 seconds"),
    ],
)
def test_how_a_program_ends_says_whether_to_try_again(program, script, raised, said):
    """75 is EX_TEMPFAIL; one that hangs is ended with all that it started."""
    with pytest.raises(raised, match=said):
        hand(program(script, timeout=timedelta(seconds=0.3)))


def test_a_program_that_prints_without_end_or_is_not_there_harms_nothing(program):
    """Its output is read and dropped, beyond the beginning."""
    assert len(hand(program("head -c 5000000 /dev/zero | tr '\\0' a"))) <= 301
    with pytest.raises(Refused, match="cannot be run"):
        hand(Hook("x", (), command=("/nowhere/hook",)))


def test_what_is_shown_of_a_hook_holds_no_secret():
    assert hooks.shown(Hook("a", (), "https://portal.example/in")) == "POST https://portal.example/in"
    assert webhook.ANSWER < 10_000
