"""SMTP commands on one connection, from a closed list: there is no way to send a message with it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from posture.collect.network.conversation import Conversation, Ending
from posture.collect.network.replies import reply
from posture.facts.network import Transcript
from posture.model.text import decoded, visible

REPLY_SECONDS = 10.0  # for one reply; postscreen lets strangers wait 6 s before its greeting (postscreen_greet_wait)
COMMANDS = frozenset({"EHLO", "HELO", "STARTTLS", "MAIL", "RCPT", "RSET", "VRFY", "EXPN", "QUIT"})
"""All that is ever said. Without DATA or BDAT no message can begin (RFC 5321, 3.3; RFC 3030)."""

COMMANDS_SAID = "EHLO, STARTTLS, MAIL, RCPT, RSET, VRFY, EXPN and QUIT"
"""The same for people; HELO is for servers that do not know EHLO."""

_FIRST_LINES = re.compile(rb"(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*|\r)?\n")
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


class Over(Exception):
    """The dialogue is at its end; the message follows "it"."""


class Dismissed(Over):
    """The server wants no more of us now (421; RFC 5321, 3.8): it is not asked again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: its code, all of it, and the enhanced status code where it has one (RFC 2034, RFC 3463)."""

    code: int
    text: bytes

    @property
    def positive(self) -> bool:
        """Whether it is a yes (RFC 5321, 4.2.1)."""
        return 200 <= self.code < 300

    @property
    def later(self) -> bool:
        """Whether it is a no for now."""
        return 400 <= self.code < 500

    @property
    def refused(self) -> bool:
        """Whether it is a no for good."""
        return 500 <= self.code < 600

    @property
    def status(self) -> str:
        """The enhanced status code, ``5.1.1``; empty without one."""
        found = _ENHANCED.match(self.text[4:])
        return found[0].decode() if found else ""

    @property
    def shown(self) -> str:
        """Its last line, for people."""
        lines = decoded(self.text).strip().splitlines()
        return visible(lines[-1].strip(), 200) if lines else ""


@dataclass(slots=True)
class Session:
    """One connection to one server. `until` is when it must be over, by time.monotonic().

    `allowed` is asked before every command, and raises ScopeError when the permit does not hold any more.
    """

    talk: Conversation
    until: float
    allowed: Callable[[], object]

    def greeting(self) -> Reply:
        """Wait for what the server says first.

        Raises:
            Over: it did not greet, or turned the connection away.
        """
        said = self._reply(b"")
        if said.code != 220:
            raise Dismissed(f"turned the connection away: {said.shown}")
        return said

    def say(self, verb: str, argument: str = "") -> Reply:
        """Send one command and wait for its reply; the next one is never sent before.

        Raises:
            Over: no reply, one that ends the connection, or more than one.
            ValueError: a command that is not among COMMANDS, or of more than one line.
        """
        line = f"{verb} {argument}".strip()
        if verb not in COMMANDS or not line.isascii() or not line.isprintable():
            raise ValueError(f"{line!r} is never said")
        return self._reply(f"{line}\r\n".encode())

    def begin_tls(self, server_name: str) -> None:
        """Do the handshake, once the server has agreed to it.

        Raises:
            OSError: it failed.
        """
        self._allow()
        self.talk.start_tls(server_name)
        self.talk.transcript.append(Transcript("TLS handshake", "done", self.talk.clock()))

    def leave(self) -> None:
        """Say good-bye without waiting for the answer."""
        self._allow()
        self.talk.say(b"QUIT\r\n")

    def _reply(self, words: bytes) -> Reply:
        self._allow()
        code, text = reply(self.talk, words)
        if not code:
            raise Over(self.talk.ended() if self.talk.ending is not Ending.ANSWERED else "gave no reply of SMTP")
        if code == 421:
            raise Dismissed(f"ended the connection: {Reply(code, text).shown}")
        first = _FIRST_LINES.match(text)
        rest = text[first.end() :] if first else b""
        if rest.startswith(b"421"):  # told together with why
            raise Dismissed(f"ended the connection: {Reply(421, rest).shown}")
        if first is None or rest:  # what comes unasked would be taken for the next reply
            raise Over("said more than one reply to one command")
        return Reply(code, text)

    def _allow(self) -> None:
        self.allowed()
        left = min(REPLY_SECONDS, self.until - time.monotonic())
        self.talk.end, self.talk.limit = time.monotonic() + max(0.0, left), max(0.0, left)
