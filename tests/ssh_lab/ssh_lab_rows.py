"""The shapes of the truth about the twelve configurations: logins that sshd lets in or not, verdicts of an audit."""

from __future__ import annotations

from dataclasses import dataclass

from posture.model.severity import Severity
from posture.model.verdict import Outcome

INTERNET = "203.0.113.7"
OFFICE = "10.1.2.3"


@dataclass(frozen=True)
class Login:
    """One attempt with the real client.

    `by`: the name of a key, ``password``, ``empty``, or ``key+password``. `forward`: a connection is asked for through
    the server instead of a session. `opens`: whether the server lets it in.
    """

    user: str
    by: str
    opens: bool
    source: str = INTERNET
    port: int = 22
    forward: bool = False

    def __str__(self) -> str:
        what = "forwards" if self.forward else "logs in"
        return f"{self.user} {what} by {self.by} from {self.source} to port {self.port}"


@dataclass(frozen=True)
class Row:
    """What an audit has to say. ``{name}`` in a subject stands for a key's fingerprint, the subject ``*`` for any."""

    check: str
    subject: str
    outcome: Outcome
    severity: Severity | None = None
    word: str = ""


@dataclass(frozen=True)
class Truth:
    """Of one configuration: all failures and all that is not assessed, and the passes that are worth a word."""

    logins: tuple[Login, ...]
    rows: tuple[Row, ...]


def yes(user: str, by: str, source: str = INTERNET, port: int = 22, *, forward: bool = False) -> Login:
    return Login(user, by, True, source, port, forward)


def no(user: str, by: str, source: str = INTERNET, port: int = 22, *, forward: bool = False) -> Login:
    return Login(user, by, False, source, port, forward)


def _fails(severity: Severity, check: str, subject: str, word: str) -> Row:
    return Row(check, subject, Outcome.FAIL, severity, word)


def critical(check: str, subject: str, word: str = "") -> Row:
    return _fails(Severity.CRITICAL, check, subject, word)


def high(check: str, subject: str, word: str = "") -> Row:
    return _fails(Severity.HIGH, check, subject, word)


def medium(check: str, subject: str, word: str = "") -> Row:
    return _fails(Severity.MEDIUM, check, subject, word)


def low(check: str, subject: str, word: str = "") -> Row:
    return _fails(Severity.LOW, check, subject, word)


def fine(check: str, subject: str, word: str = "") -> Row:
    return Row(check, subject, Outcome.PASS, None, word)


def unknown(check: str, subject: str = "*", word: str = "") -> Row:
    return Row(check, subject, Outcome.NOT_ASSESSED, None, word)
