"""What a runner gathers: output up to a limit, until the collector's last line, and why it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from posture.collect.host.sections import Sections, cut, last_line
from posture.model.text import decoded, visible

LIMIT = 8 * 1024 * 1024
"""Bytes of output that are kept from one host."""

_TAIL = 128  # bytes: longer than the last line


class NotCollected(Exception):
    """Nothing could be collected. The message says why and what to do."""


@dataclass(slots=True)
class Capture:
    """The bytes a host sent so far.

    `ended` says why reading stopped before the collector's last line; empty when that line came. `key` is the
    customer's, for the fingerprints of secrets; empty where none are looked for.
    """

    nonce: str
    key: str = field(default="", repr=False)
    output: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)
    complete: bool = False
    ended: str = ""

    def add(self, data: bytes) -> None:
        """Take more output; what exceeds the limit is dropped and ends the run."""
        start = max(0, len(self.output) - _TAIL)
        self.output += data[: LIMIT - len(self.output)]
        self.complete = last_line(self.nonce).search(self.output, start) is not None
        if len(self.output) >= LIMIT and not self.complete:
            self.end(f"the host sent more than {LIMIT // 1024 // 1024} MiB; reading was stopped there")

    def add_error(self, data: bytes) -> None:
        """Keep the beginning of standard error: it explains a program that did not start."""
        self.errors += data[: 2048 - len(self.errors)]

    def end(self, reason: str) -> None:
        """Stop for this reason; the first one counts."""
        self.ended = self.ended or reason

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.complete or bool(self.ended)

    def sections(self) -> Sections:
        """The sections that arrived.

        Raises:
            NotCollected: not even the first line of the collector came.
        """
        if self.nonce.encode() in self.output:
            return cut(bytes(self.output), self.nonce, "" if self.complete else self.ended)
        raise NotCollected(self._never_started())

    def _never_started(self) -> str:
        said = next((visible(line, 120) for line in decoded(self._said()).splitlines() if line.strip()), "")
        quoted = f' It said: "{said}".' if said else " It said nothing."
        what = self.ended or "the host ended the session"
        return f"the collector did not start: {what}.{quoted} The account must be allowed to run: sh -s"

    def _said(self) -> bytes:
        return bytes(self.output[:4096].strip() or self.errors)


@dataclass(frozen=True, slots=True)
class Limit:
    """Until when a run may last, by a clock that is asked again and again; `reason` is what to say when it ends.

    `halted` says why it must end before, empty while it need not.
    """

    clock: Callable[[], datetime]
    deadline: datetime
    reason: str = "the time allowed for this host ran out"
    halted: Callable[[], str] = str

    @property
    def reached(self) -> str:
        """Why the run must end now; empty while it need not."""
        return self.halted() or (self.reason if self.clock() >= self.deadline else "")

    def seconds(self, most: float) -> float:
        """The seconds left: `most` at most, a little more than none at least."""
        return max(0.1, min(most, (self.deadline - self.clock()).total_seconds()))
