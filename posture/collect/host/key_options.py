"""Options of an authorized_keys line, read exactly as OpenSSH does (auth-options.c, sshauthopt_parse).

There, one mistake makes the whole line unusable: an unknown option, a repeated ``from=``, ``command=`` or
``principals=``, a value without quotes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from posture.model.text import visible

Options = tuple[tuple[str, str], ...]

_FLAGS = (
    # in OpenSSH's order; whether "no-" may stand before it
    ("restrict", False), ("cert-authority", False), ("port-forwarding", True), ("agent-forwarding", True),
    ("x11-forwarding", True), ("touch-required", True), ("verify-required", True), ("pty", True), ("user-rc", True),
)  # fmt: skip
_VALUED = ("command", "principals", "from", "expiry-time", "environment", "permitopen", "permitlisten", "tunnel")
_ONCE = frozenset({"command", "principals", "from"})
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_]+=.*", re.DOTALL)
_TUNNEL = re.compile(r"any|[0-9]{1,10}")
_PORT = re.compile(r"\*|[1-9][0-9]{0,4}|[a-z][a-z0-9-]*")
_DATE = re.compile(r"(\d{8})(\d{4})?(\d{2})?(Z|UTC)?")


class UnusableLine(ValueError):
    """sshd ignores the line; the message says why."""


def end_of_options(text: str) -> int:
    """Where the options at the beginning of a line end: the first blank outside quotes.

    Raises:
        UnusableLine: a quote is never closed.
    """
    at, quoted = 0, False
    while at < len(text) and (quoted or text[at] not in " \t"):
        if text[at] == "\\" and text[at + 1 : at + 2] == '"':
            at += 1
        elif text[at] == '"':
            quoted = not quoted
        at += 1
    if quoted:
        raise UnusableLine("a quote is not closed")
    return at


def parse(text: str) -> Options:
    """The options, with lower-case names.

    Raises:
        UnusableLine: sshd would not accept them.
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        name, value, at = _flag(text, at) or _valued(text, at) or _unknown(text, at)
        if name in _ONCE and any(name == known for known, _ in found):
            raise UnusableLine(f"{name}= stands more than once")
        found.append((name, value))
        if at < len(text):
            if text[at] != ",":
                _unknown(text, at)
            at += 1
            if at == len(text):
                raise UnusableLine("the options end with a comma")
    return tuple(found)


def expiry(options: Options, zone: tzinfo) -> datetime | None:
    """The earliest expiry-time; times without Z are in the host's time zone (sshd(8))."""
    times = [absolute_time(value, zone) for name, value in options if name == "expiry-time"]
    return min(times, default=None)


def absolute_time(text: str, zone: tzinfo) -> datetime:
    """``YYYYMMDD[HHMM[SS]][Z]`` as an aware time (misc.c, parse_absolute_time).

    Raises:
        UnusableLine: it has another form.
    """
    match = _DATE.fullmatch(text)
    if not match or (match[3] and not match[2]):
        raise UnusableLine("expiry-time is not a date")
    digits = match[1] + (match[2] or "0000") + (match[3] or "00")
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC if match[4] else zone)
    except ValueError as error:
        raise UnusableLine("expiry-time is not a date") from error
    return moment


def harmless(options: Options) -> Options:
    """The options without what may be a secret: values of environment variables, arguments of commands.

    Of options that say the same again the last stays: they are read from left to right, and ``restrict`` takes back
    what stood before it.
    """
    shown = [(name, visible(_shown(name, value))) for name, value in options]
    return tuple(reversed(dict.fromkeys(reversed(shown))))


def _shown(name: str, value: str) -> str:
    if name == "environment":
        return value.partition("=")[0] + "=…"
    if name == "command":
        program, blank, _ = value.strip().partition(" ")
        if "=" in program:  # an assignment before the program
            return "…"
        return f"{program} …" if blank else program
    return value


def _flag(text: str, at: int) -> tuple[str, str, int] | None:
    lower = text[at : at + 40].lower()
    for name, negatable in _FLAGS:
        if lower.startswith(name):
            return name, "", at + len(name)
        if negatable and lower.startswith(f"no-{name}"):
            return f"no-{name}", "", at + len(name) + 3
    return None


def _valued(text: str, at: int) -> tuple[str, str, int] | None:
    lower = text[at : at + 40].lower()
    for name in _VALUED:
        if lower.startswith(f"{name}="):
            value, end = _dequote(text, at + len(name) + 1)
            _judge(name, value)
            return name, value, end
    return None


def _unknown(text: str, at: int) -> tuple[str, str, int]:
    word = re.split(r"[=,\" \t]", text[at : at + 80], maxsplit=1)[0]
    raise UnusableLine(f"sshd does not know the option {visible(word, 40)!r}")


def _dequote(text: str, at: int) -> tuple[str, int]:
    """The value in quotes that begins there, and the place behind it."""
    if text[at : at + 1] != '"':
        raise UnusableLine("a value has no quotes")
    value: list[str] = []
    at += 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and text[at + 1 : at + 2] == '"':
            at += 1
        value.append(text[at])
        at += 1
    if at >= len(text):
        raise UnusableLine("a quote is not closed")
    return "".join(value), at + 1


def _judge(name: str, value: str) -> None:
    """Refuse values that sshd refuses."""
    if name == "expiry-time":
        absolute_time(value, UTC)
    elif name == "environment" and not _ENVIRONMENT.fullmatch(value):
        raise UnusableLine("environment= is not NAME=value")
    elif name == "tunnel" and not _TUNNEL.fullmatch(value):
        raise UnusableLine("tunnel= is not a device number")
    elif name in {"permitopen", "permitlisten"}:
        _, colon, port = value.rpartition(":")
        if not _PORT.fullmatch(port) or not (colon or name == "permitlisten"):
            raise UnusableLine(f"{name}= is not host:port")
