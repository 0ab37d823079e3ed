"""What a host's log says of its logins over SSH, as counted on the host."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from posture.collect.host.sections import Section, tagged
from posture.facts.ssh_log import KeyUse, PasswordUse, SshLog
from posture.facts.sshd import SshServer
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

MOST = 3000  # pairs of account and key
_ADDRESSES = 32
_SECONDS = re.compile(r"@([0-9]{1,11})")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[+-]\d\d:?\d\d|Z)?")
_ADDRESS = re.compile(r"[0-9a-fA-F:.]{2,45}(%[A-Za-z0-9._-]{1,16})?")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_GUARDS = frozenset({"fail2ban", "sshguard", "crowdsec", "lfd", "cphulkd"})
_SILENT = frozenset({"quiet", "fatal", "error"})  # LogLevels that tell no logins


@dataclass(slots=True)
class _Use:
    tag: str
    times: int
    last: datetime
    account: str
    method: str
    certificate: str
    more: bool
    addresses: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def latest(self) -> tuple[str, ...]:
        """The addresses, the latest first."""
        ordered = sorted(self.addresses, key=lambda one: (-one[0].timestamp(), one[1]))
        return tuple(address for _, address in ordered[:_ADDRESSES])


@dataclass(slots=True)
class _Log:
    header: dict[str, str] = field(default_factory=dict)
    uses: list[_Use] = field(default_factory=list)
    failures: int = 0
    addresses: int = 0
    guards: list[str] = field(default_factory=list)
    ended: bool = False


def ssh_log(
    section: Section, server: SshServer | Unavailable, zone: tzinfo, observed: datetime
) -> SshLog | Unavailable:
    """Logins by account and key.

    Args:
        section: the counts.
        server: tells whether sshd logs logins.
        zone: the host's, for times without an offset.
        observed: now; no time of the log is later.
    """
    log = _read(section, zone, observed)
    if reason := _unknown(log, section, server):
        return Unavailable(reason)
    since = _since(log, zone, observed)
    if since is None:
        return Unavailable(f"the log of logins ({log.header['source']}) holds no time that can be read")
    return SshLog(
        keys=tuple(
            KeyUse(
                use.account, use.method, use.last, use.times, use.latest, use.more or len(use.addresses) > _ADDRESSES,
                use.certificate,
            )
            for use in log.uses
            if use.tag == "K" and _FINGERPRINT.fullmatch(use.method)
        ),
        passwords=tuple(
            PasswordUse(use.account, use.method, use.last, use.times, use.latest) for use in log.uses if use.tag == "P"
        ),
        failures=log.failures,
        failing_addresses=log.addresses,
        since=since,
        until=observed,
        source=log.header["source"],
        whole=not ({"cut", "slow", "md5"} & log.header.keys()) and not section.cut,
        observed=observed,
    )  # fmt: skip


def guards(section: Section, server: SshServer) -> tuple[str, ...] | None:
    """What shuts out who guesses, sshd itself included; None where not all of it could be seen and none was."""
    log = _read(section, UTC, server.observed)
    found = tuple(dict.fromkeys([*log.guards, *_own_guard(server)]))
    return found if found or (log.ended and log.header.get("guards") == "seen") else None


def _unknown(log: _Log, section: Section, server: SshServer | Unavailable) -> str:
    if not log.ended:
        return f"the log of logins was not read to its end: {section.cut or 'the answer is empty'}"
    if "source" not in log.header:
        if "without-root" in log.header or "closed" in log.header:
            return "the log of logins is closed to this account; run as root, or as a member of the group adm"
        return "no log of logins was found: neither the journal nor /var/log/auth.log or /var/log/secure"
    if not isinstance(server, Unavailable):
        levels = {context.get("loglevel") for context in server.contexts}
        if levels and levels <= _SILENT:
            return f"sshd logs no logins with LogLevel {', '.join(sorted(levels)).upper()}"
        if log.header.get("lines") == "0" and server.listening is not False:
            return f"{log.header['source']} holds no line of sshd, so it logs elsewhere (SyslogFacility, rsyslog.conf)"
    return ""


def _since(log: _Log, zone: tzinfo, observed: datetime) -> datetime | None:
    """When the log begins: its first line, or the last that was read where time ran out."""
    words = ("reached",) if "slow" in log.header else ("first", "oldest", "reached")
    times = (moment(log.header.get(word, ""), zone, observed) for word in words)
    return next((at for at in times if at is not None), None)


def _own_guard(server: SshServer) -> list[str]:
    if not server.contexts:
        return []
    values = [context.get("persourcepenalties") for context in server.contexts]
    return ["PerSourcePenalties"] if all(value not in {"", "no"} for value in values) else []


def _read(section: Section, zone: tzinfo, observed: datetime) -> _Log:
    log = _Log()
    use: _Use | None = None
    for tag, text in tagged(section.body):
        match tag:
            case "H":
                key, _, value = text.partition("\t")
                if value and len(log.header) < 20:
                    log.header[visible(key, 20)] = visible(value, 100)
            case "K" | "P":
                use = _use(tag, text, zone, observed)
                if use and len(log.uses) < MOST:
                    log.uses.append(use)
            case "I" if use is not None:
                stamp, _, address = text.partition("\t")
                at = moment(stamp, zone, observed)
                if at and _ADDRESS.fullmatch(address) and len(use.addresses) < 200:
                    use.addresses.append((at, address))
            case "R":
                failures, _, addresses = text.partition("\t")
                log.failures, log.addresses = _number(failures), min(_number(addresses), 10_000)
            case "G" if text in _GUARDS:
                log.guards.append(text)
    log.ended = section.body.rstrip(b"\n").endswith(b"\nZ")
    return log


def _use(tag: str, text: str, zone: tzinfo, observed: datetime) -> _Use | None:
    times, stamp, account, method, more, certificate = (*text.split("\t", 5), "", "", "", "", "", "")[:6]
    at = moment(stamp, zone, observed)
    if at is None or not account or not _number(times):
        return None
    return _Use(tag, _number(times), at, visible(account, 64), visible(method, 100), visible(certificate), bool(more))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


def moment(text: str, zone: tzinfo, observed: datetime) -> datetime | None:
    """A time of the log, never later than now: seconds since 1970, RFC 3339, or local without an offset."""
    try:
        if seconds := _SECONDS.fullmatch(text):
            at = datetime.fromtimestamp(int(seconds[1]), UTC)
        elif _STAMP.fullmatch(text):
            at = datetime.fromisoformat(text)
            at = at if at.tzinfo else at.replace(tzinfo=zone)
        else:
            return None
        return min(at, observed)
    except (ValueError, OverflowError, OSError):
        return None
