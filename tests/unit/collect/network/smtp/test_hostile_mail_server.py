"""Mail servers that lie, flood, drip or take everything: the dialogue stays short, and never says DATA.

An emulator, byte by byte: no real server does this (RFC 5321, 4.2 for what replies look like).
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest

from posture.collect.network.smtp import dialogue as module
from posture.collect.network.smtp import session
from posture.facts.email.servers import Taken
from posture.model.revocation import Revocation

Answer = Callable[[bytes], bytes]
GREETING = b"220 mx.evil.example ESMTP\r\n"
POLITE = {
    b"EHLO": b"250 mx.evil.example\r\n", b"MAIL": b"250 ok\r\n", b"RCPT": b"550 5.7.1 Relay access denied\r\n",
    b"RSET": b"250 ok\r\n", b"VRFY": b"252 no\r\n", b"EXPN": b"502 no\r\n",
}  # fmt: skip


@contextmanager
def emulated(answers: dict[bytes, bytes], greeting: bytes = GREETING, drip: float = 0.0) -> Iterator[tuple[int, list]]:
    """A server that answers each command by its verb; without an answer it hangs up. Tells what it was sent."""
    said: list[bytes] = []
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=_serve, args=(listening, answers, greeting, drip, said), daemon=True).start()
        yield listening.getsockname()[1], said
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, answers: dict[bytes, bytes], greeting: bytes, drip: float, said: list) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                _send(connection, greeting, drip)
                for line in connection.makefile("rb"):
                    said.append(line)
                    reply = answers.get(line[:4].upper())
                    if reply is None:
                        break
                    _send(connection, reply, drip)


def _send(connection: socket.socket, words: bytes, drip: float) -> None:
    if not drip:
        connection.sendall(words)
        return
    for at in range(len(words)):
        connection.sendall(words[at : at + 1])
        time.sleep(drip)


def harmless(said: list[bytes]) -> bool:
    return {line.split(b" ")[0].strip().decode() for line in said} <= session.COMMANDS


def test_takes_everything(dialogue, monkeypatch) -> None:
    """An answer of 250 to every word brings no message about; from its own machine that proves no relay."""
    with emulated(dict.fromkeys(POLITE, b"250 ok\r\n")) as (port, said):
        seen = dialogue("127.0.0.1", port)
        assert harmless(said)
        assert (seen.relay, seen.unknown_recipients) == (Taken.UNKNOWN, Taken.ACCEPTED)
        assert "own machine" in seen.relay_reason
        monkeypatch.setattr(module, "_same_machine", lambda _: False)
        assert dialogue("127.0.0.1", port).relay is Taken.ACCEPTED
    assert harmless(said)
    assert sum(line.startswith(b"RCPT TO:<posture-relay") for line in said) == 2  # one each: the first was enough


def test_odd_way_of_writing(dialogue, monkeypatch) -> None:
    """A server that refuses the plain address and takes the percent hack carries mail for strangers."""
    monkeypatch.setattr(module, "_same_machine", lambda _: False)

    class Percent(dict):
        def get(self, verb: bytes, default=None):
            return b"250 ok\r\n" if verb == b"RCPT" and b"%" in said[-1] else POLITE.get(verb, default)

    with emulated(Percent()) as (port, said):
        seen = dialogue("127.0.0.1", port)
    assert seen.relay is Taken.ACCEPTED
    assert "percent hack" in seen.attempts[-1].way
    assert said[said.index(next(line for line in said if b"%" in line)) + 1] == b"RSET\r\n"


@pytest.mark.parametrize(
    "greeting", [b"220-" + b"x" * 100 + b"\r\n", b"220-" + b"x" * 10_000_000, b"\x00\xff" * 500_000]
)
def test_endless_greeting(dialogue, greeting) -> None:
    """Lines without an end, ten megabytes or binary: a bounded part is read, and nothing is asked."""
    with emulated(POLITE, greeting * (1000 if len(greeting) < 200 else 1)) as (port, said):
        seen = dialogue("127.0.0.1", port)
    assert seen.not_asked
    assert said == []
    assert sum(len(entry.received) for entry in seen.transcript) < 10_000


def test_drip(dialogue, monkeypatch) -> None:
    """A byte now and then does not hold the dialogue up."""
    monkeypatch.setattr(session, "REPLY_SECONDS", 0.5)
    monkeypatch.setattr(module, "SECONDS", 1.0)
    with emulated(POLITE, drip=0.2) as (port, said):
        seen = dialogue("127.0.0.1", port)
    assert "said nothing more" in seen.not_asked
    assert said == []


def test_hangs_up_after_mail(dialogue) -> None:
    """What was heard before stays known, the rest is not."""
    with emulated({b"EHLO": POLITE[b"EHLO"]}) as (port, _):
        seen = dialogue("127.0.0.1", port)
    assert (seen.starttls, seen.relay, seen.attempts, seen.unknown_recipients) == (
        False,
        Taken.UNKNOWN,
        (),
        Taken.UNKNOWN,
    )
    assert "closed the connection" in seen.ended


def test_words_put_into_starttls(dialogue) -> None:
    """What comes in clear with the agreement to TLS is believed by nobody, and is a fault of its own."""
    offer = b"250-mx.evil.example\r\n250 STARTTLS\r\n"
    injected = b"220 go\r\n250-mx.evil.example\r\n250 AUTH PLAIN\r\n"
    with emulated(POLITE | {b"EHLO": offer, b"STAR": injected}) as (port, said):
        seen = dialogue("127.0.0.1", port)
    assert (seen.starttls, seen.starttls_works, seen.auth_in_clear) == (True, False, ())
    assert "more than one reply" in seen.tls_problem
    assert said.count(b"STARTTLS\r\n") == 1  # the second connection asks in clear
    assert seen.relay is Taken.REFUSED


def test_two_replies_to_one_command(dialogue) -> None:
    """An answer too many would be taken for that to the next command: the dialogue ends."""
    with emulated(POLITE | {b"MAIL": b"250 ok\r\n250 ok\r\n"}) as (port, said):
        seen = dialogue("127.0.0.1", port)
    assert seen.ended == "it said more than one reply to one command"
    assert not any(line.startswith(b"RCPT") for line in said)


def test_421_in_between(dialogue) -> None:
    """The server wants no more: nothing is said after it, not even good-bye, and nobody connects again."""
    with emulated(POLITE | {b"MAIL": b"421 4.3.2 shutting down\r\n"}) as (port, said):
        seen = dialogue("127.0.0.1", port)
    assert said[-1].startswith(b"MAIL")
    assert sum(line.startswith(b"EHLO") for line in said) == 1
    assert "shutting down" in seen.ended


def test_name_that_is_none(dialogue) -> None:
    """A greeting's name with line ends or brackets reaches no command."""
    with emulated(POLITE, b"220 evil>\x0bDATA.example ESMTP\r\n") as (port, said):
        seen = dialogue("127.0.0.1", port, exchanger_of="", domains=())
    assert seen.helo in {"", "mx.evil.example"}
    assert harmless(said)


def test_a_revoked_authorization_ends_it_before_the_next_command(dialogue) -> None:
    """The customer says no in the middle of it: not even good-bye is sent."""
    no = Revocation("bakery", "MSA-7.1", datetime.now(UTC), "Jane Doe", "")

    with emulated(POLITE) as (port, said):
        seen = dialogue(
            "127.0.0.1", port, revoked=lambda *_: no if any(one.startswith(b"MAIL") for one in said) else None
        )
    assert [line[:4] for line in said] == [b"EHLO", b"MAIL"]
    assert "revoked" in seen.ended
    assert seen.relay is Taken.UNKNOWN


def test_nothing_else_can_be_said() -> None:
    """No caller can send a message, or a line within a line."""
    one = session.Session(None, 0.0, lambda: None)
    for verb, argument in (("DATA", ""), ("BDAT", "0 LAST"), ("RCPT", "TO:<a@b>\r\nDATA"), ("AUTH", "PLAIN x")):
        with pytest.raises(ValueError, match="never said"):
            one.say(verb, argument)
