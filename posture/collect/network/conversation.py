"""One short exchange with a service: bounded in time and size, every word of it kept as evidence."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

from posture.collect.connection import Connection, still_of
from posture.facts.network import Transcript
from posture.model.text import decoded, visible, visible_lines

TIME_LIMIT = 5.0  # seconds of an exchange, the connection included
READ_LIMIT = 4096  # bytes of an exchange
SHOWN_LINES = 12  # of each message in the evidence

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*{_LABEL}")

Done = Callable[[bytes], bool]
Kept = Callable[[bytes], bytes]


class Ending(StrEnum):
    """Why the last answer ended."""

    ANSWERED = "answered"
    CLOSED = "closed"
    SILENT = "silent"
    FLOODED = "flooded"
    WANTS_CERTIFICATE = "wants a certificate"


@dataclass(slots=True)
class Conversation:
    """An open connection with what was said on it so far. `limit` are the seconds it was given, `most` the bytes."""

    connection: Connection
    clock: Callable[[], datetime]
    end: float
    ending: Ending = Ending.ANSWERED
    limit: float = TIME_LIMIT
    most: int = READ_LIMIT
    read: int = 0
    transcript: list[Transcript] = field(default_factory=list)
    _still: Callable[[], object] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._still = still_of(self.connection)

    def ask(self, words: bytes, done: Done, shown: str = "", kept: Kept = bytes) -> bytes:
        """Send (nothing, if `words` is empty) and read until `done(answer)`, or the other side or a limit ends it.

        Args:
            words: what to send.
            done: whether the answer so far is all there is to wait for.
            shown: what the evidence says was sent, for binary messages.
            kept: the part of the answer that becomes evidence.
        """
        at = self.clock()
        self.say(words)
        answer = self._listen(done)
        sent = visible(shown) if shown else shown_text(words)  # names that the other side made up may be in it
        self.transcript.append(Transcript(sent, shown_text(kept(answer)), at))
        return answer

    def say(self, words: bytes) -> None:
        """Send without waiting. A peer that hung up is noticed when its answer is read: it may have spoken first.

        Raises:
            ScopeError: what it was opened under has ended or was revoked.
        """
        self._still()
        try:
            self.connection.settimeout(self._left())
            self.connection.sendall(words)
        except OSError:
            self.ending = Ending.CLOSED

    def start_tls(self, server_name: str = "") -> None:
        """Speak TLS from here on; certificates are not what is looked at.

        Args:
            server_name: sent as SNI (RFC 6066, 3); nothing is sent when it is empty or an address.

        Raises:
            OSError: the handshake failed.
        """
        self.connection.settimeout(self._left())
        self.connection = _lenient_tls().wrap_socket(self.connection, server_hostname=sendable(server_name) or None)

    def send(self, words: bytes) -> None:
        """Send all of it in the time that is left; nothing of it is kept.

        Raises:
            ScopeError: what it was opened under has ended or was revoked.
            OSError: the connection broke, or the time was over (TimeoutError).
        """
        self._still()
        self.connection.settimeout(self._left())
        self.connection.sendall(words)

    def receive(self, most: int) -> bytes:
        """What comes next, empty when the other side has ended the connection; nothing of it is kept.

        Raises:
            OSError: the connection broke, or the time was over (TimeoutError).
        """
        self.connection.settimeout(self._left())
        piece = self.connection.recv(most)
        self.read += len(piece)
        return piece

    def ended(self) -> str:
        """Why the last answer ended, in words for the customer that follow "it"."""
        heard = bool(self.transcript and self.transcript[-1].received)
        return {
            Ending.ANSWERED: "answered something unexpected",
            Ending.CLOSED: "closed the connection" + ("" if heard else " without a word"),
            Ending.SILENT: f"said nothing{' more' if heard else ''} within {max(1, round(self.limit))} s",
            Ending.FLOODED: f"sent more than {self.most} bytes",
            Ending.WANTS_CERTIFICATE: "asked for a TLS client certificate",
        }[self.ending]

    def close(self) -> None:
        """End it; what the other side still sends is thrown away."""
        self.connection.close()

    def _listen(self, done: Done) -> bytes:
        answer = b""
        while not done(answer):
            if self.read >= self.most:
                self.ending = Ending.FLOODED
                return answer
            try:
                self.connection.settimeout(self._left())
                piece = self.connection.recv(self.most - self.read)
            except TimeoutError:
                self.ending = Ending.SILENT
                return answer
            except ssl.SSLError as error:
                self.ending = Ending.WANTS_CERTIFICATE if wants_certificate(error) else Ending.CLOSED
                return answer
            except OSError:
                piece = b""
            if not piece:
                self.ending = Ending.CLOSED
                return answer
            self.read += len(piece)
            answer += piece
        self.ending = Ending.ANSWERED
        return answer

    def _left(self) -> float:
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class CertificateWanted(ssl.SSLError):
    """The handshake failed after the other side had asked for a client certificate."""


def handshake_failed(error: OSError) -> bool:
    """Whether the other side ended the handshake for a reason that it does not tell (RFC 5246, 7.2.2)."""
    return isinstance(error, ssl.SSLError) and "ALERT_HANDSHAKE_FAILURE" in (error.reason or "")


def wants_certificate(error: OSError) -> bool:
    """Whether the other side ended TLS because no client certificate was shown (RFC 8446, 6.2; RFC 5246, 7.2.2).

    With TLS 1.3 it says so after the handshake, when the first answer is read.
    """
    if isinstance(error, CertificateWanted):
        return True
    reason = error.reason or "" if isinstance(error, ssl.SSLError) else ""
    return "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason


def shown_text(raw: bytes) -> str:
    """What was said, as evidence: printable, a bounded number of bounded lines."""
    return "\n".join(visible_lines(decoded(raw), SHOWN_LINES))


def sendable(name: str) -> str:
    """The name as SNI may carry it: empty for addresses, and for what is no host name."""
    try:
        ip_address(name)
    except ValueError:
        return name if _HOST_NAME.fullmatch(name) else ""
    return ""


def _lenient_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED  # what speaks TLS 1.0 only is to be looked at too
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context
